"""`/v1/drift-history` and `/v1/verified-through`: what a dashboard draws of reconciliation."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.sync.api.views import Desk, Reader
from services.sync.reconciliation import history, marks
from shared.clock import legal_date
from shared.vocabulary import DriftKind, Portal

router = APIRouter(prefix="/v1", tags=["reconciliations"])


class DayCount(BaseModel):
    """Differences of one kind found on one portal on one legal day, and what became of them."""

    day: date
    portal: Portal
    kind: DriftKind
    found: int
    ordered: int
    mended: int
    held: int


class Mark(BaseModel):
    """已核实至: up to when a scope of a portal was read whole; empty district and kind mean everything."""

    portal: Portal
    district: str
    kind: str
    verified_through: datetime
    run_id: str


@router.get("/drift-history", summary="Differences by day, portal and kind")
async def get_history(_caller: Reader, desk: Desk, days: Annotated[int, Query(ge=1, le=92)] = 30) -> list[DayCount]:
    """Oldest day first; a day without differences has no line."""
    today = legal_date(desk.clock.now())
    found: list[DayCount] = []
    async with desk.database.reading() as connection:
        for back in range(days - 1, -1, -1):
            day = today - timedelta(days=back)
            rows = await history.of_day(connection, day)
            found += [DayCount.model_validate(dict(row._mapping) | {"day": day}) for row in rows]
    return found


@router.get("/verified-through", summary="Up to when each scope was read whole")
async def get_marks(_caller: Reader, desk: Desk) -> list[Mark]:
    async with desk.database.reading() as connection:
        rows = await marks.all_marks(connection)
    return [Mark.model_validate(dict(row._mapping)) for row in rows]
