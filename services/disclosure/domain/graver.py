"""From when repair is possible if a person confirms the graver class that is only proposed (R07). Pure.

Until somebody decides, the milder class says until when a record is shown and not from when it may be repaired: what
was taken down could not be confirmed any more. Serves G03 and G10.
"""

from dataclasses import replace
from datetime import date

from shared.policy import Evaluator, Facts, Window, facts_of


def confirmed_repair_from(window: Window, facts: Facts, evaluator: Evaluator, today: date) -> date | None:
    """The first day by the graver class; None where that gives no repair, or nothing waits for a person."""
    if not window.needs_confirmation:
        return None
    confirmed = replace(facts, serious_by_law=True, milder_confirmed=False)
    return evaluator.ruling(confirmed, today).of(window.audience).repair_from_on


def promised_repair_from(window: Window, evaluator: Evaluator, today: date) -> date | None:
    """The day that a subject is told: while a person has to decide, the later one of both classes, as repair holds it;
    None where one of them gives none."""
    if window.repair_from_on is None or not window.needs_confirmation:
        return window.repair_from_on
    facts, _ = facts_of(window.provenance.inputs)
    graver = confirmed_repair_from(window, facts, evaluator, today)
    return None if graver is None else max(window.repair_from_on, graver)
