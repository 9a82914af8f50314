"""The level-driven job of every service that counts working days: tell the horizon, count again what the calendar
changed. One slice a call; the timer calls again at once until nothing is left. Serves G11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from sqlalchemy import Table

from shared.calendars import recount, store
from shared.calendars.book import CalendarBook
from shared.calendars.metrics import HORIZON, RECOUNTED
from shared.clock import Clock, legal_date
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.workdays import WorkCalendar

log = structlog.get_logger()

EVERY_SECONDS = 10.0

GRACE = timedelta(minutes=2)
"""A transaction that began before a notice came may still write what it counted without it; none lasts as long."""


async def keep_calendar(database: Database, clock: Clock, book: CalendarBook, *deadlines: Table) -> int:
    """Returns how many rows of `deadlines`, the service's tables with `term_columns`, were touched; one table a call.
    While nothing is due it only reads, and takes no write lock."""
    async with database.reading() as connection:
        calendar = await book.current(connection)
        pending = await store.read_pending(connection, book.years)
        wrong = await _first_wrong(connection, deadlines, calendar, pending)
    tell_horizon(database.schema, calendar, legal_date(clock.now()))
    grace = GRACE if deadlines else timedelta()
    settled = [row.notice for row in pending if row.stored_at + grace <= clock.now() and wrong is None]
    if wrong is None and not settled:
        return 0
    touched = 0
    async with unit_of_work(database, clock) as work:
        if wrong is None:
            await store.mark_recounted(work, book.years, settled)
        elif wrong.beyond:
            touched = await recount.recount(work, wrong.table, wrong.beyond)
            RECOUNTED.labels(database.schema).inc(touched)
        else:
            touched = await recount.reopen(work, wrong.table, wrong.within)
    log.info("calendar_kept", service=database.schema, touched=touched, settled=settled)
    return touched


def tell_horizon(service: str, calendar: WorkCalendar, today: date) -> None:
    """Publish how many announced days lie ahead; below zero when the last one has passed."""
    HORIZON.labels(service).set((calendar.announced_until - today).days)


@dataclass(frozen=True)
class _Wrong:
    """A table whose deadlines differ from the calendar: provisional ones, or final ones of a corrected year."""

    table: Table
    beyond: Sequence[recount.Misfit] = ()
    within: Sequence[recount.Misfit] = ()


async def _first_wrong(
    connection: AsyncConnection, deadlines: Sequence[Table], calendar: WorkCalendar, pending: Sequence[AnyRow]
) -> _Wrong | None:
    """Provisional deadlines first; final ones only while a notice may have corrected them, one year at a time."""
    for table in deadlines:
        if beyond := await recount.misfits_beyond(connection, table, calendar):
            return _Wrong(table, beyond=beyond)
        for year in sorted({row.year for row in pending}):
            if within := await recount.misfits_within(connection, table, calendar, year):
                return _Wrong(table, within=within)
    return None
