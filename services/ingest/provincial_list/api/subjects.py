"""`/v1/discredited-subjects`: the list of discredited subjects in three forms (A08)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.ingest.api.desk import Desk, IngestDesk
from services.ingest.data_sharing.api.desk import Reader, texts_after
from services.ingest.provincial_list.api.views import SubjectLine, SubjectsPage
from services.ingest.provincial_list.subjects import HEAD, NOT_KNOWN_HERE, DiscreditedSubject, list_subjects
from services.ingest.sheets import CSV, MOST_ROWS, XLSX, csv_of, xlsx_of
from shared.errors import TOO_LARGE, Problem
from shared.web.pagination import Paged, page_of

router = APIRouter(prefix="/v1", tags=["provincial lists"])

First = Annotated[date, Query(alias="from", description="First day of the decisions.")]
Last = Annotated[date, Query(alias="to", description="Last day of the decisions.")]


@router.get("/discredited-subjects", summary="Discredited subjects (失信主体名单)")
async def get_subjects(_caller: Reader, desk: Desk, page: Paged, first: First, last: Last) -> SubjectsPage:
    """Per subject its penalties in force and their days. Organisations and sole traders only."""
    after = texts_after(page, 1)
    async with desk.database.reading() as connection:
        rows = await list_subjects(connection, first, last, after[0] if after else None, page.fetch)
    found = page_of(rows, page, position=lambda one: [one.uscc], shown=lambda one: SubjectLine(**asdict(one)))
    return SubjectsPage(items=found.items, next=found.next, not_known_here=NOT_KNOWN_HERE)


@router.get("/discredited-subjects.csv", summary="The same as CSV", response_class=Response)
async def get_subjects_csv(_caller: Reader, desk: Desk, first: First, last: Last) -> Response:
    """At most 50,000 subjects."""
    rows = [one.cells() for one in await _all(desk, first, last)]
    return Response(csv_of(HEAD, rows), media_type=CSV, headers=_named("discredited-subjects.csv"))


@router.get("/discredited-subjects.xlsx", summary="The same as a workbook", response_class=Response)
async def get_subjects_xlsx(_caller: Reader, desk: Desk, first: First, last: Last) -> Response:
    """At most 50,000 subjects."""
    rows = [one.cells() for one in await _all(desk, first, last)]
    sheet = xlsx_of(f"失信主体名单（处罚决定日期 {first} 至 {last}）", HEAD, rows)
    return Response(sheet, media_type=XLSX, headers=_named("discredited-subjects.xlsx"))


async def _all(desk: IngestDesk, first: date, last: date) -> Sequence[DiscreditedSubject]:
    async with desk.database.reading() as connection:
        rows = await list_subjects(connection, first, last, None, MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise Problem(TOO_LARGE, "The list has more subjects than a file takes; read it page by page.", limit=MOST_ROWS)
    return rows


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
