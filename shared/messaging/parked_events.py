"""Reads the events that wait for a person: by queue, type and cause, and one by one (搁置的事件).

The cause is what stands before the first colon of a reason: the type of a handler's error, or the field at which an
event breaks its contract. It names nobody, unlike what follows it. Serves guarantee G01.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from shared.database.connection import AsyncConnection
from shared.database.mechanics import parked_event
from shared.database.types import AnyRow

CAUSE_CHARACTERS = 80
_COLUMNS = ("parked_id", "queue", "type", "message_id", "position", "reason", "event", "parked_at")


@dataclass(frozen=True)
class ParkedEvent:
    """One event set aside. `event` is its JSON and, like `reason`, may name persons: never log either."""

    parked_id: str
    queue: str
    type: str
    cause: str
    message_id: str
    position: int
    reason: str = field(repr=False)
    event: str = field(repr=False)
    parked_at: datetime


@dataclass(frozen=True)
class Chosen:
    """Which events are meant: those of a queue, of one type, of one cause, some by their identifiers."""

    queue: str | None = None
    type: str | None = None
    cause: str | None = None
    parked_ids: Collection[str] | None = None


async def by_cause(connection: AsyncConnection) -> Sequence[AnyRow]:
    """One row a queue, type and cause: how many, and since when."""
    columns, cause = parked_event.c, _cause(connection).label("cause")
    statement = (
        select(
            columns.queue,
            columns.type,
            cause,
            func.count().label("events"),
            func.min(columns.parked_at).label("oldest_at"),
            func.max(columns.parked_at).label("newest_at"),
        )
        .group_by(columns.queue, columns.type, cause)
        .order_by(columns.queue, columns.type, cause)
    )
    return (await connection.execute(statement)).all()


async def list_parked(
    connection: AsyncConnection, chosen: Chosen = Chosen(), *, limit: int, after: str = "", lock: bool = False
) -> list[ParkedEvent]:
    """The oldest of those that are meant; `after` is the last `parked_id` of the page before. Locked, they are kept
    from other writers until the commit."""
    columns = [parked_event.c[name] for name in _COLUMNS]
    statement = (
        select(*columns, _cause(connection).label("cause"))
        .where(parked_event.c.parked_id > after, *_meant(connection, chosen))
        .order_by(parked_event.c.parked_id)
        .limit(limit)
    )
    rows = await connection.execute(statement.with_for_update() if lock else statement)
    return [ParkedEvent(**row._mapping) for row in rows]


async def count_parked(connection: AsyncConnection, chosen: Chosen) -> int:
    """How many are meant."""
    counted = select(func.count()).select_from(all_parked(connection, chosen).subquery("meant"))
    return int((await connection.execute(counted)).scalar_one())


def all_parked(connection: AsyncConnection, chosen: Chosen) -> Select[Any]:
    """All that are meant, to be counted: identifiers."""
    return select(parked_event.c.parked_id).where(*_meant(connection, chosen))


def _meant(connection: AsyncConnection, chosen: Chosen) -> list[ColumnElement[bool]]:
    columns = parked_event.c
    conditions: list[tuple[object, ColumnElement[bool]]] = [
        (chosen.queue, columns.queue == chosen.queue),
        (chosen.type, columns.type == chosen.type),
        (chosen.cause, _cause(connection) == chosen.cause),
        (chosen.parked_ids, columns.parked_id.in_(chosen.parked_ids or ())),
    ]
    return [condition for given, condition in conditions if given is not None]


def _cause(connection: AsyncConnection) -> ColumnElement[str]:
    reason = parked_event.c.reason
    place = func.strpos(reason, ":") if connection.dialect.name == "postgresql" else func.instr(reason, ":")
    end = case((place.between(1, CAUSE_CHARACTERS), place - 1), else_=CAUSE_CHARACTERS)
    return func.substr(reason, 1, end)
