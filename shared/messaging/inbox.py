"""Remembers which events of which message have taken effect, in the transaction of the effect itself.

So a message that comes again, because a process died before its answer or because two relays published it, changes
nothing (guarantee G01). The memory is kept by wall time: a message comes again within days, whatever legal time does.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import bindparam, delete, insert, select, text

from shared.clock import wall_time
from shared.database.mechanics import inbox
from shared.errors import Unavailable
from shared.messaging.positions import runs
from shared.messaging.unit_of_work import UnitOfWork

_KNOWN = select(inbox.c.message_id, inbox.c.first_event, inbox.c.last_event).where(
    inbox.c.queue == bindparam("of_queue"), inbox.c.message_id.in_(bindparam("messages", expanding=True))
)
_LOCK = text(
    "SELECT bool_and(pg_try_advisory_xact_lock(hashtextextended(name, 0)))"
    " FROM unnest(CAST(:messages AS text[])) AS name"
)


async def not_yet_handled(work: UnitOfWork, queue: str, message_id: str, positions: Sequence[int]) -> list[int]:
    """Those of the positions that have not taken effect. Until the commit nobody else handles this message.

    Raises `Unavailable` when another consumer is at it, which happens when a lease ran out under a slow one.
    """
    return (await not_yet_handled_of(work, queue, {message_id: positions}))[message_id]


async def not_yet_handled_of(
    work: UnitOfWork, queue: str, messages: Mapping[str, Sequence[int]]
) -> dict[str, list[int]]:
    """The same of several messages at once."""
    names = [f"{queue} {message_id}" for message_id in messages]
    if work.dialect == "postgresql" and not await work.connection.scalar(_LOCK, {"messages": names}):
        raise Unavailable(f"a message of {queue} is being handled by another consumer: {', '.join(messages)[:300]}")
    handled: dict[str, list[range]] = defaultdict(list)
    for row in await work.connection.execute(_KNOWN, {"of_queue": queue, "messages": list(messages)}):
        handled[row.message_id].append(range(row.first_event, row.last_event + 1))
    return {
        message_id: [one for one in positions if not any(one in stretch for stretch in handled[message_id])]
        for message_id, positions in messages.items()
    }


async def mark_handled(work: UnitOfWork, queue: str, message_id: str, positions: Sequence[int]) -> None:
    """These events take effect with this transaction."""
    await mark_handled_of(work, queue, {message_id: positions})


async def mark_handled_of(work: UnitOfWork, queue: str, messages: Mapping[str, Sequence[int]]) -> None:
    """The same of several messages at once."""
    rows = [
        {
            "queue": queue,
            "message_id": message_id,
            "first_event": first,
            "last_event": last,
            "handled_at": wall_time(),
        }
        for message_id, positions in messages.items()
        for first, last in runs(positions)
    ]
    if rows:
        await work.connection.execute(insert(inbox), rows)


async def forget_handled(work: UnitOfWork, *, older_than: timedelta) -> None:
    """Delete what no broker delivers again. `older_than` must exceed the longest time that a message may wait."""
    await work.connection.execute(delete(inbox).where(inbox.c.handled_at < wall_time() - older_than))
