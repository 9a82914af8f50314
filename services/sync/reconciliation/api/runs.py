"""`/v1/reconciliations`: ask for a run, read what it found, give it up."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import select

from services.sync.api.views import Desk, Operator, Reader
from services.sync.reconciliation import runs
from services.sync.reconciliation.api.views import DriftView, RunView, drift_view, run_view
from services.sync.reconciliation.ask import request as request_runs
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.explanations import Lang
from services.sync.reconciliation.runs import Method, Mode, Wish
from services.sync.tables import drift, reconciliation
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.reasons import READABLE
from shared.vocabulary import Portal, RecordKind
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Paged, page_of
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1", tags=["reconciliations"])


class RunRequest(BaseModel):
    """Which portals to reconcile, all of them when none is named; a division or a kind makes it a part of each.

    `plan` only says what would be mended. `digests` asks the portal for its digests instead of reading everything;
    it finds differences fast and never moves `verified_through`.
    """

    model_config = ConfigDict(extra="forbid")
    portals: list[Portal] = []
    district: Annotated[str, Field(pattern=r"^[0-9A-Z-]{2,12}$")] | None = None
    kind: RecordKind | None = None
    mode: Mode = Mode.MEND
    method: Method = Method.LISTING


class Requested(BaseModel):
    """The runs that a worker will carry out within seconds, or as soon as the portal may be read. A run that waits for
    the same already is given again."""

    run_ids: list[str]


class GiveUp(BaseModel):
    """Why a run is given up."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=300, pattern=READABLE)]


_REQUEST = TypeAdapter(RunRequest)
_GIVE_UP = TypeAdapter(GiveUp)


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
    wish = Wish(Scope(body.district or "", body.kind or ""), body.mode, body.method)

    async def produce(work: UnitOfWork) -> Reply:
        return reply(202, Requested(run_ids=await request_runs(work, portals, caller.client_id, wish, desk.quiet_at)))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/reconciliations", summary="Runs, newest first")
async def list_reconciliations(
    _caller: Reader,
    desk: Desk,
    page: Paged,
    portal: Portal | None = None,
    state: str | None = None,
    lang: Annotated[Lang, Query(description="Language of the explanations.")] = "en",
    counted: Counted = False,
) -> CountedPage[RunView]:
    columns = reconciliation.c
    conditions = [columns.portal == portal] if portal else []
    if state is not None:
        conditions.append(columns.state == state[:20])
    every = select(reconciliation).where(*conditions)
    statement = every.order_by(columns.run_id.desc()).limit(page.fetch)
    if page.after:
        statement = statement.where(columns.run_id < str(page.after[0]))
    async with desk.database.reading() as connection:
        rows = (await connection.execute(statement)).all()
        total = await total_of(connection, every) if counted else None
    found = page_of(rows, page, position=lambda row: [row.run_id], shown=lambda row: run_view(row, lang))
    return with_total(found, total)


@router.get("/reconciliations/{run_id}", summary="One run")
async def get_reconciliation(run_id: str, _caller: Reader, desk: Desk, lang: Lang = "en") -> RunView:
    async with desk.database.reading() as connection:
        row = await runs.one(connection, identifier(run_id))
    if row is None:
        raise Problem(NOT_FOUND, f"There is no reconciliation {run_id[:64]}.")
    return run_view(row, lang)


@router.post(
    "/reconciliations/{run_id}/give-up",
    response_model=RunView,
    summary="Give up a run",
    openapi_extra=documented(_GIVE_UP, JSON),
)
async def post_give_up(
    request: Request, run_id: str, caller: Operator, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """中止: the run concludes nothing; its worker notices with its next page. One that waits is given up too."""
    body = await parsed(request, _GIVE_UP)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        ended = await runs.give_up(work, identifier(run_id), caller.client_id, body.reason)
        row = await runs.one(work.connection, run_id)
        if row is None:
            raise Problem(NOT_FOUND, f"There is no reconciliation {run_id[:64]}.")
        if not ended:
            raise Problem(CONFLICT, f"The run has ended already: it is {row.state}.", state=row.state)
        return reply(200, run_view(row))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


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
    return [drift_view(row) for row in rows]
