"""Forget deliveries after their time, and everything of subscribers that were removed, some at a time."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, select

from services.sync.webhooks.tables import delivery, delivery_attempt, replay, subscriber, subscriber_sequence
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

AT_ONCE = 500


async def prune_deliveries(database: Database, clock: Clock, keep: timedelta) -> int:
    """What waits is kept however old it is; returns how many were forgotten."""
    async with unit_of_work(database, clock) as work:
        ended = and_(delivery.c.state != "pending", delivery.c.stored_at < work.now - keep)
        statement = select(subscriber.c.subscriber_id, subscriber.c.state).order_by(subscriber.c.subscriber_id)
        forgotten = 0
        for row in (await work.connection.execute(statement)).all():  # a handful: the settings bound them
            removed = row.state == "removed"
            found = await _forget(work, row.subscriber_id, delivery.c.sequence > 0 if removed else ended)
            if removed and not found:
                await _forget_whole(work, row.subscriber_id)
            forgotten += found
    return forgotten


async def _forget(work: UnitOfWork, subscriber_id: str, which: ColumnElement[bool]) -> int:
    mine = delivery.c.subscriber_id == subscriber_id
    found = select(delivery.c.sequence).where(mine, which).order_by(delivery.c.sequence).limit(AT_ONCE)
    sequences = list((await work.connection.execute(found)).scalars())
    if sequences:
        for table in (delivery_attempt, delivery):
            these = and_(table.c.subscriber_id == subscriber_id, table.c.sequence.in_(sequences))
            await work.connection.execute(delete(table).where(these))
    return len(sequences)


async def _forget_whole(work: UnitOfWork, subscriber_id: str) -> None:
    for table in (replay, subscriber_sequence, subscriber):
        await work.connection.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
