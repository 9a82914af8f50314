"""What the timers of applications do: limits that come near or are missed, supplements that did not come, the years
by which all of them are counted. None needs to have run before.
"""

from collections.abc import Sequence

from sqlalchemy import Table

from services.repair.applications import limits
from services.repair.applications.clocks import reanchor
from services.repair.applications.gauges import tell_figures
from services.repair.applications.lapse import lapse
from shared.calendars.book import CalendarBook
from shared.calendars.keep import keep_calendar
from shared.messaging.unit_of_work import unit_of_work
from shared.runtime import Ground
from shared.workdays import WorkCalendar


class ClockKeeper:
    """Counts limits again when a year was announced, and notes those that are near or over."""

    def __init__(self, ground: Ground, book: CalendarBook, deadlines: Sequence[Table]) -> None:
        self._ground = ground
        self._book = book
        self._deadlines = tuple(deadlines)
        self._anchored: WorkCalendar | None = None

    async def keep(self) -> int:
        """Clocks that stood still are counted from another day under another calendar; then all as everywhere."""
        database, clock = self._ground.database, self._ground.clock
        async with database.reading() as connection:
            calendar = await self._book.current(connection)
        if calendar is not self._anchored:
            async with unit_of_work(database, clock) as work:
                await reanchor(work, calendar)
            self._anchored = calendar
        return await keep_calendar(database, clock, self._book, *self._deadlines)

    async def watch(self) -> int:
        """Whether anything was left to do is found out by reading; only then a transaction writes."""
        database, clock = self._ground.database, self._ground.clock
        async with database.reading() as connection:
            calendar = await self._book.current(connection)
            await tell_figures(connection, clock.now())
            waiting = await limits.any_to_note(connection, clock.now(), calendar)
        if not waiting:
            return 0
        async with unit_of_work(database, clock) as work:
            return await lapse(work) + await limits.escalate(work, calendar)
