"""The level-driven job of the data-sharing list: who has sent, and who has fallen silent."""

from services.ingest.data_sharing.counties import watch_counties
from services.ingest.data_sharing.watch import watch_sources
from shared.calendars.book import CalendarBook
from shared.clock import Clock
from shared.database.engine import Database
from shared.timers import Timer


def timers(
    database: Database, clock: Clock, calendars: CalendarBook, *, every_seconds: float, usual: int, of_a_county: int
) -> list[Timer]:
    async def watch() -> int:
        await watch_sources(database, clock, calendars, usual)
        return await watch_counties(database, clock, calendars, of_a_county)

    return [Timer("ingest.sources", every_seconds, watch)]
