"""A list window in plain sentences, Chinese or English: its days, the article, early removal, grounds, packs.

Only retells what the window carries; it decides nothing and asks no pack. Serves G03.
"""

from shared.article_words import article_in
from shared.policy.list_rules import ListWindow
from shared.policy.wording import GROUND, Language, Text, fact_name

_SENTENCE: dict[Language, dict[str, str]] = {
    "zh": {
        "period": "严重失信主体名单的管理期限自{starts}起，最后一日为{closes}；自{offline}零时（北京时间）起停止公布。",
        "undated": "管理期限尚不能确定。",
        "rule": "依据：{article}（规则{rule}）。",
        "early": "自{day}起可以申请提前移出，依据：{article}。",
        "previous": "按原规定，管理期限至{day}届满。",
        "review": "须经法制审核确认，确认前不公布。",
        "version": "按规则包{version}计算。",
    },
    "en": {
        "period": "On the serious list from {starts}; the last day is {closes}; gone from 00:00 (Beijing time) of "
        "{offline}.",
        "undated": "The period cannot be computed yet.",
        "rule": "By {article} (rule {rule}).",
        "early": "Early removal may be applied for from {day}, by {article}.",
        "previous": "Under the older rule it ended on {day}.",
        "review": "Legal review has to confirm it; it is not published before.",
        "version": "Computed with packs {version}.",
    },
}

LIST_GROUND: dict[str, Text] = {
    "missing": {"zh": "缺少规则所需的事实：{0}。", "en": "A fact that the rule needs is missing: {0}."},
    "carried_over": {
        "zh": "按过渡规定{0}重新列入，期限自原申请列入之日起计算。",
        "en": "Carried over by {0}; the period counts from the original application for listing.",
    },
    "no_transition": {
        "zh": "该地区没有过渡规定，期限不自原申请列入之日起计算。",
        "en": "The region has no transition; the original application does not set the start.",
    },
    "restarted": {
        "zh": "因提供虚假材料，移出决定于{0}被撤销，期限自该日重新计算。",
        "en": "The removal was revoked for false papers; the period restarted on {0}.",
    },
    "no_early_removal": {"zh": "该规定没有提前移出。", "en": "This rule knows no early removal."},
    "ban_outlasts": {
        "zh": "依法限制的期限（至{0}）届满前不得提前移出，届满时管理期限已满。",
        "en": "A statutory ban until {0} rules out an early removal before the period ends.",
    },
    "confidence": {"zh": "该规则的依据尚待核实（{0}）。", "en": "The source of this rule is not verified ({0})."},
    "start_day": GROUND["start_day"],
    "last_day": GROUND["last_day"],
}
"""A sentence for every code that the engine puts into `ListWindow.grounds`."""

_FACTS: dict[str, Text] = {
    "published_on": {"zh": "公布日期", "en": "the day of publication"},
    "listed_on": {"zh": "列入日期", "en": "the day of listing"},
}


def explain_listing(window: ListWindow, lang: Language = "zh") -> list[str]:
    """The sentences of one window: days, rule, early removal, the older end, review, grounds, pack version."""
    say, origin = _SENTENCE[lang], window.provenance
    if window.starts_on is None:
        sentences = [say["undated"]]
    else:
        days = {"starts": window.starts_on, "closes": window.closes_on, "offline": window.offline_on}
        sentences = [say["period"].format(**days)]
    sentences.append(say["rule"].format(article=article_in(lang, origin.article), rule=origin.rule_id))
    if window.early_removal_from_on is not None:
        article = article_in(lang, origin.repair_article or "")
        sentences.append(say["early"].format(day=window.early_removal_from_on, article=article))
    if window.previous_closes_on is not None:
        sentences.append(say["previous"].format(day=window.previous_closes_on))
    if window.needs_review:
        sentences.append(say["review"])
    sentences += [list_ground_sentence(ground, lang) for ground in window.grounds]
    return [*sentences, say["version"].format(version=origin.pack_version)]


def list_ground_sentence(ground: str, lang: Language) -> str:
    """One ground, a code with an optional argument, as a sentence."""
    code, _, argument = ground.partition(":")
    name = _FACTS[argument][lang] if argument in _FACTS else fact_name(argument, lang)
    return LIST_GROUND[code][lang].format(name)
