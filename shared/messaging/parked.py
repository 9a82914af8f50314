"""Events that a handler refused three times, set aside for a person, and the way back once the fault is mended.

A parked event hinders nobody: its neighbours took effect, and its inbox row keeps redeliveries away. Released, it
travels as a new message that only its own queue hears. Serves guarantee G01: set aside is not lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.envelope import Event, Unreadable
from shared.database.mechanics import outbox, parked_event
from shared.ids import new_id
from shared.messaging.bus import Message
from shared.messaging.topology import own_key
from shared.messaging.unit_of_work import UnitOfWork

_REASON_CHARACTERS = 2000


@dataclass(frozen=True)
class ParkedEvent:
    """One event set aside. `event` is its JSON and may name persons: never log it."""

    parked_id: str
    queue: str
    type: str
    reason: str = field(repr=False)
    event: str = field(repr=False)
    parked_at: datetime


async def park(
    work: UnitOfWork, queue: str, message: Message, refused: Mapping[int, tuple[Event[Any] | Unreadable, str]]
) -> None:
    """Set events aside: by position, the event and why."""
    rows = [
        {
            "parked_id": new_id(),
            "queue": queue,
            "message_id": message.message_id,
            "position": position,
            "type": message.type,
            "event": event.raw if isinstance(event, Unreadable) else event.model_dump_json(),
            "reason": _storable(reason),
            "parked_at": work.now,
        }
        for position, (event, reason) in refused.items()
    ]
    if rows:
        await work.connection.execute(insert(parked_event), rows)


async def list_parked(connection: AsyncConnection, *, limit: int, after: str = "") -> Sequence[ParkedEvent]:
    """The oldest parked events; `after` is the last `parked_id` of the page before."""
    names = ("parked_id", "queue", "type", "reason", "event", "parked_at")
    query = (
        select(*(parked_event.c[name] for name in names))
        .where(parked_event.c.parked_id > after)
        .order_by(parked_event.c.parked_id)
        .limit(limit)
    )
    return [ParkedEvent(**row._mapping) for row in await connection.execute(query)]


async def release(work: UnitOfWork, parked_id: str) -> bool:
    """Send one back to its queue, to be handled anew; False when there is no such event any more."""
    row = (
        await work.connection.execute(
            delete(parked_event).where(parked_event.c.parked_id == parked_id).returning(*parked_event.c)
        )
    ).one_or_none()
    if row is None:
        return False
    message = {
        "message_id": new_id(),
        "type": row.type,
        "routing_key": own_key(row.queue),
        "events": 1,
        "body": f"[{row.event}]".encode(),
        "stored_at": work.now,
        "leased_until": None,
    }
    await work.connection.execute(insert(outbox), [message])
    return True


def _storable(reason: str) -> str:
    """PostgreSQL takes neither NUL nor half a surrogate pair."""
    clean = reason.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return clean[:_REASON_CHARACTERS]
