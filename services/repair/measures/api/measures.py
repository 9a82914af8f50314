"""`/v1/measures`: to whom records were told, which sanctions stand on them, what ended and is still to be told."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.repair.api.desk import Desk
from services.repair.measures.end import Because, lift, read_of, read_untold, tell_end
from services.repair.measures.note import MeasureKind, NewMeasure, note_measure
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN, identifier
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/measures", tags=["measures"])

Officer = Annotated[Caller, requires(Scope.REPAIR_HANDLE)]
JsonOnly = Annotated[str, accepts(JSON)]
_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$"


class MeasureBody(BaseModel):
    """What stands on a record. The party is a body, never a person."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    record_id: str = Field(pattern=PATTERN)
    kind: MeasureKind
    party: str = Field(max_length=200, pattern=_TEXT)
    what: str = Field(max_length=2000, pattern=_TEXT)
    began_on: date


class ToldBody(BaseModel):
    """How the party was told that it is over."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    how: str = Field(max_length=2000, pattern=_TEXT)


class EndBody(BaseModel):
    """Why a person ends a measure."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    reason: str = Field(max_length=2000, pattern=_TEXT)


class MeasureStatus(BaseModel):
    """A measure by its identifier."""

    measure_id: str


class MeasureView(BaseModel):
    """One measure: to whom, since when, whether and why it ended, and who was told of that."""

    measure_id: str
    record_id: str
    kind: MeasureKind
    party: str
    what: str
    began_on: date
    noted_by: str
    ended_at: datetime | None
    ended_because: Because | None
    ended_by: str | None = Field(description="The application, the objection, or the record that was withdrawn.")
    lifted_by: str | None
    lifted_reason: str | None
    told_by: str | None
    told_at: datetime | None
    told_how: str | None


_BODY, _TOLD, _END = TypeAdapter(MeasureBody), TypeAdapter(ToldBody), TypeAdapter(EndBody)


@router.post(
    "",
    status_code=201,
    response_model=MeasureStatus,
    summary="Note to whom a record was told, or which sanction stands on it",
    openapi_extra=documented(_BODY, JSON),
)
async def post_measure(request: Request, caller: Officer, desk: Desk, _media_type: JsonOnly) -> Response:
    """信息共享、联合惩戒: an approved repair, a withdrawal or an upheld objection ends it, or a person does."""
    body = await parsed(request, _BODY)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        new = NewMeasure(body.record_id, body.kind, body.party, body.what, body.began_on)
        return reply(201, MeasureStatus(measure_id=await note_measure(work, new, caller)))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/{measure_id}/told",
    response_model=MeasureStatus,
    summary="Keep that the party was told of the end",
    openapi_extra=documented(_TOLD, JSON),
)
async def post_told(measure_id: str, request: Request, caller: Officer, desk: Desk, _media_type: JsonOnly) -> Response:
    """告知解除: by whom, when and how."""
    body = await parsed(request, _TOLD)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await tell_end(work, identifier(measure_id), body.how, caller)
        return reply(200, MeasureStatus(measure_id=measure_id))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/{measure_id}/end",
    response_model=MeasureStatus,
    summary="End a measure by hand",
    openapi_extra=documented(_END, JSON),
)
async def post_end(measure_id: str, request: Request, caller: Officer, desk: Desk, _media_type: JsonOnly) -> Response:
    """人工解除, with the reason; its party is to be told, as after any other end."""
    body = await parsed(request, _END)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await lift(work, identifier(measure_id), body.reason, caller)
        return reply(200, MeasureStatus(measure_id=measure_id))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/untold", summary="Measures that ended and whose party does not know yet")
async def get_untold(_caller: Officer, desk: Desk, page: Paged) -> Page[MeasureView]:
    """In the order in which they were noted."""
    async with desk.database.reading() as connection:
        rows = await read_untold(connection, str(page.after[0]) if page.after else None, page.fetch)
    return page_of(rows, page, position=lambda row: [row.measure_id], shown=_view)


@router.get("", summary="Measures on a record")
async def get_measures(
    _caller: Officer, desk: Desk, record_id: Annotated[str, Query(pattern=PATTERN)]
) -> list[MeasureView]:
    """All of them, also those that ended."""
    async with desk.database.reading() as connection:
        return [_view(row) for row in await read_of(connection, [record_id])]


def _view(row: AnyRow) -> MeasureView:
    return MeasureView(**{name: getattr(row, name) for name in MeasureView.model_fields})
