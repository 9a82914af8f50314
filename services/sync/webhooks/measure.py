"""What operators watch about subscribers: how long the oldest event waits, and how many endpoints are paused (G13)."""

from sqlalchemy import func, select

from services.sync.metrics import OLDEST_UNDELIVERED, OLDEST_UNNUMBERED, SUBSCRIBERS
from services.sync.webhooks.tables import change, delivery, subscriber
from shared.clock import Clock
from shared.database.engine import Database

STATES = ("active", "paused")


async def tell(database: Database, clock: Clock) -> int:
    """Publish the gauges."""
    oldest = (
        select(func.min(delivery.c.stored_at))
        .where(delivery.c.subscriber_id == subscriber.c.subscriber_id, delivery.c.state == "pending")
        .scalar_subquery()
    )
    statement = select(subscriber.c.state, func.count(), func.min(oldest)).group_by(subscriber.c.state)
    waits = select(func.min(change.c.at)).where(change.c.position.is_(None))
    async with database.reading() as connection:
        found = {row[0]: (row[1], row[2]) for row in await connection.execute(statement)}
        unnumbered = await connection.scalar(waits)
    now = clock.now()
    for state in STATES:
        count, since = found.get(state, (0, None))
        SUBSCRIBERS.labels(state).set(count)
        OLDEST_UNDELIVERED.labels(state).set(max(0.0, (now - since).total_seconds()) if since else 0.0)
    OLDEST_UNNUMBERED.set(max(0.0, (now - unnumbered).total_seconds()) if unnumbered else 0.0)
    return 0
