"""`/v1/portal-health` and `/v1/portal-samples`: how each portal does now, and how it did."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import case, func, select

from services.sync.api.views import Desk, Reader
from services.sync.tables import push_attempt
from services.sync.watch.sample import STEP
from services.sync.watch.tables import portal_sample
from shared.database.types import AnyRow
from shared.vocabulary import Portal

router = APIRouter(prefix="/v1", tags=["watch"])

_TAKEN = ("taken", "pending")
_DAY = timedelta(hours=24)
_MOST_POINTS = 400


class PortalHealth(BaseModel):
    """Deliveries of one portal in the last 24 hours: did they succeed. What it shows is another question."""

    portal: Portal
    attempts: int = 0
    succeeded: int = 0
    refused: int = Field(default=0, description="Orders that the portal refused for good.")
    last_success_at: datetime | None = None
    last_attempt_at: datetime | None = None
    slowest_seconds: float | None = None


class Sample(BaseModel):
    """One step: the largest of each figure within it."""

    at: datetime
    waiting: int
    not_as_wanted: int
    for_people: int
    drifts: int
    oldest_seconds: float


@router.get("/portal-health", summary="Deliveries of the last 24 hours, by portal")
async def get_health(_caller: Reader, desk: Desk) -> list[PortalHealth]:
    a = push_attempt.c
    statement = (
        select(
            a.portal,
            func.count().label("attempts"),
            func.count(case((a.outcome.in_(_TAKEN), 1))).label("succeeded"),
            func.count(case((a.outcome == "refused", 1))).label("refused"),
            func.max(case((a.outcome.in_(_TAKEN), a.attempted_at))).label("last_success_at"),
            func.max(a.attempted_at).label("last_attempt_at"),
            func.max(a.seconds).label("slowest_seconds"),
        )
        .where(a.attempted_at >= desk.clock.now() - _DAY)
        .group_by(a.portal)
    )
    async with desk.database.reading() as connection:
        rows = {row.portal: row for row in await connection.execute(statement)}
    return [
        PortalHealth.model_validate(dict(rows[portal]._mapping)) if portal in rows else PortalHealth(portal=portal)
        for portal in desk.portals
    ]


@router.get("/portal-samples", summary="How each portal did, step by step")
async def get_samples(
    _caller: Reader, desk: Desk, hours: Annotated[int, Query(ge=1, le=31 * 24)] = 24
) -> dict[Portal, list[Sample]]:
    """At most 400 steps a portal, oldest first; a step in which nothing was measured is missing."""
    since = desk.clock.now() - timedelta(hours=hours)
    statement = select(portal_sample).where(portal_sample.c.sampled_at >= since).order_by(portal_sample.c.sampled_at)
    async with desk.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    width = max(timedelta(hours=hours) / _MOST_POINTS, STEP)
    return {portal: _thinned([row for row in rows if row.portal == portal], width) for portal in desk.portals}


def _thinned(rows: Sequence[AnyRow], width: timedelta) -> list[Sample]:
    figures = ("waiting", "not_as_wanted", "for_people", "drifts", "oldest_seconds")
    steps: dict[int, list[AnyRow]] = {}
    for row in rows:
        steps.setdefault(int(row.sampled_at.timestamp() // width.total_seconds()), []).append(row)
    return [
        Sample(at=within[0].sampled_at, **{name: max(getattr(row, name) for row in within) for name in figures})
        for within in steps.values()
    ]
