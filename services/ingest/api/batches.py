"""`/v1/batches`: rows of one kind in, one verdict a row out."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from services.ingest.admit import admit
from services.ingest.api.desk import Desk, IngestDesk, authorities_of
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.draft import Cell
from services.ingest.receipt import Receipt
from services.ingest.store import read_receipt
from services.ingest.submission import Submission
from shared.clock import legal_date
from shared.errors import MALFORMED, NOT_FOUND, TOO_LARGE, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RecordKind
from shared.web.auth import requires
from shared.web.body import JSON, NDJSON, accepts, documented, parsed, validated
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["batches"])

Row = dict[str, Cell]


class BatchBody(BaseModel):
    """Rows of one kind, by the column names of the dual-disclosure template (`CF_…` or `XK_…`)."""

    model_config = ConfigDict(extra="forbid")
    kind: RecordKind
    rows: list[Row]


class RecordBody(BaseModel):
    """One row."""

    model_config = ConfigDict(extra="forbid")
    kind: RecordKind
    row: Row


_BATCH = TypeAdapter(BatchBody)
_RECORD = TypeAdapter(RecordBody)
_LINE: TypeAdapter[Row] = TypeAdapter(Row)

Writer = Annotated[Caller, requires(Scope.INGEST_WRITE)]
Reader = Annotated[Caller, requires(Scope.INGEST_READ)]


@router.post(
    "/batches",
    status_code=201,
    response_model=Receipt,
    summary="Hand in a batch of rows",
    openapi_extra=documented(_BATCH, JSON, NDJSON),
)
async def post_batch(
    request: Request,
    caller: Writer,
    desk: Desk,
    media_type: Annotated[str, accepts(JSON, NDJSON)],
    kind: Annotated[RecordKind | None, Query(description="Kind of the rows; only for NDJSON.")] = None,
) -> Response:
    """Every row gets exactly one verdict; a row that breaks a rule is quarantined and the others go on."""
    if media_type == JSON:
        body = await parsed(request, _BATCH)
        return await _admit(request, caller, desk, body.kind, body.rows)
    if kind is None:
        raise Problem(
            MALFORMED, "The kind of the rows is missing.", errors=[{"field": "kind", "reason": "needed with NDJSON"}]
        )
    return await _admit(request, caller, desk, kind, _lines(await request.body()))


@router.post(
    "/records",
    status_code=201,
    response_model=Receipt,
    summary="Hand in one row",
    openapi_extra=documented(_RECORD, JSON),
)
async def post_record(
    request: Request, caller: Writer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """The same as a batch of one row."""
    body = await parsed(request, _RECORD)
    return await _admit(request, caller, desk, body.kind, [body.row])


@router.get("/batches/{batch_id}", response_model=Receipt, summary="The receipt of a batch")
async def get_batch(batch_id: str, caller: Reader, desk: Desk) -> Response:
    """As it was answered when the batch was handed in; only for the client that sent it."""
    async with desk.database.reading() as connection:
        receipt = await read_receipt(connection, batch_id, caller.client_id)
    if receipt is None:
        raise Problem(NOT_FOUND, f"There is no batch {batch_id[:64]} of this client.")
    return Response(receipt, media_type=JSON)


async def _admit(request: Request, caller: Caller, desk: IngestDesk, kind: RecordKind, rows: Sequence[Row]) -> Response:
    _refuse_unsuitable(desk, kind, rows)
    call = await changing_call(request, caller)
    submission = Submission(caller.client_id, kind, rows, authorities_of(caller))

    async def admitted(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            day = desk.days.of(legal_date(work.now))
            return reply(201, await admit(work, submission, day, desk.sealer))

        return await once(work, call, produce)

    return await desk.in_one_transaction(admitted)


def _refuse_unsuitable(desk: IngestDesk, kind: RecordKind, rows: Sequence[Row]) -> None:
    if kind not in TEMPLATES:
        reason = f"no template for this kind yet; one of {', '.join(TEMPLATES)}"
        raise Problem(MALFORMED, "The kind cannot be taken.", errors=[{"field": "kind", "reason": reason}])
    if not rows:
        raise Problem(MALFORMED, "The batch is empty.", errors=[{"field": "rows", "reason": "at least one row"}])
    if len(rows) > desk.max_batch_rows:
        raise Problem(TOO_LARGE, f"The batch has {len(rows)} rows.", limit=desk.max_batch_rows)


def _lines(body: bytes) -> list[Row]:
    return [validated(_LINE, line) for line in body.splitlines() if line.strip()]
