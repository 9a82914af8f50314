"""Many deadlines are counted again in slices, none twice, and nothing is read while nothing is due."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from services.sync.tables import calendar_year, placement
from shared.calendars.book import CalendarBook
from shared.calendars.hear import hear_years
from shared.calendars.keep import keep_calendar
from shared.calendars.recount import ROWS_A_TERM
from shared.clock import start_of_legal_day
from shared.contracts.events import CalendarYearLoaded
from tests.support.services import RunningService, statements
from tests.support.web import START

DAY = date(2026, 12, 30)
MANY = ROWS_A_TERM + 500
YEAR_2027 = CalendarYearLoaded(
    year=2027,
    generation=1,
    days_off=tuple(date(2027, 1, day) for day in range(1, 6)),
    days_on=(),
    sources=("样例通知",),
    loaded_by="law-officer",
    reason="国务院办公厅通知",
    loaded_at=START,
)


def row(number: int, **changed: Any) -> dict[str, Any]:
    """A placement at rest whose deadline was counted without 2027."""
    return {
        "record_id": f"{number:032x}",
        "portal": "credit_china",
        "audience": "credit_sites",
        "source_generation": 1,
        "generation": 1,
        "take_down": False,
        "due_at": start_of_legal_day(date(2027, 1, 12)),
        "due_deadline": "reporting",
        "due_from": DAY,
        "due_provisional": True,
        "wanted_at": START,
        "acknowledged_generation": 1,
        "observed_generation": 1,
        "pushes": 0,
        "next_push_at": START,
        "looks": 0,
        "mends": 0,
    } | changed


async def fill(sync: RunningService, *kept: dict[str, Any]) -> None:
    async with sync.database.writing() as connection:
        for one in kept:
            await connection.execute(placement.insert(), one)


async def hear(sync: RunningService, told: CalendarYearLoaded = YEAR_2027) -> None:
    async with sync.work() as work:
        await hear_years(work, calendar_year, [told])


async def keep_slices(sync: RunningService) -> list[int]:
    """The size of each slice until nothing is left."""
    book, slices = CalendarBook(calendar_year), []
    while done := await keep_calendar(sync.database, sync.clock, book, placement):
        slices.append(done)
    return slices


async def dues(sync: RunningService) -> set[tuple[Any, ...]]:
    columns = placement.c
    statement = select(columns.due_deadline, columns.due_from, columns.due_at, columns.due_provisional)
    async with sync.database.reading() as connection:
        return {tuple(row) for row in await connection.execute(statement)}


async def test_what_shares_a_term_is_counted_in_slices(sync: RunningService) -> None:
    async with sync.database.writing() as connection:
        await connection.execute(placement.insert(), [row(number) for number in range(MANY)])
    await hear(sync)
    assert await keep_slices(sync) == [ROWS_A_TERM, 500]
    assert await dues(sync) == {("reporting", DAY, start_of_legal_day(date(2027, 1, 14)), False)}


async def test_what_the_calendar_cannot_settle_is_left_alone(sync: RunningService) -> None:
    old, beyond = date(2015, 3, 2), date(2027, 12, 30)
    await fill(
        sync,
        row(1, due_from=old, due_at=start_of_legal_day(old + timedelta(days=10))),
        row(2, due_from=beyond, due_at=start_of_legal_day(date(2028, 1, 11))),
        row(3, due_deadline="abolished"),
        row(4, due_deadline=None, due_from=None, due_provisional=False),
    )
    before = await dues(sync)
    await hear(sync)
    assert await keep_slices(sync) == []
    assert await dues(sync) == before


async def test_a_deadline_that_stays_provisional_moves_with_the_days_that_are_known(sync: RunningService) -> None:
    late = date(2027, 12, 28)
    await fill(sync, row(1, due_from=late, due_at=start_of_legal_day(date(2028, 1, 7))))
    await hear(sync, YEAR_2027.model_copy(update={"days_off": (date(2027, 12, 30), date(2027, 12, 31))}))
    assert await keep_slices(sync) == [1]
    assert await dues(sync) == {("reporting", late, start_of_legal_day(date(2028, 1, 11)), True)}
    assert await keep_slices(sync) == []


async def test_an_idle_timer_only_reads(sync: RunningService) -> None:
    book = CalendarBook(calendar_year)
    await keep_calendar(sync.database, sync.clock, book, placement)
    with statements() as sent:
        await keep_calendar(sync.database, sync.clock, book, placement)
    assert [statement for statement in sent if not statement.startswith(("SELECT", "BEGIN"))] == []
    assert "BEGIN IMMEDIATE" not in sent
    assert len(sent) <= 4
