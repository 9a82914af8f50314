"""From when repair is possible if a person confirms the graver class that is only proposed (R07). Pure.

Until somebody decides, the milder class says until when a record is shown and not from when it may be repaired: what
was taken down could not be confirmed any more. Serves G03 and G10.
"""

from dataclasses import replace
from datetime import date

from shared.policy import Evaluator, Facts, Window


def confirmed_repair_from(window: Window, facts: Facts, evaluator: Evaluator, today: date) -> date | None:
    """The first day by the graver class; None where that gives no repair, or nothing waits for a person."""
    if not window.needs_confirmation:
        return None
    confirmed = replace(facts, serious_by_law=True, milder_confirmed=False)
    return evaluator.ruling(confirmed, today).of(window.audience).repair_from_on
