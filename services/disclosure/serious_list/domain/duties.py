"""What is due after a step (令11 arts. 11, 14, 19, 20), in working days from the day of the step. Pure.

The numbers live in `shared/policy/deadlines.toml`; beyond the announced calendar a day is provisional. Serves G11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from services.disclosure.serious_list.domain.entry import EntryState
from shared.policy.deadlines import deadlines
from shared.workdays import WorkCalendar

_ENDED = ("list_update", "list_stop_display")

DUTIES: Mapping[EntryState, tuple[str, ...]] = MappingProxyType(
    {
        EntryState.DECIDED: ("list_record", "list_publication"),
        EntryState.REMOVAL_APPLIED: ("list_acceptance",),
        EntryState.REMOVAL_ACCEPTED: ("list_removal_decision",),
        EntryState.REMOVED_EARLY: _ENDED,
        EntryState.EXPIRED: _ENDED,
        EntryState.WITHDRAWN: _ENDED,
    }
)
"""The deadlines that a state starts."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One deadline of an entry: the name of the rule and its last day."""

    deadline: str
    last_day: date
    provisional: bool


def duties(state: EntryState, since_on: date, calendar: WorkCalendar) -> tuple[Duty, ...]:
    """What this state makes due, counted from the day after it began."""
    found = []
    for name in DUTIES.get(state, ()):
        end = calendar.add_working_days(since_on, deadlines()[name].working_days)
        found.append(Duty(name, end.day, end.provisional))
    return tuple(found)
