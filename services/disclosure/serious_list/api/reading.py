"""`/v1/serious-list` for officers: every entry, with its steps, deadlines and reasons."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.disclosure.api.cursors import after_text
from services.disclosure.serious_list import store
from services.disclosure.serious_list.api.desk import Desk, Reader
from services.disclosure.serious_list.api.views import (
    EntrySummary,
    EntryView,
    entry_view,
    summary,
)
from services.disclosure.serious_list.domain.entry import EntryState
from services.disclosure.serious_list.waiting import ListWaiting, waiting
from shared.clock import legal_date
from shared.errors import NOT_FOUND, Problem
from shared.web.identifier import identifier
from shared.web.pagination import Paged, page_of
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1/serious-list", tags=["serious list"])


async def _which(
    state: Annotated[EntryState | None, Query()] = None,
    unreviewed: Annotated[bool, Query(description="Only entries in force that wait for legal review.")] = False,
    closing_by: Annotated[date | None, Query(description="Only entries in force whose last day comes by then.")] = None,
) -> store.Which:
    return store.Which(state, unreviewed, closing_by)


Chosen = Annotated[store.Which, Depends(_which)]


@router.get("", summary="All entries, in the order in which they began")
async def get_entries(
    _caller: Reader,
    desk: Desk,
    page: Paged,
    which: Chosen,
    counted: Counted = False,
) -> CountedPage[EntrySummary]:
    async with desk.database.reading() as connection:
        law = await desk.law.current(connection)
        rows = await store.read_entries(connection, which, after_text(page.after), page.fetch)
        total = await total_of(connection, store.all_of(which)) if counted else None
    found = page_of(rows, page, position=lambda row: [row.entry_id], shown=lambda row: summary(row, law.calendar))
    return with_total(found, total)


@router.get("/waiting", summary="How many entries wait for a step of a person, and by when")
async def get_waiting(_caller: Reader, desk: Desk) -> ListWaiting:
    """By state; with what waits for legal review, and what ends within thirty days."""
    async with desk.database.reading() as connection:
        law = await desk.law.current(connection)
        return await waiting(connection, law.calendar, legal_date(desk.clock.now()))


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
