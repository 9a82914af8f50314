"""The words of `explain` in Chinese and English. Text only: no rule, no number of the law, no date."""

from typing import Literal

from shared.policy.clock_start import CountFrom
from shared.vocabulary import Audience, Publishability, Severity

Language = Literal["zh", "en"]
Text = dict[Language, str]

AUDIENCE: dict[Audience, Text] = {
    Audience.OWN_COLUMN: {"zh": "部门网站双公示专栏", "en": "the bureau's own column"},
    Audience.CREDIT_SITES: {"zh": "信用网站（信用中国、信用江苏）", "en": "the credit sites"},
    Audience.MARKET_SUPERVISION: {"zh": "国家企业信用信息公示系统", "en": "the market-supervision system"},
}

PUBLISHABILITY: dict[Publishability, Text] = {
    Publishability.SHOWN: {"zh": "予以公示", "en": "is shown"},
    Publishability.EXEMPT: {"zh": "不予公示", "en": "is not shown"},
    Publishability.AWAITING_CONFIRMATION: {"zh": "待人工确认，暂不公示", "en": "waits for a person and is not shown"},
}

SEVERITY: dict[Severity, Text] = {
    Severity.MINOR: {"zh": "轻微", "en": "minor"},
    Severity.ORDINARY: {"zh": "一般", "en": "ordinary"},
    Severity.SERIOUS: {"zh": "严重", "en": "serious"},
}

START: dict[CountFrom, Text] = {
    CountFrom.DECISION: {"zh": "作出决定之日", "en": "the day of the decision"},
    CountFrom.DISCLOSURE: {"zh": "公示之日（首次报送之日）", "en": "the day of disclosure (first submission)"},
    CountFrom.LISTING: {"zh": "列入之日", "en": "the day of listing"},
    CountFrom.PUBLICATION: {"zh": "公布之日", "en": "the day of publication"},
    CountFrom.APPLICATION: {"zh": "原申请列入之日", "en": "the day of the original application for listing"},
}
"""The day from which a period is counted (起算日)."""

SENTENCE: dict[Language, dict[str, str]] = {
    "zh": {
        "standing": "在{audience}：{publishability}。",
        "severity": "失信程度：{severity}。",
        "shown": "公示期自{opens}起，最后一日为{closes}；自{offline}零时（北京时间）起下线。",
        "would_have_ended": "依法可公示的期间为{opens}至{closes}，自{offline}零时（北京时间）起不得展示。",
        "counted": "期限自{start}起算，当日不计。",
        "counted_with_start": "期限自{start}起算，当日计入。",
        "rule": "依据：{article}（规则{rule}）。",
        "repair": "自{day}起可以申请信用修复，依据：{article}。",
        "repair_waits": "按目前的失信程度，自{day}起可以申请信用修复，依据：{article}；"
        "认定之前，须按可能的较重程度也可以申请时方可受理。",
        "confirmation": "须由工作人员确认。",
        "version": "按规则包{version}、截至{as_of}有效的规定计算。",
    },
    "en": {
        "standing": "The record {publishability} on {audience}.",
        "severity": "Severity: {severity}.",
        "shown": "Shown from {opens}; the last day is {closes}; offline from 00:00 (Beijing time) of {offline}.",
        "would_have_ended": "It could be shown from {opens} to {closes}, not from 00:00 (Beijing time) of {offline}.",
        "counted": "The period is counted from {start}, which is itself not counted.",
        "counted_with_start": "The period is counted from {start}, which counts itself.",
        "rule": "By {article} (rule {rule}).",
        "repair": "Repair may be applied for from {day}, by {article}.",
        "repair_waits": "By its present class repair may be applied for from {day}, by {article}; "
        "until a person decides, only when the graver class allows it too.",
        "confirmation": "A person has to confirm this.",
        "version": "Computed with packs {version} by the rules in force up to {as_of}.",
    },
}

GROUND: dict[str, Text] = {
    "excluded": {"zh": "属于不予公示的情形：{0}。", "en": "It falls under the exclusion {0}."},
    "masked": {"zh": "隐去身份后公示：{0}。", "en": "It is shown with the person masked: {0}."},
    "no_rule": {
        "zh": "规则包中没有此类信息的公示规则。",
        "en": "The packs hold no display rule for this kind of record.",
    },
    "missing": {"zh": "缺少规则所需的事实：{0}。", "en": "A fact that the rule needs is missing: {0}."},
    "inconsistent": {
        "zh": "事实前后矛盾：{0}早于决定日期。",
        "en": "The facts contradict each other: {0} lies before the decision.",
    },
    "unknown_situation": {"zh": "列入情形{0}不在任何名单规定之中。", "en": "Situation {0} is in no list of the packs."},
    "not_shown_by": {
        "zh": "决定之日适用的规则{0}规定不公示。",
        "en": "Rule {0}, in force on the day of the decision, does not show it.",
    },
    "already_expired": {
        "zh": "首次报送时公示期已满，不再公示。",
        "en": "Its period had already ended when it was first submitted.",
    },
    "decided_under": {
        "zh": "作出决定时适用规则{0}，按较为有利的规则确定截止日。",
        "en": "It was decided under rule {0}; the more favourable rule sets the end.",
    },
    "hidden_from": {
        "zh": "自{0}起施行的规定不再公示此类信息。",
        "en": "The version in force from {0} no longer shows such records.",
    },
    "cut_at_boundary": {
        "zh": "自{0}起施行的规定缩短了公示期，计算的截止日早于其施行日，故自施行日起下线。",
        "en": "The version in force from {0} shortened the period to a day before it began; offline on that day.",
    },
    "confirm": {
        "zh": "仅因“{0}”可能构成严重，确认前按一般处理。",
        "en": "Only {0} suggests a graver class; the milder one holds until confirmed.",
    },
    "repair_acquired": {
        "zh": "申请信用修复的日期{0}在旧规定施行期间已届至，继续有效。",
        "en": "The repair date {0} was reached under an earlier version and is kept.",
    },
    "judged_anew": {
        "zh": "作出决定时适用规则{0}，按计算之日有效的规定认定。",
        "en": "It was decided under rule {0}; the version in force on the day of computation classifies it.",
    },
    "no_longer_than": {
        "zh": "公示期不长于规则{0}规定的期限（不溯及既往）。",
        "en": "It is shown no longer than rule {0} allowed.",
    },
    "before_first_version": {
        "zh": "作出决定之日早于规则包中最早规定{0}的施行日，按规则包的答复不予公示。",
        "en": "It is older than {0}, the first version of the packs, which answer that such decisions are not shown.",
    },
    "start_day": {
        "zh": "按规则包的答复，起算日计入期间。",
        "en": "The packs answer that the day from which a period is counted counts itself.",
    },
    "last_day": {
        "zh": "按规则包的答复，届满的对应日不再公示。",
        "en": "The packs answer that the corresponding day no longer belongs to the period.",
    },
    "repair_waits_until": {
        "zh": "按规则包的答复，部门网站双公示专栏不早于信用网站可修复之日{0}。",
        "en": "The packs answer that the own column waits for the credit sites, which allow repair from {0}.",
    },
    "repair_never": {"zh": "公示期内不可修复。", "en": "It cannot be repaired while it is shown."},
    "carried_from": {"zh": "公示期沿用{0}的公示期。", "en": "The window is carried over from {0}."},
    "confidence": {"zh": "该规则的依据尚待核实（{0}）。", "en": "The source of this rule is not verified ({0})."},
}
"""A sentence for every code that the engine puts into `Window.grounds`."""

_FACTS: dict[str, Text] = {
    "penalty_types": {"zh": "处罚类别", "en": "the penalty types"},
    "fine": {"zh": "罚款金额", "en": "the amount of the fine"},
    "valid_until": {"zh": "有效期截止日", "en": "the end of validity"},
    "authority_region": {"zh": "作出决定机关的行政区划代码", "en": "the division code of the authority"},
    "natural_person_credit_sites": {"zh": "自然人", "en": "natural person"},
    "natural_person_own_column": {"zh": "自然人", "en": "natural person"},
    "summary_procedure": {"zh": "简易程序", "en": "summary procedure"},
    "secret": {"zh": "涉密或者公开后危及安全稳定", "en": "secret"},
    "under_18": {"zh": "未满十八周岁", "en": "under 18"},
    "fine_from:huge": {"zh": "罚款数额巨大", "en": "the size of the fine"},
    "any_penalty_in:suspension_or_downgrade": {
        "zh": "暂扣许可证件或者降低资质等级",
        "en": "a suspended licence or a downgraded qualification",
    },
    "recalled": {"zh": "凭记忆录入", "en": "recalled"},
    "proposal": {"zh": "本系统默认值", "en": "a default of this system"},
}


def fact_name(code: str, lang: Language) -> str:
    """The word for a code that appears inside a ground, or the code itself."""
    return _FACTS[code][lang] if code in _FACTS else code
