"""The public serious list (严重失信主体名单): JSON, CSV and a page of the column. No identity, no cookie.

What has ended, or still waits for legal review, cannot be found here. Kept by nobody beyond midnight in Shanghai, when
entries end (G04).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.disclosure.api.cursors import after_text
from services.disclosure.api.desk import Desk, DisclosureDesk
from services.disclosure.api.public import HTML, kept, not_too_often
from services.disclosure.column import page as pages
from services.disclosure.column.table_file import MEDIA_TYPE, lines_of
from services.disclosure.serious_list import store
from services.disclosure.serious_list.api.views import PublicEntry, public_entry
from shared.identifiers import strip_control
from shared.web.auth import PUBLIC
from shared.web.pagination import Page, Paged, PageRequest, VisitorsPaged, page_of
from shared.web.visitors import VisitorsLang

router = APIRouter(tags=["serious list"], dependencies=[PUBLIC, Depends(not_too_often)])

Search = Annotated[str, Query(max_length=100, description="Part of a name, or a whole USCC; empty: every entry.")]


@router.get(
    "/v1/serious-list/in-force", response_model=Page[PublicEntry], summary="The public list: entries in force today"
)
async def get_in_force(request: Request, desk: Desk, page: Paged, q: Search = "") -> Response:
    """In the order in which they began, with persons masked."""
    found = await _find(desk, q, page)
    return kept(request, desk, found.model_dump_json(), "application/json")


@router.get("/v1/serious-list/in-force.csv", summary="The same as CSV", response_class=Response)
async def get_csv(request: Request, desk: Desk, page: Paged, q: Search = "") -> Response:
    """One page; the cursor of the following one is in the header `X-Next-Cursor`."""
    found = await _find(desk, q, page)
    headers = {"Content-Disposition": 'attachment; filename="serious-list.csv"'}
    if found.next:
        headers["X-Next-Cursor"] = found.next
    lines = [_cells(one) for one in found.items]
    return kept(request, desk, lines_of(tuple(PublicEntry.model_fields), lines), MEDIA_TYPE, headers)


@router.head("/column/serious-list", include_in_schema=False)
@router.get("/column/serious-list", summary="The page of the public list", response_class=Response)
async def get_page(
    request: Request, desk: Desk, page: VisitorsPaged, q: Search = "", lang: VisitorsLang = "zh"
) -> Response:
    """Plain HTML."""
    found = await _find(desk, q, page)
    return kept(request, desk, pages.serious_page(lang, desk.today(), q, found.items, found.next), HTML)


async def _find(desk: DisclosureDesk, q: str, page: PageRequest) -> Page[PublicEntry]:
    async with desk.database.reading() as connection:
        wanted = strip_control(q).strip() or None
        rows = await store.read_shown(connection, desk.today(), wanted, after_text(page.after), page.fetch)
        people = await store.read_people(connection, [row.entry_id for row in rows])
        lists = (await desk.law.current(connection)).evaluator.packs.settings.lists
    words = {code: text for one in lists for code, text in one.situations.items()}
    return page_of(
        rows,
        page,
        position=lambda row: [row.entry_id],
        shown=lambda row: public_entry(row, people[row.entry_id], words.get(row.situation, "")),
    )


def _cells(entry: PublicEntry) -> list[str]:
    values = entry.model_dump(mode="json")
    values["people"] = "；".join(f"{one.name} {one.id_number}" for one in entry.people)
    return ["" if value is None else str(value) for value in values.values()]
