"""The level-driven job of the data-sharing list: who has sent, and who has fallen silent."""

from services.ingest.data_sharing.watch import watch_sources
from shared.calendars.book import CalendarBook
from shared.clock import Clock
from shared.database.engine import Database
from shared.timers import Timer


def timers(
    database: Database, clock: Clock, calendars: CalendarBook, *, every_seconds: float, usual: int
) -> list[Timer]:
    async def watch() -> int:
        return await watch_sources(database, clock, calendars, usual)

    return [Timer("ingest.sources", every_seconds, watch)]
