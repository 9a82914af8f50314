"""`/v1/records/{id}/placements` and the counts of all placements."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import and_, case, func, or_, select

from services.sync.api.views import Desk, FilingView, PlacementView, PortalCounts, Reader
from services.sync.tables import placement
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.vocabulary import Portal
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1", tags=["placements"])


@router.get("/records/{record_id}/placements", summary="What each portal shall show, took and shows")
async def get_placements(record_id: str, _caller: Reader, desk: Desk) -> list[PlacementView]:
    """One entry a portal, and the former entries that have to be gone; `agreed` is true only when looks before and
    after the portal's cache life saw what is wanted now (guarantee G05)."""
    columns, wanted = placement.c, identifier(record_id)
    former = and_(columns.former_of.is_not(None), columns.former_of == wanted)
    statement = (
        select(placement).where(or_(columns.record_id == wanted, former)).order_by(columns.portal, columns.record_id)
    )
    async with desk.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    if not rows:
        raise Problem(NOT_FOUND, f"No portal shall show a record {record_id[:64]}.")
    return [placement_view(row) for row in rows]


@router.get("/placements", summary="Placements of one portal")
async def list_placements(
    _caller: Reader,
    desk: Desk,
    page: Paged,
    portal: Portal,
    take_down: Annotated[bool | None, Query(description="Only those wanted offline (true) or online (false).")] = None,
    agreed: Annotated[bool | None, Query(description="Only those seen as wanted (true) or not yet (false).")] = None,
) -> Page[PlacementView]:
    """In the order of their record ids, which is the order in which the records came."""
    conditions = [placement.c.portal == portal]
    if take_down is not None:
        conditions.append(placement.c.take_down == take_down)
    if agreed is not None:
        as_wanted = placement.c.observed_generation == placement.c.generation
        conditions.append(as_wanted if agreed else ~as_wanted)
    if page.after:
        conditions.append(placement.c.record_id > str(page.after[0]))
    statement = select(placement).where(*conditions).order_by(placement.c.record_id).limit(page.fetch)
    async with desk.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return page_of(rows, page, position=lambda row: [row.record_id], shown=placement_view)


@router.get("/placement-counts", summary="Placements by portal and state")
async def get_counts(_caller: Reader, desk: Desk) -> dict[Portal, PortalCounts]:
    """For dashboards and the demo: what is still open, and what has been seen as wanted."""
    agreed = placement.c.observed_generation == placement.c.generation
    online = ~placement.c.take_down
    statement = select(
        placement.c.portal,
        func.count(case((online, 1))).label("wanted_online"),
        func.count(case((placement.c.take_down, 1))).label("wanted_offline"),
        func.count(case((and_(online, agreed), 1))).label("seen_present"),
        func.count(case((and_(placement.c.take_down, agreed), 1))).label("seen_absent"),
        func.count(case((~agreed, 1))).label("open"),
        func.count(placement.c.refusal).label("refused"),
    ).group_by(placement.c.portal)
    async with desk.database.reading() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    counts = {portal: PortalCounts() for portal in Portal}
    return counts | {Portal(row["portal"]): PortalCounts.model_validate(dict(row)) for row in rows}


def placement_view(row: AnyRow) -> PlacementView:
    """A row of `placement` as callers see it."""
    return PlacementView(
        record_id=row.record_id,
        former_of=row.former_of,
        portal=row.portal,
        portal_key=row.portal_key,
        wanted="offline" if row.take_down else "online",
        reason=row.reason,
        closes_on=row.closes_on,
        due_at=row.due_at,
        due_provisional=row.due_provisional,
        wanted_at=row.wanted_at,
        generation=row.generation,
        acknowledged_generation=row.acknowledged_generation,
        acknowledged_at=row.acknowledged_at,
        observed=row.observed,
        observed_at=row.observed_at,
        agreed=row.observed_generation == row.generation,
        first_agreed_at=row.agreed_at if row.agreed_generation == row.generation else None,
        amended=row.amended_body is not None,
        mends=row.mends,
        refusal=row.refusal,
        filing=_filing(row),
    )


def _filing(row: AnyRow) -> FilingView | None:
    if row.receipt is None or row.filing_stage is None:
        return None
    return FilingView(
        stage=row.filing_stage,
        since=row.filing_since,
        expected_on=row.filing_expected_on,
        expected_provisional=row.filing_provisional,
    )
