"""The working-day calendar as every process of a service sees it: the packaged years and those that were loaded.

Asking costs one look at a small table a transaction; the calendar is put together anew only when a notice arrived.
Serves G11.
"""

import asyncio
from collections.abc import Mapping
from functools import cache

import structlog
from sqlalchemy import Table

from shared.calendars import store
from shared.database.connection import AsyncConnection
from shared.errors import Unavailable
from shared.workdays import CalendarFileError, WorkCalendar, calendar_so_far, load_calendar, read_year_text

log = structlog.get_logger()


class CalendarBook:
    """Holds the newest calendar of one service. One for each process; many transactions may ask it at once."""

    def __init__(self, years: Table) -> None:
        self.years = years
        self._held: tuple[store.Edition, WorkCalendar] = ((0, 0), packaged_calendar())

    async def current(self, connection: AsyncConnection) -> WorkCalendar:
        """The calendar as of this transaction."""
        edition = await store.edition(connection, self.years)
        held, calendar = self._held
        if edition != held:
            texts = await store.read_texts(connection, self.years)
            calendar = await asyncio.to_thread(_calendar_of, texts)
            self._held = (edition, calendar)
            log.info("calendar_read", notices=edition[0], announced_until=calendar.announced_until.isoformat())
        return calendar


@cache
def packaged_calendar() -> WorkCalendar:
    """The calendar of the years that came with the program."""
    return load_calendar()


def _calendar_of(texts: Mapping[int, str]) -> WorkCalendar:
    try:
        return calendar_so_far([read_year_text(f"{year}.toml", text) for year, text in texts.items()])
    except CalendarFileError as error:
        raise Unavailable(f"this program cannot read a loaded calendar year: {error}") from error
