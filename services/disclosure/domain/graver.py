"""From when repair is possible if a person confirms the graver class that is only proposed (R07). Pure.

Until somebody decides, the milder class says until when a record is shown and not from when it may be repaired: what
was taken down could not be confirmed any more. Serves G03 and G10.
"""

from dataclasses import dataclass, replace
from datetime import date

from shared.policy import Evaluator, Facts, Window, facts_of
from shared.policy.outline import Outline


@dataclass(frozen=True)
class Promise:
    """The first day of repair that a subject may be told, with the rule that gives it."""

    day: date
    rule_id: str | None
    article: str | None
    pack_version: str


def confirmed_repair_from(window: Window, facts: Facts, evaluator: Evaluator, today: date) -> date | None:
    """The first day by the graver class; None where that gives no repair, or nothing waits for a person."""
    return _confirmed(window, facts, evaluator, today).repair_from_on if window.needs_confirmation else None


def promised_repair_from(window: Window, evaluator: Evaluator, today: date) -> date | None:
    """The day alone of `promise_of`."""
    promise = promise_of(window, evaluator, today)
    return promise.day if promise else None


def promise_of(window: Window, evaluator: Evaluator, today: date) -> Promise | None:
    """What a subject is told: while a person has to decide, the later day of both classes, as repair holds it; None
    where one of them gives none."""
    if window.repair_from_on is None:
        return None
    origin = window.provenance
    milder = Promise(window.repair_from_on, origin.repair_rule_id, origin.repair_article, origin.pack_version)
    if not window.needs_confirmation:
        return milder
    graver = _confirmed(window, facts_of(origin.inputs)[0], evaluator, today)
    if graver.repair_from_on is None:
        return None
    if graver.repair_from_on <= milder.day:
        return milder
    return Promise(graver.repair_from_on, graver.repair_rule_id, graver.repair_article, evaluator.packs.version)


def _confirmed(window: Window, facts: Facts, evaluator: Evaluator, today: date) -> Outline:
    return evaluator.ruling(replace(facts, serious_by_law=True, milder_confirmed=False), today).of(window.audience)
