"""`/v1/decided-checks`: whether what is wanted here is what disclosure decided (告知核对)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.sync.api.views import Desk, Operator, Reader, Supervisor
from services.sync.decided import store
from services.sync.decided.compare import ask
from services.sync.decided.domain.difference import Kind
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.messaging.unit_of_work import unit_of_work
from shared.reasons import READABLE
from shared.vocabulary import Audience
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.pagination import Page, Paged, Position, page_of

router = APIRouter(prefix="/v1", tags=["decided"])


class CheckView(BaseModel):
    """One comparison. Not finished: `compared_at` says since when differences wait for the settle time, `explanation`
    why it does not go on. `repeated`: records whose orders were lost and asked for again; `held`: those above the
    limit, which wait for a person."""

    check_id: str
    requested_at: datetime
    requested_by: str
    compared_at: datetime | None
    finished_at: datetime | None
    entries: int
    never_told: int
    behind: int
    ahead: int
    repeated: int
    held: int
    explanation: str | None


class StandingView(BaseModel):
    """The last comparison that ended, the one that goes on, and the differences that are open now."""

    last: CheckView | None
    going_on: CheckView | None
    never_told: int
    behind: int
    ahead: int


class DifferenceView(BaseModel):
    """One audience of one record, with the generations that both sides have; 0 where one has none."""

    record_id: str
    audience: Audience
    kind: Kind
    decided_generation: int
    heard_generation: int
    found_at: datetime
    repeated_at: datetime | None


class WithoutLimit(BaseModel):
    """Why everything that was lost is to be told again, however much it is."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=300, pattern=READABLE)]


class Asked(BaseModel):
    """The comparison that a worker carries out, or goes on with."""

    check_id: str


_WITHOUT_LIMIT = TypeAdapter(WithoutLimit)


@router.get("/decided-standing", summary="Whether what is wanted is what disclosure decided")
async def get_standing(_caller: Reader, desk: Desk) -> StandingView:
    async with desk.database.reading() as connection:
        last, going_on = await store.newest_finished(connection), await store.open_check(connection)
        counts = await store.counts(connection)
    return StandingView(
        last=_check(last) if last else None,
        going_on=_check(going_on) if going_on else None,
        **{kind.value: counts.get(kind, 0) for kind in Kind},
    )


@router.get("/decided-differences", summary="Records of which something else is wanted than was decided")
async def get_differences(_caller: Reader, desk: Desk, page: Paged) -> Page[DifferenceView]:
    """Confirmed ones; what was told again and heard since has left the list."""
    async with desk.database.reading() as connection:
        rows = await store.list_differences(connection, _after(page.after), page.fetch)
    return page_of(rows, page, position=lambda row: [row.record_id, row.audience], shown=_difference)


@router.post("/decided-checks", status_code=202, response_model=Asked, summary="Compare now")
async def post_check(request: Request, caller: Operator, desk: Desk) -> Response:
    """What differs is judged ten minutes later; what was lost by then is told again, up to a limit."""
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            return reply(202, Asked(check_id=await ask(work, caller.client_id)))

        return await once(work, call, produce)


@router.post(
    "/decided-checks/without-limit",
    status_code=202,
    response_model=Asked,
    summary="Compare now, and have everything told again that was lost",
    openapi_extra=documented(_WITHOUT_LIMIT, JSON),
)
async def post_check_without_limit(
    request: Request, caller: Supervisor, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """For a loss above the limit, once its cause is known."""
    body = await parsed(request, _WITHOUT_LIMIT)
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            return reply(202, Asked(check_id=await ask(work, caller.client_id, without_limit=body.reason)))

        return await once(work, call, produce)


def _check(row: AnyRow) -> CheckView:
    return CheckView(**{name: getattr(row, name) for name in CheckView.model_fields})


def _difference(row: AnyRow) -> DifferenceView:
    return DifferenceView(**{name: getattr(row, name) for name in DifferenceView.model_fields})


def _after(position: Position | None) -> tuple[str, str] | None:
    if position is None:
        return None
    if len(position) != 2 or not all(isinstance(part, str) for part in position):
        raise Problem(MALFORMED, "The cursor cannot be used.")
    return str(position[0]), str(position[1])
