"""`/v1/discredited-subjects`: the list of discredited subjects in three forms (A08)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from services.ingest.api.desk import Desk, IngestDesk
from services.ingest.api.handed_out import Form, handed_out
from services.ingest.data_sharing.api.desk import Reader, texts_after
from services.ingest.provincial_list.api.views import SubjectLine, SubjectsPage
from services.ingest.provincial_list.subjects import HEAD, NOT_KNOWN_HERE, DiscreditedSubject, list_subjects
from services.ingest.sheets import pages_of
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


@router.get("/discredited-subjects.csv", summary="The same as CSV", response_class=StreamingResponse)
async def get_subjects_csv(_caller: Reader, desk: Desk, first: First, last: Last) -> StreamingResponse:
    """All of them, read and written in pieces."""
    return await _file(desk, first, last, "csv")


@router.get("/discredited-subjects.xlsx", summary="The same as a workbook", response_class=StreamingResponse)
async def get_subjects_xlsx(_caller: Reader, desk: Desk, first: First, last: Last) -> StreamingResponse:
    """The same; a sheet ends at its 1,048,576 rows and says so."""
    return await _file(desk, first, last, "xlsx")


async def _file(desk: IngestDesk, first: date, last: date, form: Form) -> StreamingResponse:
    async def read(behind: DiscreditedSubject | None, limit: int) -> Sequence[DiscreditedSubject]:
        async with desk.database.reading() as connection:
            return await list_subjects(connection, first, last, behind.uscc if behind else None, limit)

    title = f"失信主体名单（处罚决定日期 {first} 至 {last}）"
    return await handed_out(form, "discredited-subjects", title, HEAD, pages_of(read, DiscreditedSubject.cells))
