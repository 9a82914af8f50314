"""`/v1/batches`: rows of one kind in, one verdict a row out."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.ingest.admit import admit, judging
from services.ingest.api.desk import Desk, IngestDesk, authorities_of
from services.ingest.api.reading import BATCH, RECORD, Cell, read_batch, read_lines, read_record
from services.ingest.known import find_known
from services.ingest.metrics import count_verdicts
from services.ingest.receipt import Receipt
from services.ingest.store import read_receipt
from services.ingest.submission import Submission
from shared.clock import legal_date
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.slices import in_passing, others_first
from shared.vocabulary import RecordKind
from shared.web.auth import requires
from shared.web.body import JSON, NDJSON, accepts, documented
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["batches"])

Writer = Annotated[Caller, requires(Scope.INGEST_WRITE)]
Reader = Annotated[Caller, requires(Scope.INGEST_READ)]


@router.post(
    "/batches",
    status_code=201,
    response_model=Receipt,
    summary="Hand in a batch of rows",
    openapi_extra=documented(BATCH, JSON, NDJSON),
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
        return await desk.precedence.charged(_read_and_admit(request, caller, desk))
    if kind is None:
        raise Problem(
            MALFORMED, "The kind of the rows is missing.", errors=[{"field": "kind", "reason": "needed with NDJSON"}]
        )
    return await desk.precedence.charged(_read_lines_and_admit(request, caller, desk, kind))


@router.post(
    "/records",
    status_code=201,
    response_model=Receipt,
    summary="Hand in one row",
    openapi_extra=documented(RECORD, JSON),
)
async def post_record(
    request: Request, caller: Writer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """The same as a batch of one row."""
    body = read_record(await request.body())
    return await _admit(request, caller, desk, body.kind, [body.row])


@router.get("/batches/{batch_id}", response_model=Receipt, summary="The receipt of a batch")
async def get_batch(batch_id: str, caller: Reader, desk: Desk) -> Response:
    """As it was answered when the batch was handed in; only for the client that sent it."""
    async with desk.database.reading() as connection:
        receipt = await read_receipt(connection, identifier(batch_id), caller.client_id)
    if receipt is None:
        raise Problem(NOT_FOUND, f"There is no batch {batch_id[:64]} of this client.")
    return Response(receipt, media_type=JSON)


async def _read_and_admit(request: Request, caller: Caller, desk: IngestDesk) -> Response:
    body = read_batch(await request.body(), desk.max_batch_rows)
    return await _admit(request, caller, desk, body.kind, body.rows)


async def _read_lines_and_admit(request: Request, caller: Caller, desk: IngestDesk, kind: RecordKind) -> Response:
    rows = await in_passing(read_lines(await request.body(), desk.max_batch_rows))
    return await _admit(request, caller, desk, kind, rows)


async def _admit(
    request: Request, caller: Caller, desk: IngestDesk, kind: RecordKind, rows: Sequence[dict[str, Cell]]
) -> Response:
    call = await changing_call(request, caller)
    submission = Submission(caller.client_id, kind, rows, authorities_of(caller))
    await others_first()  # reading the body took 2 ms, and the fingerprints take another
    # Before the transaction: judging takes most of the time, and no lock and no connection should wait for it.
    async with desk.database.looking() as connection:
        known = await find_known(connection, submission, desk.sealer)
        day = await desk.days.on(connection, legal_date(desk.clock.now()))
    judged = await desk.precedence.carry_out(judging(submission, known, day, desk.sealer))
    receipts: list[Receipt] = []

    async def admitted(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            receipts[:] = [await admit(work, submission, judged, desk.sealer)]
            return Reply(201, receipts[0].text.encode())

        return await once(work, call, produce)

    response = await desk.in_one_transaction(admitted)
    for receipt in receipts:  # none when the call was a repetition
        count_verdicts(receipt)
    return response
