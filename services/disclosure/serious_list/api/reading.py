"""`/v1/serious-list` for readers: officers see all of it, the public the entries in force, with persons masked."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from services.disclosure.api.cursors import after_text
from services.disclosure.serious_list import store
from services.disclosure.serious_list.api.desk import Desk, Reader
from services.disclosure.serious_list.api.views import (
    EntrySummary,
    EntryView,
    PublicEntry,
    entry_view,
    public_entry,
    summary,
)
from services.disclosure.serious_list.domain.entry import EntryState
from shared.clock import legal_date
from shared.errors import NOT_FOUND, Problem
from shared.identifiers import strip_control
from shared.web.auth import PUBLIC
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1/serious-list", tags=["serious list"])


@router.get("", summary="All entries, in the order in which they began")
async def get_entries(
    _caller: Reader, desk: Desk, page: Paged, state: Annotated[EntryState | None, Query()] = None
) -> Page[EntrySummary]:
    async with desk.database.reading() as connection:
        law = await desk.law.current(connection)
        rows = await store.read_entries(connection, state, after_text(page.after), page.fetch)
    return page_of(rows, page, position=lambda row: [row.entry_id], shown=lambda row: summary(row, law.calendar))


@router.get("/in-force", dependencies=[PUBLIC], summary="The public list: entries in force today")
async def get_in_force(
    desk: Desk,
    page: Paged,
    response: Response,
    search: Annotated[str | None, Query(max_length=100, description="Part of a name, or a whole USCC.")] = None,
) -> Page[PublicEntry]:
    """严重失信主体名单. What has ended, or still waits for legal review, cannot be found here."""
    async with desk.database.reading() as connection:
        today = legal_date(desk.clock.now())
        wanted = strip_control(search).strip() if search else None
        rows = await store.read_shown(connection, today, wanted, after_text(page.after), page.fetch)
        people = await store.read_people(connection, [row.entry_id for row in rows])
    # A copy kept by a proxy would outlive the last lawful day.
    response.headers["Cache-Control"] = "no-store"
    return page_of(
        rows, page, position=lambda row: [row.entry_id], shown=lambda row: public_entry(row, people[row.entry_id])
    )


@router.get("/{entry_id}", summary="One entry with its steps, its deadlines and why its days are what they are")
async def get_entry(
    entry_id: str,
    _caller: Reader,
    desk: Desk,
    lang: Annotated[Literal["zh", "en"], Query(description="Language of the explanation.")] = "zh",
) -> EntryView:
    async with desk.database.reading() as connection:
        law = await desk.law.current(connection)
        row = await store.read_entry(connection, identifier(entry_id))
        if row is None:
            raise Problem(NOT_FOUND, f"The serious list has no entry {entry_id}.")
        people = await store.read_people(connection, [entry_id])
        steps = await store.read_steps(connection, entry_id)
    return entry_view(row, people[entry_id], steps, law.calendar, lang)
