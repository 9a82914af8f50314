"""The relay's statements on the outbox. A row is taken by a lease and deleted only after the broker's confirm.

Never by 'the last id seen': a transaction with a lower id may commit later, and its row would be skipped for ever.
Serves guarantee G01.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_, select, update

from shared.database.connection import AsyncConnection
from shared.database.mechanics import outbox
from shared.messaging.bus import Message

_COUNT_UP_TO = 100_000


@dataclass(frozen=True)
class OutboxRow:
    """One message to publish."""

    outbox_id: int
    events: int
    message: Message


async def claim(connection: AsyncConnection, at_most: int, now: datetime, until: datetime) -> list[OutboxRow]:
    """Lease the oldest rows that no relay has. Two relays never get the same."""
    rows = (await connection.execute(_CLAIM, {"at_most": at_most, "now": now, "until": until})).all()
    return [
        OutboxRow(row.outbox_id, row.events, Message(row.message_id, row.type, row.routing_key, bytes(row.body)))
        for row in sorted(rows, key=lambda row: row.outbox_id)
    ]


async def delete_confirmed(connection: AsyncConnection, outbox_ids: Collection[int], leased_until: datetime) -> None:
    """Forget what the broker has, as far as it is still leased as `claim` left it.

    A relay that overslept its lease must not delete by id alone: SQLite gives the id of a deleted row to the next one.
    """
    await connection.execute(_DELETE, {"these": list(outbox_ids), "lease": leased_until})


async def release(
    connection: AsyncConnection, outbox_ids: Collection[int], leased_until: datetime, not_before: datetime
) -> None:
    """Let any relay try again, but not before an instant."""
    named = {"these": list(outbox_ids), "lease": leased_until, "not_before": not_before}
    await connection.execute(_RELEASE, named)


async def backlog(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """How many rows wait, counted up to a bound, and when the oldest was stored."""
    some = select(outbox.c.outbox_id).limit(_COUNT_UP_TO).subquery()
    waiting = await connection.scalar(select(func.count()).select_from(some))
    oldest = await connection.scalar(select(outbox.c.stored_at).order_by(outbox.c.outbox_id).limit(1))
    return waiting or 0, oldest


# Made once: building them takes longer than carrying them out for a few rows.
# A CTE that locks rows is run once; as a subquery PostgreSQL could run it again and lease more than `at_most`.
_HEAD = (
    select(outbox.c.outbox_id)
    .where(or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= bindparam("now")))
    .order_by(outbox.c.outbox_id)
    .limit(bindparam("at_most"))
    .with_for_update(skip_locked=True)
    .cte("head")
)
_CLAIM = (
    update(outbox)
    .where(outbox.c.outbox_id.in_(select(_HEAD.c.outbox_id)))
    .values(leased_until=bindparam("until"))
    .returning(*(outbox.c[name] for name in ("outbox_id", "message_id", "type", "routing_key", "events", "body")))
)
_STILL_LEASED = (
    outbox.c.outbox_id.in_(bindparam("these", expanding=True)),
    outbox.c.leased_until == bindparam("lease"),
)
_DELETE = delete(outbox).where(*_STILL_LEASED)
_RELEASE = update(outbox).where(*_STILL_LEASED).values(leased_until=bindparam("not_before"))
