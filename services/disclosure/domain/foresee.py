"""When a display that runs today ends by a version of the law that begins later and that the packs know already.

A window names only what is in force (R03); this looks ahead, so that nothing has to be computed on the day on which
such a version begins. Pure; changes no window. Serves G04.
"""

from dataclasses import dataclass
from datetime import date

from shared.policy import Evaluator, Facts, Window
from shared.vocabulary import Publishability


@dataclass(frozen=True, slots=True)
class Foreseen:
    """From `ends_on` on nothing is shown. `unless_confirmed`: only because a graver class is not confirmed (R07)."""

    ends_on: date
    unless_confirmed: bool


def foresee(window: Window, facts: Facts, evaluator: Evaluator, today: date) -> Foreseen | None:
    """The earlier end of a window that is shown today; None when no later version shortens it."""
    end, found = window.offline_on, None
    for boundary in evaluator.packs.boundaries_after(today):
        if end is None or end <= boundary:
            break
        later = evaluator.ruling(facts, boundary).of(window.audience)
        if later.publishability is Publishability.AWAITING_CONFIRMATION:
            return Foreseen(boundary, unless_confirmed=False)
        if later.offline_on is not None and later.offline_on < end:
            end, found = later.offline_on, Foreseen(later.offline_on, later.needs_confirmation)
    return found
