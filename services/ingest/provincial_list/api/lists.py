"""`/v1/provincial-lists` and `/v1/list-comparisons`: import a list, compare it, read what was found (A07)."""

import asyncio
import hashlib
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.ingest.api.desk import Desk, IngestDesk
from services.ingest.api.handed_out import Form, handed_out
from services.ingest.data_sharing.api.desk import Officer, Reader, texts_after
from services.ingest.list_files.received import read_received
from services.ingest.provincial_list import store
from services.ingest.provincial_list.api.views import (
    ComparisonView,
    FindingView,
    ListView,
    comparison_view,
    finding_view,
    list_view,
)
from services.ingest.provincial_list.columns import COLUMNS
from services.ingest.provincial_list.compare import start_comparison
from services.ingest.provincial_list.domain.outcome import FindingOutcome
from services.ingest.provincial_list.findings import HEAD
from services.ingest.provincial_list.import_list import PERIOD_FROM, PERIOD_TO, Provenance, import_list, read_rows
from services.ingest.provincial_list.take_away import finding_pages
from services.ingest.sheets import XLSX
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.body import accepts
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1", tags=["provincial lists"])

_FILES = ("text/csv", XLSX, "application/octet-stream")
Outcome = Annotated[FindingOutcome | None, Query(description="Only findings of this outcome.")]


@router.post("/provincial-lists", status_code=201, response_model=ListView, summary="Import a provincial list")
async def post_list(
    request: Request,
    caller: Officer,
    desk: Desk,
    _media_type: Annotated[str, accepts(*_FILES)],
    source: Annotated[str, Query(min_length=1, max_length=120, description="Whose list it is.")],
    file_name: Annotated[str, Query(max_length=200, description="Name of the file, for people.")] = "",
    period_from: Annotated[date, Query(description="First day of the decisions that it covers.")] = PERIOD_FROM,
    period_to: Annotated[date, Query(description="Last day of the decisions that it covers.")] = PERIOD_TO,
) -> Response:
    """严重失信主体名单和受行政处罚主体名单, CSV or XLSX as the body. Each file is the next version of its source."""
    body = await request.body()
    table = await read_received(body, COLUMNS)
    entries, refusals = await asyncio.to_thread(read_rows, table, desk.sealer.keyed_digest)
    of = Provenance(source, period_from, period_to, file_name, hashlib.blake2b(body, digest_size=16).hexdigest())
    call = await changing_call(request, caller)

    async def imported(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            list_id = await import_list(work, of, entries, refusals, caller.client_id)
            return reply(201, list_view(await _list(work.connection, list_id)))

        return await once(work, call, produce)

    return await desk.in_one_transaction(imported)


@router.get("/provincial-lists", summary="Imported lists, newest first")
async def get_lists(_caller: Reader, desk: Desk, page: Paged) -> Page[ListView]:
    after = texts_after(page, 1)
    async with desk.database.reading() as connection:
        rows = await store.list_lists(connection, after[0] if after else None, page.fetch)
    return page_of(rows, page, position=lambda row: [row.list_id], shown=list_view)


@router.get("/provincial-lists/{list_id}", summary="One imported list")
async def get_list(list_id: str, _caller: Reader, desk: Desk) -> ListView:
    async with desk.database.reading() as connection:
        return list_view(await _list(connection, identifier(list_id)))


@router.post(
    "/provincial-lists/{list_id}/comparisons",
    status_code=202,
    response_model=ComparisonView,
    summary="Compare a list with our records",
)
async def post_comparison(list_id: str, request: Request, caller: Officer, desk: Desk) -> Response:
    """Worked off in the background; ask the comparison how far it is."""
    call = await changing_call(request, caller)

    async def started(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            comparison_id = await start_comparison(work, identifier(list_id), caller.client_id)
            return reply(202, comparison_view(await _comparison(work.connection, comparison_id), []))

        return await once(work, call, produce)

    return await desk.in_one_transaction(started)


@router.get("/list-comparisons/{comparison_id}", summary="A comparison with its counts, also by region")
async def get_comparison(comparison_id: str, _caller: Reader, desk: Desk) -> ComparisonView:
    async with desk.database.reading() as connection:
        row = await _comparison(connection, identifier(comparison_id))
        return comparison_view(row, await store.count_findings(connection, comparison_id))


@router.get("/list-comparisons/{comparison_id}/findings", summary="What a comparison found")
async def get_findings(
    comparison_id: str, _caller: Reader, desk: Desk, page: Paged, outcome: Outcome = None
) -> Page[FindingView]:
    """Rows of the list in their order, then records of ours that no row is about."""
    after = texts_after(page, 1)
    async with desk.database.reading() as connection:
        await _comparison(connection, identifier(comparison_id))
        rows = await store.list_findings(connection, comparison_id, outcome, after[0] if after else None, page.fetch)
    return page_of(rows, page, position=lambda row: [row.position], shown=finding_view)


@router.get(
    "/list-comparisons/{comparison_id}/findings.csv", summary="The same as CSV", response_class=StreamingResponse
)
async def get_findings_csv(
    comparison_id: str, _caller: Reader, desk: Desk, outcome: Outcome = None
) -> StreamingResponse:
    """All of them, read and written in pieces."""
    return await _file(desk, identifier(comparison_id), outcome, "csv")


@router.get(
    "/list-comparisons/{comparison_id}/findings.xlsx",
    summary="The same as a workbook",
    response_class=StreamingResponse,
)
async def get_findings_xlsx(
    comparison_id: str, _caller: Reader, desk: Desk, outcome: Outcome = None
) -> StreamingResponse:
    """The same; a sheet ends at its 1,048,576 rows and says so."""
    return await _file(desk, identifier(comparison_id), outcome, "xlsx")


async def _file(desk: IngestDesk, comparison_id: str, outcome: str | None, form: Form) -> StreamingResponse:
    async with desk.database.reading() as connection:
        await _comparison(connection, comparison_id)
    pages = finding_pages(desk.database, comparison_id, outcome)
    return await handed_out(form, "list-comparison", "名单比对结果", HEAD, pages)


async def _list(connection: AsyncConnection, list_id: str) -> AnyRow:
    row = await store.read_list(connection, list_id)
    if row is None:
        raise Problem(NOT_FOUND, "There is no such list.")
    return row


async def _comparison(connection: AsyncConnection, comparison_id: str) -> AnyRow:
    row = await store.read_comparison(connection, comparison_id)
    if row is None:
        raise Problem(NOT_FOUND, "There is no such comparison.")
    return row
