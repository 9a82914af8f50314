"""`/v1/reconciliations`: ask for a run, read what it found."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import select

from services.sync import runs
from services.sync.api.views import Desk, DriftView, Operator, Reader, RunView
from services.sync.tables import drift, reconciliation
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Portal
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier

router = APIRouter(prefix="/v1", tags=["reconciliations"])


class RunRequest(BaseModel):
    """Which portals to reconcile; all of them when none is named."""

    model_config = ConfigDict(extra="forbid")
    portals: list[Portal] = []


class Requested(BaseModel):
    """The runs that a worker will carry out within seconds."""

    run_ids: list[str]


_REQUEST = TypeAdapter(RunRequest)


@router.post(
    "/reconciliations",
    status_code=202,
    response_model=Requested,
    summary="Reconcile now",
    openapi_extra=documented(_REQUEST, JSON),
)
async def post_reconciliation(
    request: Request, caller: Operator, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """对账: reads everything that the portal shows, confirms each difference by a fresh look, mends within limits."""
    body = await parsed(request, _REQUEST)
    call = await changing_call(request, caller)
    portals = sorted(set(body.portals)) or list(desk.portals)

    async def produce(work: UnitOfWork) -> Reply:
        return reply(202, Requested(run_ids=await runs.request(work, portals)))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/reconciliations/{run_id}", summary="One run")
async def get_reconciliation(run_id: str, _caller: Reader, desk: Desk) -> RunView:
    async with desk.database.reading() as connection:
        row = (
            await connection.execute(select(reconciliation).where(reconciliation.c.run_id == identifier(run_id)))
        ).one_or_none()
    if row is None:
        raise Problem(NOT_FOUND, f"There is no reconciliation {run_id[:64]}.")
    return RunView.model_validate(dict(row._mapping))


@router.get("/drifts", summary="Differences found by runs")
async def get_drifts(
    _caller: Reader,
    desk: Desk,
    run_id: Annotated[list[str], Query(min_length=1, max_length=50, description="Runs to read.")],
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[DriftView]:
    """Newest first. What was mended stays here as evidence."""
    statement = (
        select(drift)
        .where(drift.c.run_id.in_([identifier(one) for one in run_id]))
        .order_by(drift.c.drift_id.desc())
        .limit(limit)
    )
    async with desk.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return [_drift(row) for row in rows]


def _drift(row: AnyRow) -> DriftView:
    values = dict(row._mapping)
    return DriftView.model_validate(values | {"differences": json.loads(row.differences) if row.differences else {}})
