"""The level-driven job of every service that counts working days: tell the horizon, count again what the calendar
changed. One slice a call; the timer calls again at once until nothing is left. Serves G11.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import structlog
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.calendars import recount, store
from shared.calendars.book import CalendarBook
from shared.calendars.metrics import HORIZON, RECOUNTED
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.workdays import WorkCalendar

log = structlog.get_logger()

EVERY_SECONDS = 10.0

GRACE = timedelta(minutes=2)
"""A transaction that began before a notice came may still write what it counted without it; none lasts as long."""


async def keep_calendar(database: Database, clock: Clock, book: CalendarBook, deadlines: Table | None = None) -> int:
    """Returns how many rows of `deadlines`, the service's table with `term_columns`, were touched. While nothing is
    due it only reads, and takes no write lock."""
    async with database.reading() as connection:
        calendar = await book.current(connection)
        pending = await store.read_pending(connection, book.years)
        beyond, within = await _misfits(connection, deadlines, calendar, pending)
    tell_horizon(database.schema, calendar, legal_date(clock.now()))
    grace = GRACE if deadlines is not None else timedelta()
    settled = [row.notice for row in pending if row.stored_at + grace <= clock.now() and not (beyond or within)]
    if not (beyond or within or settled):
        return 0
    touched = 0
    async with unit_of_work(database, clock) as work:
        if deadlines is not None and beyond:
            touched = await recount.recount(work, deadlines, beyond)
            RECOUNTED.labels(database.schema).inc(touched)
        elif deadlines is not None and within:
            touched = await recount.reopen(work, deadlines, within)
        else:
            await store.mark_recounted(work, book.years, settled)
    log.info("calendar_kept", service=database.schema, touched=touched, settled=settled)
    return touched


def tell_horizon(service: str, calendar: WorkCalendar, today: date) -> None:
    """Publish how many announced days lie ahead; below zero when the last one has passed."""
    HORIZON.labels(service).set((calendar.announced_until - today).days)


async def _misfits(
    connection: AsyncConnection, deadlines: Table | None, calendar: WorkCalendar, pending: Sequence[AnyRow]
) -> tuple[list[recount.Misfit], list[recount.Misfit]]:
    """Provisional deadlines first; final ones only while a notice may have corrected them, one year at a time."""
    if deadlines is None:
        return [], []
    if beyond := await recount.misfits_beyond(connection, deadlines, calendar):
        return beyond, []
    for year in sorted({row.year for row in pending}):
        if within := await recount.misfits_within(connection, deadlines, calendar, year):
            return [], within
    return [], []
