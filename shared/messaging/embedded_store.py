"""Every statement of the embedded bus. Instants are wall time: a lease must not run out because legal time moves.

A claim takes rows by a lease and never holds a transaction while they are handled, so that a dead consumer's
messages come back by themselves (guarantee G01).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, literal, select, text, union_all, update

from shared.database.connection import AsyncConnection
from shared.messaging.bus import Message
from shared.messaging.embedded_tables import dead_letter, delivery, metadata
from shared.messaging.topology import Topology, bound_queues, dead_queue

_LOCK = 0x62757320  # "bus ": keeps two starting processes apart
COPIED = ("queue", "message_id", "type", "routing_key", "headers", "attempts", "body")


@dataclass(frozen=True)
class Claimed:
    """One row that a consumer has a lease on."""

    delivery_id: int
    attempts: int
    message: Message


async def create_tables(connection: AsyncConnection, schema: str) -> None:
    """Make sure that schema and tables exist."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        await connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    await connection.run_sync(metadata.create_all)


async def store(connection: AsyncConnection, messages: Sequence[Message], topology: Topology, now: datetime) -> None:
    """One row for each message and queue that hears it, in order."""
    rows = [
        {
            "queue": queue,
            "message_id": message.message_id,
            "type": message.type,
            "routing_key": message.routing_key,
            "headers": json.dumps(dict(message.headers)),
            "attempts": 0,
            "visible_at": now,
            "stored_at": now,
            "body": message.body,
        }
        for message in messages
        for queue in bound_queues(topology, message.routing_key)
    ]
    if rows:
        await connection.execute(insert(delivery), rows)


async def claim(
    connection: AsyncConnection, queue: str, owner: str, at_most: int, now: datetime, lease: timedelta
) -> list[Claimed]:
    """Lease the oldest messages that nobody has, oldest first."""
    # PostgreSQL never inlines a CTE that locks rows; as a subquery it could be run again and lock more than `at_most`.
    head = (
        select(delivery.c.delivery_id)
        .where(delivery.c.queue == queue, delivery.c.visible_at <= now)
        .order_by(delivery.c.visible_at, delivery.c.delivery_id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
        .cte("head")
    )
    taken = (
        update(delivery)
        .where(delivery.c.delivery_id.in_(select(head.c.delivery_id)))
        .values(lease_owner=owner, visible_at=now + lease, attempts=delivery.c.attempts + 1)
        .returning(
            delivery.c.delivery_id,
            delivery.c.attempts,
            delivery.c.message_id,
            delivery.c.type,
            delivery.c.routing_key,
            delivery.c.headers,
            delivery.c.body,
        )
    )
    rows = (await connection.execute(taken)).all()
    return [_claimed(row) for row in sorted(rows, key=lambda row: row.delivery_id)]


async def renew(connection: AsyncConnection, owner: str, delivery_ids: Collection[int], until: datetime) -> None:
    """Keep what is still being handled."""
    await connection.execute(update(delivery).where(_mine(owner, delivery_ids)).values(visible_at=until))


async def acknowledge(connection: AsyncConnection, owner: str, delivery_ids: Collection[int]) -> None:
    """Forget what has taken effect, unless the lease ran out and somebody else has it now."""
    await connection.execute(delete(delivery).where(_mine(owner, delivery_ids)))


async def delay(connection: AsyncConnection, owner: str, delivery_id: int, until: datetime, *, counted: bool) -> None:
    """Give one back for later."""
    attempts = delivery.c.attempts if counted else delivery.c.attempts - 1
    await connection.execute(
        update(delivery)
        .where(_mine(owner, [delivery_id]))
        .values(lease_owner=None, visible_at=until, attempts=attempts)
    )


async def bury(
    connection: AsyncConnection, owner: str, delivery_ids: Collection[int], reason: str, now: datetime
) -> None:
    """Move to the dead letters."""
    copied: Select[Any] = select(
        *(delivery.c[name] for name in COPIED), literal(reason), literal(now, dead_letter.c.dead_at.type)
    ).where(_mine(owner, delivery_ids))
    await connection.execute(insert(dead_letter).from_select([*COPIED, "reason", "dead_at"], copied))
    await acknowledge(connection, owner, delivery_ids)


async def give_back(connection: AsyncConnection, owner: str, unseen: Collection[int]) -> None:
    """End a consumer in order: its messages return to their places; those it never saw were no attempt."""
    mine = delivery.c.lease_owner == owner
    if unseen:
        await connection.execute(
            update(delivery).where(mine, delivery.c.delivery_id.in_(unseen)).values(attempts=delivery.c.attempts - 1)
        )
    await connection.execute(update(delivery).where(mine).values(lease_owner=None, visible_at=delivery.c.stored_at))


async def queues_with_mail(connection: AsyncConnection, queues: Collection[str], now: datetime) -> set[str]:
    """Which of the queues have something that a consumer could take."""
    looks = [
        select(literal(queue)).where(
            select(delivery.c.delivery_id).where(delivery.c.queue == queue, delivery.c.visible_at <= now).exists()
        )
        for queue in sorted(queues)
    ]
    return set((await connection.execute(union_all(*looks))).scalars())


async def depths(connection: AsyncConnection, topology: Topology, now: datetime) -> Mapping[str, int]:
    """Messages by queue, and dead letters."""
    found = {name: 0 for queue in topology for name in (queue, dead_queue(queue))}
    waiting = select(delivery.c.queue, func.count()).where(delivery.c.visible_at <= now).group_by(delivery.c.queue)
    dead = select(dead_letter.c.queue, func.count()).group_by(dead_letter.c.queue)
    found.update((queue, count) for queue, count in (await connection.execute(waiting)).all())
    found.update((dead_queue(queue), count) for queue, count in (await connection.execute(dead)).all())
    return found


def _mine(owner: str, delivery_ids: Collection[int]) -> Any:
    return delivery.c.delivery_id.in_(delivery_ids) & (delivery.c.lease_owner == owner)


def _claimed(row: Any) -> Claimed:
    return Claimed(row.delivery_id, row.attempts, message_of(row))


def message_of(row: Any) -> Message:
    """The message of a row, whichever table it is of."""
    return Message(row.message_id, row.type, row.routing_key, bytes(row.body), json.loads(row.headers))
