"""`/column` for people and `/v1/column/records` for programs: the bureau's public column. No identity, no cookie.

Answers may be kept for a minute and never beyond midnight in Shanghai, when windows end (guarantee G04).
"""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from services.disclosure.api.desk import Desk, DisclosureDesk
from services.disclosure.api.public import HTML, POLICY, answer, kept, not_too_often
from services.disclosure.column import page as pages
from services.disclosure.column import table_file
from services.disclosure.column.domain.entry import PublicEntry
from services.disclosure.column.domain.search import By
from services.disclosure.column.look import Found, find, find_one
from services.disclosure.statements.look import find_one as find_statement
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.vocabulary import RecordKind, Severity
from shared.web.auth import PUBLIC
from shared.web.identifier import identifier
from shared.web.pagination import Paged, PageRequest, VisitorsPaged
from shared.web.public_style import public_style
from shared.web.visitors import VisitorsLang

_STYLE_SECONDS = 3600


router = APIRouter(tags=["public column"], dependencies=[PUBLIC, Depends(not_too_often)])

Text = Annotated[
    str, Query(max_length=200, description="Name, code or document number; empty: everything, newest first.")
]


class PublicRecord(BaseModel):
    """One record on the column today. `closes_on` is its last day; texts are masked; `objected_on` is the day since
    which an objection to it is open (异议标注). While `awaits_confirmation`, a graver class waits for a person: repair
    is possible on no earlier day than `repair_from_on`, and without one on none until then (R07)."""

    record_id: str
    kind: RecordKind
    subject_name: str
    subject_kind: str
    uscc: str
    document_number: str
    authority: str
    decided_on: date
    severity: Severity | None
    opens_on: date
    closes_on: date
    repair_from_on: date | None
    awaits_confirmation: bool
    article: str
    rule: str
    objected_on: date | None
    content: dict[str, str]


class FoundRecords(BaseModel):
    """One page. Pass `next` as `cursor` to go on; `is_bounded`: only the newest records were looked through."""

    as_of: date
    searched_by: By
    is_bounded: bool
    items: list[PublicRecord]
    next: str | None


@router.get("/v1/column/records", response_model=FoundRecords, summary="Search the public column")
async def search_records(request: Request, desk: Desk, page: Paged, q: Text = "", by: By = By.AUTO) -> Response:
    """Only what may be shown today."""
    found = await _find(desk, q, by, page)
    body = FoundRecords(
        as_of=desk.today(),
        searched_by=found.search.by,
        is_bounded=found.is_bounded,
        items=[_public(entry) for entry in found.entries],
        next=found.next,
    )
    return kept(request, desk, body.model_dump_json(), "application/json")


@router.get("/v1/column/records.csv", summary="The same search as CSV", response_class=Response)
async def search_csv(request: Request, desk: Desk, page: Paged, q: Text = "", by: By = By.AUTO) -> Response:
    """One page; the cursor of the following one is in the header `X-Next-Cursor`."""
    found = await _find(desk, q, by, page)
    headers = {"Content-Disposition": 'attachment; filename="column.csv"'}
    if found.next:
        headers["X-Next-Cursor"] = found.next
    return kept(request, desk, table_file.csv_of(found.entries), table_file.MEDIA_TYPE, headers)


@router.get("/v1/column/records/{record_id}", response_model=PublicRecord, summary="One record of the column")
async def get_record(record_id: str, request: Request, desk: Desk) -> Response:
    """A record whose publication has ended is not found, like one that never was."""
    async with desk.database.reading() as connection:
        entry = await find_one(connection, identifier(record_id), desk.today(), desk.law)
    if entry is None:
        raise Problem(NOT_FOUND, "The column does not show this record.")
    return kept(request, desk, _public(entry).model_dump_json(), "application/json")


@router.head("/column", include_in_schema=False)
@router.get("/column", summary="The column's search page", response_class=Response)
async def search_page(
    request: Request, desk: Desk, page: VisitorsPaged, q: Text = "", by: By = By.AUTO, lang: VisitorsLang = "zh"
) -> Response:
    """Plain HTML."""
    try:
        found = await _find(desk, q, by, page)
    except Problem as problem:
        if problem.kind is not MALFORMED:
            raise
        found = None
    text = pages.search_page(lang, desk.today(), {"q": q, "by": by}, found)
    return kept(request, desk, text, HTML)


@router.head("/column/style.css", include_in_schema=False)
@router.get("/column/style.css", summary="The column's style", response_class=Response)
async def get_style(request: Request) -> Response:
    return answer(request, public_style(), "text/css; charset=utf-8", _STYLE_SECONDS, {})


@router.head("/column/records/{record_id}", include_in_schema=False)
@router.get("/column/records/{record_id}", summary="The page of one record", response_class=Response)
async def entry_page(record_id: str, request: Request, desk: Desk, lang: VisitorsLang = "zh") -> Response:
    """Plain HTML. Of a decision that was withdrawn, the visitor is led to the public reasons instead."""
    try:
        async with desk.database.reading() as connection:
            entry = await find_one(connection, identifier(record_id), desk.today(), desk.law)
            explained = entry is None and await find_statement(connection, record_id, desk.today()) is not None
    except Problem:  # no identifier at all: for a visitor the same as a record that is not there
        entry, explained = None, False
    if explained:
        return RedirectResponse(pages.statement_url(record_id, lang), 303)
    if entry is None:
        headers = {"Content-Security-Policy": POLICY}
        return Response(pages.absent_page(lang, desk.today()), 404, media_type=HTML, headers=headers)
    return kept(request, desk, pages.entry_page(lang, desk.today(), entry), HTML)


async def _find(desk: DisclosureDesk, q: str, by: By, page: PageRequest) -> Found:
    async with desk.database.reading() as connection:
        return await find(connection, q, by, page, desk.today(), desk.law)


def _public(entry: PublicEntry) -> PublicRecord:
    return PublicRecord(**{**asdict(entry), "content": dict(entry.content)})
