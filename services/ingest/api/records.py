"""`/v1/records/{id}`: read one record, or withdraw the decision."""

import json
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, TypeAdapter

from services.ingest import store
from services.ingest.api.desk import Desk, authorities_of
from services.ingest.withdraw import cleaned, withdraw
from shared.contracts.events import Withdrawal
from shared.contracts.records import Record
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/records", tags=["records"])

_WITHDRAWAL = TypeAdapter(Withdrawal)


class RecordView(BaseModel):
    """One record as it stands."""

    record_id: str
    state: str
    generation: int
    first_submitted_on: date
    changed_at: datetime
    record: Record


class Withdrawn(BaseModel):
    """The record whose decision has been withdrawn."""

    record_id: str
    state: str


@router.get("/{record_id}", response_model=RecordView, summary="Read one record")
async def get_record(record_id: str, caller: Annotated[Caller, requires(Scope.INGEST_READ)], desk: Desk) -> RecordView:
    """Only records of authorities that the caller speaks for."""
    async with desk.database.reading() as connection:
        row = await store.read_record(connection, identifier(record_id))
    if row is None or not caller.may_write_for(row.authority_code):
        raise Problem(NOT_FOUND, f"There is no record {record_id} of an authority of this caller.")
    return RecordView(
        record_id=row.record_id,
        state=row.state,
        generation=row.generation,
        first_submitted_on=row.first_submitted_on,
        changed_at=row.changed_at,
        record=Record.model_validate(json.loads(row.content)),
    )


@router.post(
    "/{record_id}/withdrawal",
    response_model=Withdrawn,
    summary="Withdraw a decision",
    openapi_extra=documented(_WITHDRAWAL, JSON),
)
async def post_withdrawal(
    record_id: str,
    request: Request,
    caller: Annotated[Caller, requires(Scope.INGEST_WRITE)],
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """撤回: the record disappears everywhere within three working days; the reasons are made public."""
    withdrawal = cleaned(await parsed(request, _WITHDRAWAL))
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await withdraw(work, identifier(record_id), withdrawal, authorities_of(caller))
        return reply(200, Withdrawn(record_id=record_id, state="voided"))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))
