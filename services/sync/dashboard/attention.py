"""What the overview asks people to do: how many, where, and by when. Decides the order, the legal risk first, and what
can wait; never that nothing is to be done because a service is silent: its panel says that it is. Serves G08."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from services.sync.dashboard.legal_duties import legal_duties
from services.sync.dashboard.pages.parked import SERVICES
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.todo import Attention
from shared.clock import legal_date

MOST = 100
"""Of a longer list only so many are read; the figure then says that there are more."""
DRIFT_HOURS = 48
"""A difference that lasts longer is somebody's business; no number of the law."""
_OF_THE_HOUSE = "system:"
_A_MOMENT = timedelta(seconds=1)

Readings = Mapping[str, Reading]


def attention(readings: Readings, today: date) -> list[Attention]:
    """All that waits, in the order of the page. A reading that failed hides nothing: its panel says so by itself."""
    of_the_law = legal_duties(readings["quarantine"], readings["serious"], readings["calendar"])
    return [one for one in (*_of_portals(readings), *of_the_law, *_of_people(readings, today)) if one.count]


def _of_portals(readings: Readings) -> Iterable[Attention]:
    """What portals and messages leave to people."""
    orders, older, runs = _list(readings["problems"]), _list(readings["older"]), _list(readings["awaiting"])
    parked = [line for one in SERVICES for line in _list(readings[f"parked_{one}"])]
    paused = [
        one
        for one in _list(readings["subscribers"])
        if one["state"] == "paused" and one["state_by"].startswith(_OF_THE_HOUSE)
    ]
    yield Attention(
        _states(readings["counts"], "overdue"),
        "overview.todo_overdue",
        "/consistency?state=overdue",
        _last_day(cell["due_at"] for row in _list(readings["overdue"]) for cell in row["cells"] if _is_late(cell)),
    )
    yield Attention(
        sum(one["take_downs"] + one["publications"] for one in orders),
        "overview.todo_problems",
        "/deliveries",
        _last_day(one["earliest_due_at"] for one in orders),
    )
    yield Attention(
        sum(line["events"] for line in parked),
        "overview.todo_parked",
        "/deliveries/parked",
        since=_first(line["oldest_at"] for line in parked),
    )
    yield Attention(
        sum(one["letters"] for one in _list(readings["dead"])), "overview.todo_dead", "/deliveries/dead-letters"
    )
    yield Attention(
        len(older),
        "overview.todo_older",
        f"/consistency?state=differs&older_than_hours={DRIFT_HOURS}",
        since=_first(row["since"] for row in older),
        more=_more(readings["older"]),
    )
    yield Attention(
        len(runs),
        "overview.todo_runs",
        "/reconciliations?state=awaiting_approval",
        since=_first(run["finished_at"] or run["requested_at"] for run in runs),
        more=_more(readings["awaiting"]),
    )
    yield Attention(
        len(paused), "overview.todo_subscribers", "/subscribers", since=_first(one["state_at"] for one in paused)
    )


def _of_people(readings: Readings, today: date) -> Iterable[Attention]:
    """What officers decide, correct, sign for or hand out."""
    facts, approvals, tasks = readings["confirmations"], _list(readings["approvals"]), _list(readings["enforcement"])
    objections, unsigned = _list(readings["objections"]), _list(readings["unsigned"])
    forms = [one for one in _list(readings["forms"]) if not one["filed_by"] and one["remind_on"] <= today.isoformat()]
    yield Attention(
        facts.data["records"] if facts.ok else 0,
        "overview.todo_confirmations",
        "/confirmations",
        _day([facts.data["first_by"]]) if facts.ok and not facts.data["hidden"] else None,
    )
    yield Attention(len(approvals), "overview.todo_approvals", "/approvals", more=_more(readings["approvals"]))
    yield Attention(
        _hurried(readings["queue"]),
        "overview.todo_repair",
        "/repair",
        _last_day(one["limit"]["due_at"] for one in _list(readings["first_repair"]) if one["limit"]),
    )
    yield Attention(
        len(objections),
        "overview.todo_objections",
        "/objections",
        _last_day(one["answer_due_at"] for one in objections),
    )
    yield Attention(
        len(tasks),
        "overview.todo_enforcement",
        "/enforcement",
        since=_first(one["opened_at"] for one in tasks),
        more=_more(readings["enforcement"]),
    )
    yield Attention(len(unsigned), "overview.todo_unsigned", "/data-sharing", _day(one["day"] for one in unsigned))
    yield Attention(len(forms), "overview.todo_forms", "/forms", _day(one["due_on"] for one in forms))


def _list(reading: Reading) -> list[Any]:
    """A list, or the first page of one; nothing when the reading failed."""
    if not reading.ok:
        return []
    return list(reading.data["items"] if isinstance(reading.data, dict) else reading.data)


def _more(page: Reading) -> bool:
    return bool(page.ok and page.data["next"])


def _states(counts: Reading, state: str) -> int:
    return sum(of[state] for of in counts.data["portals"].values()) if counts.ok else 0


def _hurried(queue: Reading) -> int:
    return int(queue.data["hurried"]) + int(queue.data["overdue"]) if queue.ok else 0


def _is_late(cell: Mapping[str, Any]) -> bool:
    return bool(cell["state"] == "overdue")


def _first(instants: Iterable[str | None]) -> str | None:
    """The earliest of some instants, all written alike."""
    return min((one for one in instants if one), default=None)


def _last_day(instants: Iterable[str | None]) -> date | None:
    """The last legal day on which the earliest of some limits is still kept: limits end with a day."""
    first = _first(instants)
    return legal_date(datetime.fromisoformat(first) - _A_MOMENT) if first else None


def _day(days: Iterable[str | None]) -> date | None:
    first = _first(days)
    return date.fromisoformat(first) if first else None
