"""总览: must anything be done, where, and by when. Attention first, then the portals, then how things moved."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.attention import DRIFT_HOURS, MOST, attention
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
_WITH_PANELS = ("sync", "disclosure")


@router.get("/")
@router.get("/live")
async def overview(request: Request, _visitor: Signed, desk: Desk, reader: Reads, span: str = "24h") -> Response:
    span = span if span in SPANS else "24h"
    today = legal_date(desk.clock.now())
    by = today + timedelta(days=EXPIRING_DAYS)
    readings = await reader.read_all(
        channels=("sync", "/v1/channels"),
        counts=("sync", "/v1/state-counts"),
        health=("sync", "/v1/portal-health"),
        samples=("sync", "/v1/portal-samples", {"hours": SPANS[span]}),
        problems=("sync", "/v1/push-problems"),
        **{f"parked_{one}": (one, "/v1/parked-events") for one in SERVICES},
        dead=("sync", "/v1/dead-letters/counts"),
        overdue=("sync", "/v1/matrix", {"state": "overdue", "limit": 1}),
        older=("sync", "/v1/matrix", {"state": "differs", "older_than_hours": DRIFT_HOURS, "limit": MOST}),
        runs=("sync", "/v1/reconciliations", {"limit": 5}),
        awaiting=("sync", "/v1/reconciliations", {"state": "awaiting_approval", "limit": MOST}),
        subscribers=("sync", "/v1/subscribers"),
        expiring=("disclosure", "/v1/expiring-counts", {"by": by.isoformat()}),
        confirmations=("disclosure", "/v1/confirmation-counts"),
        approvals=("disclosure", "/v1/approvals", {"limit": MOST}),
        forms=("disclosure", "/v1/form-reminders", {"limit": MOST}),
        enforcement=("disclosure", "/v1/performances", {"standing": "open", "limit": MOST}),
        serious=("disclosure", "/v1/serious-list/waiting"),
        calendar=("disclosure", "/v1/calendar"),
        unsigned=("ingest", "/v1/data-sharing/unsigned"),
        quarantine=("ingest", "/v1/quarantine/counts"),
        queue=("repair", "/v1/repair-queue/counts", {"within_hours": HURRIED_HOURS}),
        first_repair=("repair", "/v1/repair-queue", {"limit": 1}),
        objections=("repair", "/v1/objections/due"),
    )
    lang = language(request)
    waiting = attention(readings, today)
    values = {
        "today": today,
        "urgent": [one for one in waiting if not one.can_wait(today)],
        "later": [one for one in waiting if one.can_wait(today)],
        "all_known": all(one.ok for one in readings.values()),
        "nothing_yet": nothing_yet(readings["counts"]),
        "unheard": unheard(readings),
        "cards": cards(readings),
        "chart": _chart(readings["samples"], lang),
        "span": span,
        "spans": list(SPANS),
    }
    return present(request, "overview", {**readings, **values})


def nothing_yet(counts: Reading) -> bool:
    """Whether no record was ever ordered to any portal: then nothing is well, there is only nothing."""
    return counts.ok and not any(sum(states.values()) for states in counts.data["portals"].values())


def unheard(readings: Mapping[str, Reading]) -> list[Reading]:
    """One silent reading of each service that has no panel here: what it would ask people to do is not known."""
    found = {one.service: one for one in readings.values() if one.why == "down" and one.service not in _WITH_PANELS}
    return list(found.values())


def cards(readings: Mapping[str, Reading]) -> list[dict[str, Any]]:
    """A card for each portal of which the channels tell."""
    if not (readings["channels"].ok and readings["counts"].ok and readings["health"].ok):
        return []
    counts, health = readings["counts"].data["portals"], {one["portal"]: one for one in readings["health"].data}
    return [
        channel | {"states": counts[channel["portal"]], "health": health[channel["portal"]], **_backlog(channel)}
        for channel in readings["channels"].data
    ]


def _backlog(channel: Mapping[str, Any]) -> dict[str, Any]:
    lanes = (channel["take_downs"], channel["publications"])
    oldest = [lane["oldest_wanted_at"] for lane in lanes if lane["oldest_wanted_at"]]
    return {"waiting": sum(lane["waiting"] for lane in lanes), "oldest": min(oldest) if oldest else None}


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
