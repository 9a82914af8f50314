"""`/v1/subject-statuses`: what the business register says of subjects, one answer a row."""

from collections import Counter
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, FailFast, Field, TypeAdapter

from services.ingest.api.desk import Desk
from services.ingest.subject_status import Notice, Outcome, take_statuses
from shared.errors import TOO_LARGE, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RegistryStatus
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["subjects"])

_MOST_ROWS = 10_000


class StatusRow(BaseModel):
    """One subject: its status (登记状态), the day of which that is true, and where the proof is."""

    model_config = ConfigDict(extra="forbid")
    uscc: str = Field(max_length=40)
    status: RegistryStatus
    as_of: date
    proof_reference: str = Field(min_length=1, max_length=200)


class StatusBatch(BaseModel):
    """One to 10,000 rows."""

    model_config = ConfigDict(extra="forbid")
    rows: Annotated[list[StatusRow], Field(min_length=1, max_length=_MOST_ROWS), FailFast()]


class RowAnswer(BaseModel):
    """What became of one row; `reason` only for a refused one."""

    row: int
    outcome: Outcome
    reason: str | None


class StatusReceipt(BaseModel):
    """The outcomes sum to the rows sent."""

    rows: int
    counts: dict[Outcome, int]
    answers: list[RowAnswer]


_BATCH = TypeAdapter(StatusBatch)


@router.post(
    "/subject-statuses",
    status_code=201,
    response_model=StatusReceipt,
    summary="Hand in registry statuses of subjects",
    openapi_extra=documented(_BATCH, JSON),
)
async def post_statuses(
    request: Request,
    caller: Annotated[Caller, requires(Scope.INGEST_REGISTRY)],
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """A row that cannot be used is refused with its reason and the others are taken."""
    batch = await parsed(request, _BATCH)
    if len(batch.rows) > desk.max_batch_rows:
        raise Problem(TOO_LARGE, f"The batch has {len(batch.rows)} rows.", limit=desk.max_batch_rows)
    call = await changing_call(request, caller)
    notices = [Notice(row.uscc, row.status, row.as_of, row.proof_reference) for row in batch.rows]

    async def taken(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            answers = await take_statuses(work, caller.client_id, notices)
            return reply(
                201,
                StatusReceipt(
                    rows=len(answers),
                    counts=dict.fromkeys(Outcome, 0) | Counter(answer.outcome for answer in answers),
                    answers=[RowAnswer(row=one.row, outcome=one.outcome, reason=one.reason) for one in answers],
                ),
            )

        return await once(work, call, produce)

    return await desk.in_one_transaction(taken)
