"""What the overview asks people to do, and that a service which is silent is never read as "nothing to do"."""

from datetime import UTC, datetime
from typing import Any

from services.sync.dashboard.pages.overview import attention, cards
from services.sync.dashboard.reading import Reading

NOW = datetime(2026, 11, 21, tzinfo=UTC)
EMPTY: dict[str, Any] = {"items": [], "next": None}


def _readings(**changed: Reading) -> dict[str, Reading]:
    none = {"credit_china": dict.fromkeys(("overdue", "failed", "differs", "moving", "stale", "same"), 0)}
    usual: dict[str, Any] = {
        "counts": {"portals": none},
        "problems": [],
        "older": EMPTY,
        "runs": EMPTY,
        "awaiting": EMPTY,
        "quarantine": {"counts": {}},
        "queue": {"hurried": 0, "overdue": 0},
        "objections": [],
        "confirmations": EMPTY,
        "enforcement": EMPTY,
        "unsigned": [],
        "channels": [],
        "health": [],
        "dead": [],
        **{f"parked_{one}": [] for one in ("ingest", "disclosure", "repair", "sync")},
    }
    return {name: Reading("sync", data) for name, data in usual.items()} | changed


def test_nothing_to_do_is_an_empty_strip() -> None:
    assert attention(_readings()) == []


def test_what_should_be_gone_stands_first_and_leads_to_exactly_that() -> None:
    counts = {"credit_china": {"overdue": 2}, "credit_jiangsu": {"overdue": 1}}
    problems = [{"take_downs": 3, "publications": 1}]
    found = attention(_readings(counts=Reading("sync", {"portals": counts}), problems=Reading("sync", problems)))
    assert [(one.count, one.href) for one in found] == [(3, "/consistency?state=overdue"), (4, "/deliveries")]


def test_events_set_aside_in_any_service_are_one_line_and_a_silent_service_hides_no_other() -> None:
    silent = Reading("ingest", why="down", since=NOW)
    lines = Reading("repair", [{"events": 2}, {"events": 3}])
    [found] = attention(_readings(parked_ingest=silent, parked_repair=lines, parked_sync=lines))
    assert (found.count, found.href) == (10, "/deliveries/parked")


def test_dead_letters_of_all_queues_are_one_line() -> None:
    letters = [{"queue": "sync.calendar", "letters": 2}, {"queue": "repair.calendar", "letters": 1}]
    [found] = attention(_readings(dead=Reading("sync", letters)))
    assert (found.count, found.href) == (3, "/deliveries/dead-letters")


def test_open_tasks_for_enforcement_are_counted_and_led_to() -> None:
    [found] = attention(_readings(enforcement=Reading("disclosure", {"items": [{}] * 3, "next": None})))
    assert (found.shown, found.key, found.href) == ("3", "overview.todo_enforcement", "/enforcement")


def test_a_silent_service_asks_for_nothing_and_gives_no_card() -> None:
    silent = Reading("sync", why="down", since=NOW)
    readings = _readings(counts=silent, problems=silent, runs=silent)
    assert attention(readings) == []
    assert cards(readings) == []
