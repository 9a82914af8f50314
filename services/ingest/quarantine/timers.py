"""The jobs of the quarantine: tell how much waits, and forget what was decided long ago."""

from datetime import timedelta

from services.ingest.metrics import QUARANTINE_AGE, QUARANTINED
from services.ingest.quarantine import store
from services.ingest.settings import IngestSettings
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.runtime import Ground
from shared.timers import Timer

_LOOK_SECONDS = 60.0
_FORGET_SECONDS = 3600.0


def quarantine_timers(settings: IngestSettings, ground: Ground) -> list[Timer]:
    async def forget() -> int:
        kept = timedelta(days=settings.quarantine_keep_days)
        async with unit_of_work(ground.database, ground.clock) as work:
            return await store.forget_decided(work, work.now - kept)

    async def look() -> int:
        await tell_waiting(ground.database, ground.clock)
        return 0

    return [
        Timer("ingest.quarantine_look", _LOOK_SECONDS, look),
        Timer("ingest.quarantine_forget", _FORGET_SECONDS, forget),
    ]


async def tell_waiting(database: Database, clock: Clock) -> None:
    """Set the gauges; a code of which nothing waits any more is gone from them."""
    async with database.reading() as connection:
        counts, oldest = await store.waiting(connection)
    QUARANTINED.clear()
    for code, number in counts.items():
        QUARANTINED.labels(code).set(number)
    QUARANTINE_AGE.set((clock.now() - oldest).total_seconds() if oldest else 0)
