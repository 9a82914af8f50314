"""The dead letters of the embedded bus: read them, merge them by cause, give them back to their queue, or discard them.

Serves guarantee G01: nothing that could not be handled is lost unless a person decides so.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, literal, select

from shared.database.connection import AsyncConnection
from shared.messaging.bus import CAUSE_CHARACTERS, DeadCause, DeadLetter, Mark, Which, mark_of
from shared.messaging.embedded_store import COPIED, message_of
from shared.messaging.embedded_tables import dead_letter, delivery
from shared.messaging.topology import Topology

_BODIES_AT_ONCE = 20
_CAUSE = func.substr(dead_letter.c.reason, 1, CAUSE_CHARACTERS)


async def dead_letters(connection: AsyncConnection, queue: str, limit: int) -> list[DeadLetter]:
    """The oldest dead letters of a queue."""
    oldest = select(dead_letter).where(dead_letter.c.queue == queue).order_by(dead_letter.c.dead_letter_id).limit(limit)
    return [_letter(row) for row in await connection.execute(oldest)]


async def causes(connection: AsyncConnection, queue: str) -> list[DeadCause]:
    """All dead letters of a queue, by type and cause, each with its oldest."""
    kind, cause = dead_letter.c.type, _CAUSE.label("cause")
    merged = (
        select(
            kind,
            cause,
            func.count().label("letters"),
            func.min(dead_letter.c.dead_at).label("oldest_at"),
            func.max(dead_letter.c.dead_at).label("newest_at"),
            func.min(dead_letter.c.dead_letter_id).label("first"),
        )
        .where(dead_letter.c.queue == queue)
        .group_by(kind, cause)
    )
    rows = (await connection.execute(merged)).all()
    first = select(dead_letter).where(dead_letter.c.dead_letter_id.in_([row.first for row in rows]))
    samples = {row.dead_letter_id: _letter(row) for row in await connection.execute(first)}
    found = [
        DeadCause(row.type, row.cause, row.letters, row.oldest_at, row.newest_at, samples[row.first]) for row in rows
    ]
    return sorted(found, key=lambda one: (one.type, one.cause))


async def counts(connection: AsyncConnection, topology: Topology) -> Mapping[str, int]:
    """Dead letters by queue."""
    dead = select(dead_letter.c.queue, func.count()).group_by(dead_letter.c.queue)
    found = dict.fromkeys(topology, 0)
    found.update((queue, count) for queue, count in (await connection.execute(dead)).all())
    return found


async def replay(connection: AsyncConnection, queue: str, limit: int, which: Which, now: datetime) -> int:
    """Move dead letters back to their queue, with no attempt counted."""
    oldest = (
        select(dead_letter.c.dead_letter_id)
        .where(dead_letter.c.queue == queue, *_meant(which))
        .order_by(dead_letter.c.dead_letter_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    chosen = dead_letter.c.dead_letter_id.in_(list((await connection.execute(oldest)).scalars()))
    kept = [name for name in COPIED if name != "attempts"]
    instant = delivery.c.visible_at.type
    copied: Select[Any] = (
        select(*(dead_letter.c[name] for name in kept), literal(0), literal(now, instant), literal(now, instant))
        .where(chosen)
        .order_by(dead_letter.c.dead_letter_id)
    )
    await connection.execute(insert(delivery).from_select([*kept, "attempts", "visible_at", "stored_at"], copied))
    return (await connection.execute(delete(dead_letter).where(chosen))).rowcount


async def marks(connection: AsyncConnection, queue: str, limit: int, which: Which) -> list[Mark]:
    """The oldest of those that are meant; only one piece of what they say is held at a time."""
    oldest = (
        select(dead_letter.c.message_id, dead_letter.c.body)
        .where(dead_letter.c.queue == queue, *_meant(which))
        .order_by(dead_letter.c.dead_letter_id)
        .limit(limit)
        .execution_options(yield_per=_BODIES_AT_ONCE)
    )
    async with connection.stream(oldest) as rows:
        return [mark_of(row.message_id, row.body) async for part in rows.partitions() for row in part]


async def discard(connection: AsyncConnection, queue: str, names: Collection[str]) -> int:
    """Delete these for good."""
    gone = delete(dead_letter).where(dead_letter.c.queue == queue, dead_letter.c.message_id.in_(names))
    return (await connection.execute(gone)).rowcount


def _meant(which: Which) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.type is not None:
        conditions.append(dead_letter.c.type == which.type)
    if which.cause is not None:
        conditions.append(_CAUSE == which.cause)  # noqa: SIM300 - it makes a condition
    if which.died_before is not None:
        conditions.append(dead_letter.c.dead_at <= which.died_before)
    if which.names is not None:
        conditions.append(dead_letter.c.message_id.in_(which.names))
    return conditions


def _letter(row: Any) -> DeadLetter:
    return DeadLetter(message_of(row), row.reason, row.attempts, row.dead_at)
