"""总览: must anything be done, where, and by when. Attention first, then the portals, then how things moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.charts import Series, line_chart
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.page import language, present
from services.sync.dashboard.pages.parked import SERVICES
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import Lang, translate, word
from shared.clock import LEGAL_ZONE, legal_date

router = APIRouter()

SPANS = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24}
EXPIRING_DAYS = 14
HURRIED_HOURS = 4
"""Working hours left: the last half of a day."""
MOST = 100
"""Of a longer list only so many are counted here; the figure then says that there are more."""
DRIFT_HOURS = 48
"""A difference that lasts longer is somebody's business; no number of the law."""


@dataclass(frozen=True)
class Attention:
    """Something that a person must do: how many, the words for it, and where."""

    count: int
    key: str
    href: str

    @property
    def shown(self) -> str:
        return f"{self.count}+" if self.count == MOST else str(self.count)


@router.get("/")
@router.get("/live")
async def overview(request: Request, _visitor: Signed, desk: Desk, reader: Reads, span: str = "24h") -> Response:
    span = span if span in SPANS else "24h"
    by = legal_date(desk.clock.now()) + timedelta(days=EXPIRING_DAYS)
    readings = await reader.read_all(
        channels=("sync", "/v1/channels"),
        counts=("sync", "/v1/state-counts"),
        health=("sync", "/v1/portal-health"),
        samples=("sync", "/v1/portal-samples", {"hours": SPANS[span]}),
        problems=("sync", "/v1/push-problems"),
        **{f"parked_{one}": (one, "/v1/parked-events") for one in SERVICES},
        dead=("sync", "/v1/dead-letters/counts"),
        older=("sync", "/v1/matrix", {"state": "differs", "older_than_hours": DRIFT_HOURS, "limit": MOST}),
        runs=("sync", "/v1/reconciliations", {"limit": 5}),
        awaiting=("sync", "/v1/reconciliations", {"state": "awaiting_approval", "limit": MOST}),
        expiring=("disclosure", "/v1/expiring-counts", {"by": by.isoformat()}),
        confirmations=("disclosure", "/v1/confirmations", {"limit": MOST}),
        enforcement=("disclosure", "/v1/performances", {"standing": "open", "limit": MOST}),
        unsigned=("ingest", "/v1/data-sharing/unsigned"),
        quarantine=("ingest", "/v1/quarantine/counts"),
        queue=("repair", "/v1/repair-queue/counts", {"within_hours": HURRIED_HOURS}),
        objections=("repair", "/v1/objections/due"),
    )
    lang = language(request)
    values = {
        "attention": attention(readings),
        "all_known": all(one.ok for one in readings.values()),
        "cards": cards(readings),
        "chart": _chart(readings["samples"], lang),
        "span": span,
        "spans": list(SPANS),
    }
    return present(request, "overview", {**readings, **values})


def attention(readings: Mapping[str, Reading]) -> list[Attention]:
    """What must be done, the legal risk first. A reading that failed hides nothing: its panel says so by itself."""
    found = [
        Attention(_states(readings["counts"], "overdue"), "overview.todo_overdue", "/consistency?state=overdue"),
        Attention(_problems(readings["problems"]), "overview.todo_problems", "/deliveries"),
        Attention(_parked(readings), "overview.todo_parked", "/deliveries/parked"),
        Attention(_dead(readings["dead"]), "overview.todo_dead", "/deliveries/dead-letters"),
        Attention(
            _items(readings["older"]),
            "overview.todo_older",
            f"/consistency?state=differs&older_than_hours={DRIFT_HOURS}",
        ),
        Attention(_items(readings["awaiting"]), "overview.todo_runs", "/reconciliations?state=awaiting_approval"),
        Attention(_items(readings["confirmations"]), "overview.todo_confirmations", "/confirmations"),
        Attention(_hurried(readings["queue"]), "overview.todo_repair", "/repair"),
        Attention(_items(readings["objections"]), "overview.todo_objections", "/objections"),
        Attention(_items(readings["enforcement"]), "overview.todo_enforcement", "/enforcement"),
        Attention(_quarantined(readings["quarantine"]), "overview.todo_quarantine", "/quarantine"),
        Attention(_items(readings["unsigned"]), "overview.todo_unsigned", "/data-sharing"),
    ]
    return [one for one in found if one.count]


def cards(readings: Mapping[str, Reading]) -> list[dict[str, Any]]:
    """A card for each portal of which the channels tell."""
    if not (readings["channels"].ok and readings["counts"].ok and readings["health"].ok):
        return []
    counts, health = readings["counts"].data["portals"], {one["portal"]: one for one in readings["health"].data}
    return [
        {**channel, "states": counts[channel["portal"]], "health": health[channel["portal"]], **_backlog(channel)}
        for channel in readings["channels"].data
    ]


def _backlog(channel: Mapping[str, Any]) -> dict[str, Any]:
    lanes = (channel["take_downs"], channel["publications"])
    oldest = [lane["oldest_wanted_at"] for lane in lanes if lane["oldest_wanted_at"]]
    return {"waiting": sum(lane["waiting"] for lane in lanes), "oldest": min(oldest) if oldest else None}


def _states(counts: Reading, state: str) -> int:
    return sum(of[state] for of in counts.data["portals"].values()) if counts.ok else 0


def _problems(problems: Reading) -> int:
    return sum(one["take_downs"] + one["publications"] for one in problems.data) if problems.ok else 0


def _parked(readings: Mapping[str, Reading]) -> int:
    counts = (readings[f"parked_{one}"] for one in SERVICES)
    return sum(line["events"] for one in counts if one.ok for line in one.data)


def _dead(counts: Reading) -> int:
    return sum(one["letters"] for one in counts.data) if counts.ok else 0


def _items(page: Reading) -> int:
    """The length of a list, or of the first page of one."""
    if not page.ok:
        return 0
    return len(page.data["items"] if isinstance(page.data, dict) else page.data)


def _hurried(queue: Reading) -> int:
    return int(queue.data["hurried"]) + int(queue.data["overdue"]) if queue.ok else 0


def _quarantined(counts: Reading) -> int:
    return sum(counts.data["counts"].values()) if counts.ok else 0


def _chart(samples: Reading, lang: Lang) -> str:
    """Orders that wait, by portal; empty until the first samples are there."""
    if not samples.ok or not any(samples.data.values()):
        return ""
    instants = sorted({one["at"] for line in samples.data.values() for one in line})
    lines = []
    for portal, line in samples.data.items():
        at = {one["at"]: float(one["waiting"]) for one in line}
        lines.append(Series(word(lang, "portal", portal), [at.get(instant) for instant in instants]))
    labels = [datetime.fromisoformat(one).astimezone(LEGAL_ZONE).strftime("%m-%d %H:%M") for one in instants]
    return line_chart(translate(lang)("overview.backlog"), labels, lines)
