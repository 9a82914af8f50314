"""What is due after each step of the serious list, across National Day, Spring Festival and the end of the calendar."""

from datetime import date

import pytest

from services.disclosure.serious_list.domain.duties import DUTIES, duties
from services.disclosure.serious_list.domain.entry import EntryState
from shared.policy.deadlines import deadlines
from shared.workdays import load_calendar

CALENDAR = load_calendar()


def due(state: EntryState, since: str) -> dict[str, str]:
    return {duty.deadline: duty.last_day.isoformat() for duty in duties(state, date.fromisoformat(since), CALENDAR)}


@pytest.mark.parametrize(
    ("state", "since", "expected"),
    [
        # National Day 2026: 1-7 October off, Saturday 10 October worked; 25-27 September off, Sunday 20 worked.
        (EntryState.DECIDED, "2026-09-30", {"list_record": "2026-10-10", "list_publication": "2026-11-03"}),
        (EntryState.DECIDED, "2026-09-18", {"list_record": "2026-09-22", "list_publication": "2026-10-22"}),
        (EntryState.REMOVAL_APPLIED, "2026-09-24", {"list_acceptance": "2026-10-09"}),
        # Spring Festival 2026: 15-23 February off, Saturdays 14 and 28 February worked.
        (EntryState.REMOVAL_APPLIED, "2026-02-12", {"list_acceptance": "2026-02-26"}),
        (EntryState.REMOVAL_ACCEPTED, "2026-02-10", {"list_removal_decision": "2026-03-16"}),
        (EntryState.REMOVED_EARLY, "2026-02-13", {"list_update": "2026-02-25", "list_stop_display": "2026-03-05"}),
        (EntryState.EXPIRED, "2026-10-02", {"list_update": "2026-10-10", "list_stop_display": "2026-10-20"}),
        (EntryState.LISTED, "2026-10-02", {}),
    ],
)
def test_a_step_makes_these_days_due(state: EntryState, since: str, expected: dict[str, str]) -> None:
    assert due(state, since) == expected


def test_a_deadline_beyond_the_announced_calendar_is_provisional() -> None:
    found = duties(EntryState.DECIDED, date(2026, 12, 25), CALENDAR)
    assert {duty.deadline: duty.provisional for duty in found} == {"list_record": False, "list_publication": True}


def test_every_duty_is_a_deadline_of_the_law() -> None:
    assert {name for names in DUTIES.values() for name in names} <= set(deadlines())
