"""`/v1/imports`: how far each import is, and the verdict of every row as a file."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.ingest.api.desk import authorities_of
from services.ingest.imports import store
from services.ingest.imports.api.desk import Uploads
from services.ingest.imports.states import ImportState
from services.ingest.imports.upload import UploadDesk, own
from services.ingest.imports.verdict_files import (
    MEDIA_TYPES,
    Piece,
    VerdictForm,
    Wanted,
    counted_file,
    needs_sheets,
)
from services.ingest.imports.views import SHA256, ImportView, view
from shared.counted_frames import FRAMED, Sort, in_frames
from shared.database.types import AnyRow
from shared.errors import OVERLOADED, SCOPE_MISSING, Problem
from shared.sentences import Lang
from shared.vocabulary import Verdict
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.identifier import identifier
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1/imports", tags=["imports"])

Reader = Annotated[Caller, requires(Scope.INGEST_READ)]
_Language = Annotated[Lang, Query(description="Language of the sentences.")]


async def _filters(
    state: ImportState | None = None,
    sha256: Annotated[str | None, Query(pattern=SHA256, description="Of the file's content.")] = None,
) -> dict[str, str | None]:
    return {"state": state, "sha256": sha256}


@router.get("", summary="The imports of this client, or of all, newest first")
async def list_imports(
    caller: Reader,
    uploads: Uploads,
    page: Paged,
    filters: Annotated[dict[str, str | None], Depends(_filters)],
    every: Annotated[
        bool, Query(description="Of all clients, for the authorities in the token; needs `audit:read`.")
    ] = False,
    lang: _Language = "en",
    counted: Counted = False,
) -> CountedPage[ImportView]:
    if every and Scope.AUDIT_READ not in caller.scopes:
        raise Problem(
            SCOPE_MISSING,
            "Imports of other clients are for who may read the audit log.",
            required_scope=str(Scope.AUDIT_READ),
        )
    whose = store.Watched(authorities_of(caller)) if every else caller.client_id
    before = None if page.after is None else str(page.after[0])
    async with uploads.database.reading() as connection:
        rows = await store.newest(connection, whose, filters, before, page.fetch)
        total = await total_of(connection, store.all_of(whose, filters)) if counted else None
    largest = uploads.largest_chunk
    found = page_of(rows, page, position=lambda row: [row.import_id], shown=lambda row: view(row, largest, lang))
    return with_total(found, total)


@router.get(
    "/{import_id}",
    response_model=ImportView,
    summary="How far an import is",
    responses={304: {"description": "Nothing has changed since the entity tag in If-None-Match"}},
)
async def get_import(
    import_id: str, request: Request, caller: Reader, uploads: Uploads, lang: _Language = "en"
) -> Response:
    """To be asked again and again: with `If-None-Match` an import that has not moved answers 304."""
    row = await _seen(uploads, import_id, caller)
    body = view(row, uploads.largest_chunk, lang).model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


@router.get(
    "/{import_id}/verdicts",
    summary="One verdict a row, as a file",
    response_class=StreamingResponse,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
async def get_verdicts(
    import_id: str,
    request: Request,
    caller: Reader,
    uploads: Uploads,
    form: Annotated[VerdictForm, Query(description="csv, xlsx or ndjson.")] = VerdictForm.CSV,
    verdict: Annotated[Verdict | None, Query(description="Only the rows with this verdict.")] = None,
    lang: Annotated[
        Lang | None, Query(description="Only the columns for readers of this language; NDJSON always has all.")
    ] = None,
) -> Response:
    """Row, sheet, line, verdict, record, reasons with advice. Of an import under way: what is read so far. Who accepts
    counted frames is told with every piece how many rows it makes, and of how many."""
    row = await _seen(uploads, import_id, caller)
    found = counted_file(
        uploads.database, uploads.spool, row.import_id, form, Wanted(verdict, lang), rows=row.rows_done
    )
    if form is VerdictForm.XLSX and needs_sheets(row.rows_done):
        found = await _built(request, found)
    name = f"{row.import_id}.verdicts.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if request.headers.get("accept") == FRAMED:
        return StreamingResponse(in_frames(found, *_total(row, verdict)), headers=headers, media_type=FRAMED)
    return StreamingResponse(_bare(found), headers=headers, media_type=MEDIA_TYPES[form])


def _total(row: AnyRow, verdict: Verdict | None) -> tuple[int, Sort]:
    """How many rows the file will have; of an import under way there may be more by its end."""
    number = row.rows_done if verdict is None else json.loads(row.counts).get(verdict, 0)
    return number, Sort.EXACT if row.finished_at else Sort.LEAST


async def _bare(found: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    async for piece, _ in found:
        if piece:
            yield piece


async def _built(request: Request, pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    """A workbook of several sheets is built before its first byte leaves and takes a core meanwhile: one at a time."""
    state = request.app.state
    if getattr(state, "builds_workbook", False):
        raise Problem(OVERLOADED, "Another workbook is being built.", retry_after_seconds=10)
    state.builds_workbook = True
    try:
        return _after(await anext(pieces), pieces)
    finally:
        state.builds_workbook = False


async def _after(first: Piece, rest: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    yield first
    async for piece in rest:
        yield piece


async def _seen(uploads: UploadDesk, import_id: str, caller: Caller) -> AnyRow:
    """Its own, or one that it may watch."""
    async with uploads.database.reading() as connection:
        if Scope.AUDIT_READ in caller.scopes:
            watched = store.Watched(authorities_of(caller))
            if (row := await store.find_watched(connection, identifier(import_id), watched)) is not None:
                return row
        return await own(connection, identifier(import_id), caller.client_id)
