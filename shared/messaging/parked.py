"""Sets events aside for a person that a handler refused three times, or that break their contract (搁置).

A parked event hinders nobody: its neighbours took effect, and its inbox row keeps redeliveries away. The way back is
`settle_parked.py`. Serves guarantee G01: set aside is not lost.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from shared.contracts.envelope import Event, Unreadable
from shared.database.mechanics import parked_event
from shared.ids import new_id
from shared.messaging.bus import Message
from shared.messaging.unit_of_work import UnitOfWork

_REASON_CHARACTERS = 2000


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


def _storable(reason: str) -> str:
    """PostgreSQL takes neither NUL nor half a surrogate pair."""
    clean = reason.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return clean[:_REASON_CHARACTERS]
