"""A window in plain sentences, Chinese or English: who may see it, which days, by which article, with which packs.

Only retells what the window carries; it decides nothing and asks no pack. Serves G03.
"""

from typing import Literal

from shared.article_words import article_in
from shared.policy.answers import StartDay
from shared.policy.model import Window
from shared.policy.wording import AUDIENCE, GROUND, PUBLISHABILITY, SENTENCE, SEVERITY, START, Language, fact_name
from shared.vocabulary import Publishability


def explain(window: Window, lang: Literal["zh", "en"] = "zh") -> list[str]:
    """The sentences of one window: standing, dates, rule, repair, grounds, pack version."""
    say = SENTENCE[lang]
    sentences = [
        say["standing"].format(
            audience=AUDIENCE[window.audience][lang],
            publishability=PUBLISHABILITY[window.publishability][lang],
        )
    ]
    if window.severity is not None:
        sentences.append(say["severity"].format(severity=SEVERITY[window.severity][lang]))
    sentences += _dates(window, lang)
    if window.provenance.rule_id:
        article = article_in(lang, window.provenance.article)
        sentences.append(say["rule"].format(article=article, rule=window.provenance.rule_id))
    sentences += _repair(window, lang)
    sentences += [ground_sentence(ground, lang) for ground in window.grounds]
    if window.needs_confirmation:
        sentences.append(say["confirmation"])
    version, as_of = window.provenance.pack_version, window.provenance.inputs["as_of"]
    return [*sentences, say["version"].format(version=version, as_of=as_of)]


def _dates(window: Window, lang: Language) -> list[str]:
    if window.opens_on is None:
        return []
    shown = window.publishability is Publishability.SHOWN
    sentence = SENTENCE[lang]["shown" if shown else "would_have_ended"]
    dates = sentence.format(opens=window.opens_on, closes=window.closes_on, offline=window.offline_on)
    start = window.provenance.count_from
    if start is None:
        return [dates]
    counted = "counted_with_start" if f"start_day:{StartDay.INCLUDED}" in window.grounds else "counted"
    return [dates, SENTENCE[lang][counted].format(start=START[start][lang])]


def _repair(window: Window, lang: Language) -> list[str]:
    if window.repair_from_on is None:
        return []
    # The milder class alone promises no day while a graver one waits for a person (R07).
    sentence = SENTENCE[lang]["repair_waits" if window.needs_confirmation else "repair"]
    article = article_in(lang, window.provenance.repair_article or "")
    return [sentence.format(day=window.repair_from_on, article=article)]


def ground_sentence(ground: str, lang: Language) -> str:
    """One ground, a code with an optional argument, as a sentence."""
    code, _, argument = ground.partition(":")
    if code == "carried_from":
        argument = next((names[lang] for audience, names in AUDIENCE.items() if audience == argument), argument)
    return GROUND[code][lang].format(fact_name(argument, lang))
