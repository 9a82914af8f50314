"""Has what should have happened by now happened? The third answer of health, for the parts that all services share."""

from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging import relay_store
from shared.web.health import FreshCheck, Freshness

OUTBOX_LIMIT_SECONDS = 60.0
"""A relay publishes within a second; an event that waits for a minute means that it or the broker is down."""


def outbox_freshness(database: Database, clock: Clock) -> FreshCheck:
    """The age of the oldest event that has not left yet."""

    async def age() -> Freshness:
        async with database.reading() as connection:
            _, oldest = await relay_store.backlog(connection)
        seconds = (clock.now() - oldest).total_seconds() if oldest else 0.0
        return Freshness(max(0.0, seconds), OUTBOX_LIMIT_SECONDS)

    return age
