"""The level-driven jobs of ingest."""

from services.ingest.data_sharing.recount import recount_year
from services.ingest.tables import calendar_year
from shared.calendars import store
from shared.calendars.book import CalendarBook
from shared.calendars.keep import EVERY_SECONDS, GRACE, keep_calendar, tell_horizon
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.runtime import Ground
from shared.timers import Timer


def timers(ground: Ground) -> list[Timer]:
    """All timers of ingest that belong to no part of it."""
    book = CalendarBook(calendar_year)

    async def keep() -> int:
        return await keep_years(ground.database, ground.clock, book)

    return [Timer("ingest.calendar", EVERY_SECONDS, keep)]


async def keep_years(database: Database, clock: Clock, book: CalendarBook) -> int:
    """Tell the horizon. When a year was loaded, count late rows again by it before the year is called settled; a
    process that dies on the way leaves it unsettled, and counting again changes nothing that is right."""
    async with database.reading() as connection:
        calendar = await book.current(connection)
        pending = await store.read_pending(connection, book.years)
    if any(row.stored_at + GRACE > clock.now() for row in pending):
        tell_horizon(database.schema, calendar, legal_date(clock.now()))
        return 0
    for year in sorted({row.year for row in pending}):
        await recount_year(database, clock, calendar, year)
    return await keep_calendar(database, clock, book)
