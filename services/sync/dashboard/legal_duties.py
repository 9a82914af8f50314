"""What the overview says of duties whose days the law counts: rows that wait while the reporting duty runs, steps of
the serious list, and the year that deadlines reach into before it is announced. Serves G08 and G11."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from services.sync.dashboard.reading import Reading
from services.sync.dashboard.todo import Attention
from shared.clock import LEGAL_ZONE

_STEPS = {
    "notified": "overview.todo_list_notified",
    "heard": "overview.todo_list_heard",
    "decided": "overview.todo_list_decided",
    "removal_applied": "overview.todo_list_removal_applied",
    "removal_accepted": "overview.todo_list_removal_accepted",
}


def legal_duties(quarantine: Reading, serious: Reading, calendar: Reading) -> Iterable[Attention]:
    """In this order; of a reading that failed nothing."""
    if quarantine.ok:
        yield _rows(quarantine.data)
    if serious.ok:
        yield from _serious_list(serious.data)
    if calendar.ok and calendar.data["next_year"]["needed"]:
        year = calendar.data["next_year"]
        yield Attention(1, "overview.todo_calendar", "/calendar", _day(year["needed_by"]), said=str(year["year"]))


def _rows(counts: Mapping[str, Any]) -> Attention:
    """Rows that wait in quarantine: the reporting duty (双公示) does not wait for them."""
    by, late = _day(counts["first_by"]), counts["late"]
    return Attention(counts["rows"], "overview.todo_quarantine", "/quarantine", by, late=late)


def _serious_list(waiting: Mapping[str, Any]) -> Iterable[Attention]:
    """Each state that a person's step ends, with the earliest deadline that can be kept or since when the oldest is in
    it; then what waits for legal review, and what ends soon."""
    for one in waiting["steps"]:
        if one["state"] not in _STEPS:
            continue  # of a newer service: its page has it
        key, href = _STEPS[one["state"]], f"/serious-list?state={one['state']}"
        yield Attention(one["entries"], key, href, _day(one["by"]), _morning(one["since_on"]), late=one["late"])
    yield Attention(waiting["reviews"], "overview.todo_list_reviews", "/serious-list?unreviewed=true")
    closing = f"/serious-list?closing_by={waiting['closing_by']}"
    yield Attention(waiting["closing"], "overview.todo_list_closing", closing, _day(waiting["closes_on"]))


def _day(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


def _morning(day: str) -> str:
    """The first instant of a legal day."""
    return datetime.combine(date.fromisoformat(day), time(), LEGAL_ZONE).isoformat()
