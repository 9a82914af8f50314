"""The level-driven jobs of repair."""

from services.repair.tables import application, calendar_year
from shared.calendars.book import CalendarBook
from shared.calendars.keep import EVERY_SECONDS, keep_calendar
from shared.runtime import Ground
from shared.timers import Timer


def timers(ground: Ground) -> list[Timer]:
    """All timers of repair."""
    book = CalendarBook(calendar_year)

    async def keep() -> int:
        return await keep_calendar(ground.database, ground.clock, book, application)

    return [Timer("repair.calendar", EVERY_SECONDS, keep)]
