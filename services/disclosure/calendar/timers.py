"""The job that keeps the due dates of publications counted by the newest calendar."""

from services.disclosure.calendar.tables import calendar_year
from services.disclosure.tables import publication
from shared.calendars.book import CalendarBook
from shared.calendars.keep import EVERY_SECONDS, keep_calendar
from shared.runtime import Ground
from shared.timers import Timer


def timers(ground: Ground) -> list[Timer]:
    book = CalendarBook(calendar_year)

    async def keep() -> int:
        return await keep_calendar(ground.database, ground.clock, book, publication)

    return [Timer("disclosure.calendar", EVERY_SECONDS, keep)]
