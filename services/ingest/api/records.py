"""`/v1/records/{id}`: read one record, change the decision (变更) or withdraw it (撤回)."""

import json
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.ingest import store
from services.ingest.api.desk import Desk, IngestDesk, authorities_of
from services.ingest.api.reading import Row
from services.ingest.change import Change, change
from services.ingest.receipt import Reason, row_verdict
from services.ingest.withdraw import Sender, cleaned, withdraw
from shared.clock import legal_date
from shared.contracts.events import Withdrawal
from shared.contracts.records import Record
from shared.database.lookup import Found
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Verdict, WithdrawalKind
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.scopes import Scope
from shared.workdays import Deadline

router = APIRouter(prefix="/v1/records", tags=["records"])

_WITHDRAWAL = TypeAdapter(Withdrawal)


class WithdrawalView(BaseModel):
    """What the authority did to its decision, with the public reasons. What was shown must be gone by the end of
    `due_on`, three working days later (Penalty Law art. 48); provisional beyond the announced calendar."""

    generation: int
    kind: WithdrawalKind
    statement_of_reasons: str
    withdrawn_on: date
    due_on: date
    provisional: bool
    noted_by: str
    noted_at: datetime


class RecordView(BaseModel):
    """One record as it stands, and what was done to its decision since."""

    record_id: str
    state: str
    generation: int
    first_submitted_on: date
    changed_at: datetime
    client: str
    data_version: int | None
    record: Record
    withdrawals: list[WithdrawalView]


class Withdrawn(BaseModel):
    """The record whose decision has been withdrawn. It must be gone everywhere by the end of `due_on`."""

    record_id: str
    state: str
    due_on: date
    provisional: bool


class ChangeBody(BaseModel):
    """变更: the changed decision as a row of the template, whole, with the reasons that are made public."""

    model_config = ConfigDict(extra="forbid")
    statement_of_reasons: str = Field(min_length=1, max_length=2000)
    changed_on: date
    row: Row


class Changed(BaseModel):
    """The record with its new generation. What was shown until now must be gone by the end of `due_on`."""

    record_id: str
    generation: int
    due_on: date
    provisional: bool
    reasons: list[Reason]


_CHANGE = TypeAdapter(ChangeBody)
_HISTORY = TypeAdapter(list[WithdrawalView])
_HEAD = json.JSONEncoder(ensure_ascii=False)


@router.get("/{record_id}", response_model=RecordView, summary="Read one record")
async def get_record(record_id: str, caller: Annotated[Caller, requires(Scope.INGEST_READ)], desk: Desk) -> Response:
    """Only records of authorities that the caller speaks for."""
    row = await desk.database.find(store.RECORD, record_id=identifier(record_id))
    if row is None or not caller.may_write_for(row["authority_code"]):
        raise Problem(NOT_FOUND, f"There is no record {record_id} of an authority of this caller.")
    # What was done to a decision raises its generation: of a first one there is nothing to read.
    history = await _withdrawals(desk, row) if row["generation"] > 1 else []
    return Response(_written(row, history), media_type="application/json")


async def _withdrawals(desk: IngestDesk, row: Found) -> list[WithdrawalView]:
    """Those that made the record what it is in this row; a newer one belongs to a newer row."""
    async with desk.database.reading() as connection:
        history = await store.read_withdrawals(connection, row["record_id"])
        await desk.days.on(connection, legal_date(desk.clock.now()))
    known = [one for one in history if one.generation <= row["generation"]]
    return [_withdrawal(one, desk.days.withdrawn_by(one.withdrawn_on)) for one in known]


def _written(row: Found, history: list[WithdrawalView]) -> bytes:
    """A `RecordView` around the stored text of the record, which was written by its contract and is not read again."""
    head = {
        "record_id": row["record_id"],
        "state": row["state"],
        "generation": row["generation"],
        "first_submitted_on": row["first_submitted_on"].isoformat(),
        "changed_at": row["changed_at"].isoformat().replace("+00:00", "Z"),
        "client": row["client"],
        "data_version": row["data_version"],
    }
    written = _HEAD.encode(head).removesuffix("}")
    return f'{written}, "record": {row["content"]}, "withdrawals": {_HISTORY.dump_json(history).decode()}}}'.encode()


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
        sender = Sender(caller.client_id, authorities_of(caller))
        await withdraw(work, identifier(record_id), withdrawal, sender)
        reason = withdrawal.statement_of_reasons
        work.audit(Act(Action.RECORD_WITHDRAWN, caller.client_id, record_id, record_id, reason))
        await desk.days.on(work.connection, legal_date(work.now))
        due = desk.days.withdrawn_by(withdrawal.withdrawn_on)
        return reply(200, Withdrawn(record_id=record_id, state="voided", due_on=due.day, provisional=due.provisional))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/{record_id}/change",
    response_model=Changed,
    summary="Change a decision",
    openapi_extra=documented(_CHANGE, JSON),
)
async def post_change(
    record_id: str,
    request: Request,
    caller: Annotated[Caller, requires(Scope.INGEST_WRITE)],
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """变更: the changed content takes the place of what was shown, within three working days; the reasons are public.
    A correction of data that were sent wrongly is no change: send the row again."""
    body = await parsed(request, _CHANGE)
    statement = Withdrawal.model_construct(
        kind=WithdrawalKind.AMENDED, statement_of_reasons=body.statement_of_reasons, withdrawn_on=body.changed_on
    )
    what = cleaned(statement)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        day = await desk.days.on(work.connection, legal_date(work.now))
        sender = Sender(caller.client_id, authorities_of(caller))
        generation, findings = await change(
            work, identifier(record_id), Change(body.row, what), sender, day, desk.sealer
        )
        work.audit(Act(Action.RECORD_CHANGED, caller.client_id, record_id, record_id, what.statement_of_reasons))
        due = desk.days.withdrawn_by(what.withdrawn_on)
        reasons = list(row_verdict(1, Verdict.AMENDED, record_id, findings).reasons)
        return reply(
            200,
            Changed(
                record_id=record_id,
                generation=generation,
                due_on=due.day,
                provisional=due.provisional,
                reasons=reasons,
            ),
        )

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


def _withdrawal(row: AnyRow, due: Deadline) -> WithdrawalView:
    columns = ("generation", "kind", "statement_of_reasons", "withdrawn_on", "noted_by", "noted_at")
    values = {name: getattr(row, name) for name in columns}
    return WithdrawalView(due_on=due.day, provisional=due.provisional, **values)
