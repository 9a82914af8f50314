"""Remembers which events of which message have taken effect, in the transaction of the effect itself.

So a message that comes again, because a process died before its answer or because two relays published it, changes
nothing (guarantee G01). The memory is kept by wall time: a message comes again within days, whatever legal time does.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, insert, select, text

from shared.clock import wall_time
from shared.database.mechanics import inbox
from shared.errors import Unavailable
from shared.messaging.positions import runs
from shared.messaging.unit_of_work import UnitOfWork

_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:message, 0))")


async def not_yet_handled(work: UnitOfWork, queue: str, message_id: str, positions: Sequence[int]) -> list[int]:
    """Those of the positions that have not taken effect. Until the commit nobody else handles this message.

    Raises `Unavailable` when another consumer is at it, which happens when a lease ran out under a slow one.
    """
    if work.dialect == "postgresql" and not await work.connection.scalar(_LOCK, {"message": f"{queue} {message_id}"}):
        raise Unavailable(f"message {message_id} of {queue} is being handled by another consumer")
    known = select(inbox.c.first_event, inbox.c.last_event).where(
        inbox.c.queue == queue, inbox.c.message_id == message_id
    )
    handled = [range(row.first_event, row.last_event + 1) for row in await work.connection.execute(known)]
    return [position for position in positions if not any(position in stretch for stretch in handled)]


async def mark_handled(work: UnitOfWork, queue: str, message_id: str, positions: Sequence[int]) -> None:
    """These events take effect with this transaction."""
    rows = [
        {
            "queue": queue,
            "message_id": message_id,
            "first_event": first,
            "last_event": last,
            "handled_at": wall_time(),
        }
        for first, last in runs(positions)
    ]
    if rows:
        await work.connection.execute(insert(inbox), rows)


async def forget_handled(work: UnitOfWork, *, older_than: timedelta) -> None:
    """Delete what no broker delivers again. `older_than` must exceed the longest time that a message may wait."""
    await work.connection.execute(delete(inbox).where(inbox.c.handled_at < wall_time() - older_than))
