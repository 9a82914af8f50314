"""Whether one publication was hidden by packs that proved wrong, and which window it gets back. Pure.

The window is never longer than under the packs before the wrong ones, and never longer than under those in force: a
restoration undoes a mistake and lengthens nothing. Serves G03, G04 and G06.
"""

from dataclasses import dataclass
from datetime import date

from services.disclosure.domain.display import PublicationState, state_of
from services.disclosure.domain.settle import Settled, same_facts, settle
from shared.policy import Window
from shared.vocabulary import TakeDownReason

_BY_THE_LAW = frozenset({TakeDownReason.NO_LONGER_PUBLISHABLE, TakeDownReason.WINDOW_EXPIRED})


@dataclass(frozen=True, slots=True)
class Hidden:
    """A publication as it is stored."""

    state: PublicationState
    reason: TakeDownReason | None
    settled: Settled


def restored(
    hidden: Hidden, wrong_version: str, before: Window, now: Window, today: date, *, keeps_repair: bool
) -> Settled | str:
    """The window to store, or the sentence that says why nothing may be restored."""
    if refusal := _refusal(hidden, wrong_version, now, today):
        return refusal
    if state_of(before, today) is not PublicationState.ONLINE:
        return "The packs before those did not show it on this day either."
    if state_of(now, today) is not PublicationState.ONLINE:
        return "The packs in force do not show it on this day."
    return settle(Settled(before), now, today, keeps_repair=keeps_repair)


def _refusal(hidden: Hidden, wrong_version: str, now: Window, today: date) -> str | None:
    if hidden.state not in (PublicationState.OFFLINE, PublicationState.EXEMPT):
        return f"It is {hidden.state} and not hidden."
    if hidden.state is PublicationState.OFFLINE and hidden.reason not in _BY_THE_LAW:
        return f"It was taken down for another reason: {hidden.reason}."
    if hidden.settled.end.provenance.pack_version != wrong_version:
        return "It was not judged last under this revision."
    if not same_facts(hidden.settled.end, now):
        return "Its facts have changed since."
    if state_of(hidden.settled.end, today) is not PublicationState.EXEMPT:
        return "These packs would have shown it: something else hides it."
    return None
