"""`/v1/reconciliations/{run_id}/drifts` and `/progress`: what a run found, page by page, and how far it is."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from services.sync.api.views import Desk, Reader
from services.sync.reconciliation import history, runs
from services.sync.reconciliation.api.views import DriftView, drift_view
from services.sync.tables import drift, placement, reconciliation
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.vocabulary import DriftKind
from shared.web.identifier import identifier
from shared.web.pagination import Paged, page_of
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1", tags=["reconciliations"])

_COMPLETE = ("mended", "planned", "awaiting_approval")


class KindCount(BaseModel):
    """Differences of one kind that a run found, and what became of them."""

    kind: DriftKind
    found: int
    ordered: int
    mended: int
    held: int


class Progress(BaseModel):
    """How far a run is. `expected` is what the last complete run of the same scope listed, or what is wanted online."""

    state: str
    listed: int
    expected: int | None
    rate: float | None = Field(description="Entries a second since the start.")
    seconds_left: float | None
    kinds: list[KindCount]


@router.get("/reconciliations/{run_id}/drifts", summary="Differences of one run, page by page")
async def get_run_drifts(
    run_id: str,
    _caller: Reader,
    desk: Desk,
    page: Paged,
    kind: DriftKind | None = None,
    held: Annotated[bool | None, Query(description="Only those left to people, or only the others.")] = None,
    counted: Counted = False,
) -> CountedPage[DriftView]:
    """In the order in which they were noted. What was mended stays here as evidence."""
    conditions = [drift.c.run_id == identifier(run_id)]
    if kind is not None:
        conditions.append(drift.c.kind == kind)
    if held is not None:
        conditions.append(drift.c.held.is_(held))
    every = select(drift).where(*conditions)
    statement = every.order_by(drift.c.drift_id).limit(page.fetch)
    if page.after:
        statement = statement.where(drift.c.drift_id > str(page.after[0]))
    async with desk.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
        total = await total_of(connection, every) if counted else None
    return with_total(page_of(rows, page, position=lambda row: [row.drift_id], shown=drift_view), total)


@router.get("/reconciliations/{run_id}/progress", summary="How far a run is, and what it found by kind")
async def get_progress(run_id: str, _caller: Reader, desk: Desk) -> Progress:
    async with desk.database.reading() as connection:
        run = await runs.one(connection, identifier(run_id))
        if run is None:
            raise Problem(NOT_FOUND, f"There is no reconciliation {run_id[:64]}.")
        kinds = await history.of_run(connection, run.run_id)
        expected = await _expected(connection, run) if run.state in runs.GOING_ON else None
    rate = _rate(run, desk.clock.now())
    left = max(expected - run.listed, 0) / rate if rate and expected is not None else None
    return Progress(
        state=run.state,
        listed=run.listed,
        expected=expected,
        rate=rate,
        seconds_left=left,
        kinds=[KindCount.model_validate(dict(row._mapping)) for row in kinds],
    )


def _rate(run: AnyRow, now: datetime) -> float | None:
    if run.started_at is None or not run.listed:
        return None
    seconds = ((run.finished_at or now) - run.started_at).total_seconds()
    return float(run.listed / seconds) if seconds > 0 else None


async def _expected(connection: AsyncConnection, run: AnyRow) -> int:
    """Asked only while a run goes on. The first run of a scope has to count what is wanted."""
    c, p = reconciliation.c, placement.c
    same = (c.portal == run.portal, c.district == run.district, c.kind == run.kind, c.method == run.method)
    before = select(c.listed).where(*same, c.state.in_(_COMPLETE), c.run_id < run.run_id)
    listed = (await connection.execute(before.order_by(c.run_id.desc()).limit(1))).scalar_one_or_none()
    if listed is not None:
        return int(listed)
    scope = [p.portal == run.portal, p.take_down.is_(False)]
    scope += [p.district.startswith(run.district)] if run.district else []
    scope += [p.kind == run.kind] if run.kind else []
    return int((await connection.execute(select(func.count()).select_from(placement).where(*scope))).scalar_one())
