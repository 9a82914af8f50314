"""What the overview asks people to do, and that a service which is silent is never read as "nothing to do"."""

from datetime import UTC, datetime
from typing import Any

from services.sync.dashboard.pages.overview import attention, cards
from services.sync.dashboard.reading import Reading

NOW = datetime(2026, 11, 21, tzinfo=UTC)
EMPTY = {"items": [], "next": None}


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
        "unsigned": [],
        "channels": [],
        "health": [],
    }
    return {name: Reading("sync", data) for name, data in usual.items()} | changed


def test_nothing_to_do_is_an_empty_strip() -> None:
    assert attention(_readings()) == []


def test_what_should_be_gone_stands_first_and_leads_to_exactly_that() -> None:
    counts = {"credit_china": {"overdue": 2}, "credit_jiangsu": {"overdue": 1}}
    problems = [{"take_downs": 3, "publications": 1}]
    found = attention(_readings(counts=Reading("sync", {"portals": counts}), problems=Reading("sync", problems)))
    assert [(one.count, one.href) for one in found] == [(3, "/consistency?state=overdue"), (4, "/deliveries")]


def test_a_silent_service_asks_for_nothing_and_gives_no_card() -> None:
    silent = Reading("sync", why="down", since=NOW)
    readings = _readings(counts=silent, problems=silent, runs=silent)
    assert attention(readings) == []
    assert cards(readings) == []
