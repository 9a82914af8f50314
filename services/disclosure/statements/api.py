"""`/v1/column/statements` and `/column/statements`: the public reasons of withdrawn decisions. No identity, no cookie.

Kept by nobody beyond midnight in Shanghai, like everything on the column (G04).
"""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from services.disclosure.api.desk import Desk, DisclosureDesk
from services.disclosure.api.public import HTML, POLICY, kept, not_too_often
from services.disclosure.column import page as pages
from services.disclosure.column.table_file import MEDIA_TYPE, lines_of
from services.disclosure.statements.domain.statement import Statement
from services.disclosure.statements.look import FoundStatements, find, find_one
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.vocabulary import RecordKind, WithdrawalKind
from shared.web.auth import PUBLIC
from shared.web.identifier import identifier
from shared.web.pagination import Paged, PageRequest, VisitorsPaged
from shared.web.visitors import VisitorsLang

router = APIRouter(tags=["public column"], dependencies=[PUBLIC, Depends(not_too_often)])

Text = Annotated[
    str, Query(max_length=200, description="Beginning of a name, a code or a document number; empty: newest first.")
]


class StatementView(BaseModel):
    """Why a published decision was withdrawn (公开说明理由). `closes_on` is the last day of this statement."""

    record_id: str
    record_kind: RecordKind
    withdrawal_kind: WithdrawalKind
    subject_name: str
    uscc: str
    document_number: str
    authority: str
    decided_on: date
    withdrawn_on: date
    reasons: str
    article: str
    published_on: date
    closes_on: date


class StatementsView(BaseModel):
    """One page. Pass `next` as `cursor` to go on."""

    as_of: date
    items: list[StatementView]
    next: str | None


@router.get("/v1/column/statements", response_model=StatementsView, summary="Reasons of withdrawn decisions")
async def get_statements(request: Request, desk: Desk, page: Paged, q: Text = "") -> Response:
    """What stands today; nothing tells what the penalty was."""
    found = await _find(desk, q, page)
    body = StatementsView(as_of=desk.today(), items=[_view(*one) for one in found.statements], next=found.next)
    return kept(request, desk, body.model_dump_json(), "application/json")


@router.get("/v1/column/statements.csv", summary="The same as CSV", response_class=Response)
async def get_statements_csv(request: Request, desk: Desk, page: Paged, q: Text = "") -> Response:
    """One page; the cursor of the following one is in the header `X-Next-Cursor`."""
    found = await _find(desk, q, page)
    headers = {"Content-Disposition": 'attachment; filename="statements.csv"'}
    if found.next:
        headers["X-Next-Cursor"] = found.next
    columns = tuple(StatementView.model_fields)
    lines = [[str(value) for value in _view(*one).model_dump().values()] for one in found.statements]
    return kept(request, desk, lines_of(columns, lines), MEDIA_TYPE, headers)


@router.get("/v1/column/statements/{record_id}", response_model=StatementView, summary="The reasons of one withdrawal")
async def get_statement(record_id: str, request: Request, desk: Desk) -> Response:
    """Not found before the withdrawal and after the last day of the statement."""
    async with desk.database.reading() as connection:
        statement = await find_one(connection, identifier(record_id), desk.today())
    if statement is None:
        raise Problem(NOT_FOUND, "The column holds no statement about this record.")
    return kept(request, desk, _view(record_id, statement).model_dump_json(), "application/json")


@router.head("/column/statements", include_in_schema=False)
@router.get("/column/statements", summary="The page of all reasons", response_class=Response)
async def statements_page(
    request: Request, desk: Desk, page: VisitorsPaged, q: Text = "", lang: VisitorsLang = "zh"
) -> Response:
    """Plain HTML."""
    try:
        found = await _find(desk, q, page)
    except Problem as problem:
        if problem.kind is not MALFORMED:
            raise
        found = None
    return kept(request, desk, pages.statements_page(lang, desk.today(), q, found), HTML)


@router.head("/column/statements/{record_id}", include_in_schema=False)
@router.get("/column/statements/{record_id}", summary="The page of one withdrawal", response_class=Response)
async def statement_page(record_id: str, request: Request, desk: Desk, lang: VisitorsLang = "zh") -> Response:
    """Plain HTML."""
    try:
        async with desk.database.reading() as connection:
            statement = await find_one(connection, identifier(record_id), desk.today())
    except Problem:  # no identifier at all: for a visitor the same as a statement that is not there
        statement = None
    if statement is None:
        headers = {"Content-Security-Policy": POLICY}
        return Response(pages.absent_page(lang, desk.today()), 404, media_type=HTML, headers=headers)
    return kept(request, desk, pages.statement_page(lang, desk.today(), record_id, statement), HTML)


async def _find(desk: DisclosureDesk, q: str, page: PageRequest) -> FoundStatements:
    async with desk.database.reading() as connection:
        return await find(connection, q, page, desk.today())


def _view(record_id: str, statement: Statement) -> StatementView:
    return StatementView(record_id=record_id, **asdict(statement))
