"""Every change that a comparison found: stored slice by slice while it runs, read by pages, gone with it (试算明细)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select

from services.disclosure.policy.tables import comparison, comparison_change
from shared.database.connection import AsyncConnection
from shared.database.copy_rows import copy_rows
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy.compare import Change, ChangeKind
from shared.vocabulary import Audience

FORGOTTEN_AT_ONCE = 20_000
_change = comparison_change.c


@dataclass(frozen=True)
class Which:
    """Which changes of a comparison are wanted; nothing said means all."""

    city: str | None = None
    kind: ChangeKind | None = None
    audience: Audience | None = None


async def keep(work: UnitOfWork, comparison_id: str, first_place: int, changes: Sequence[Change]) -> None:
    """The next changes, from this place on. Look at the comparison in the same transaction before."""
    rows = [_row(comparison_id, place, change) for place, change in enumerate(changes, start=first_place)]
    await copy_rows(work.connection, comparison_change, rows)


async def read(
    connection: AsyncConnection, comparison_id: str, which: Which, after: int | None, limit: int
) -> Sequence[AnyRow]:
    """The next changes after a place, in the order in which they were found."""
    statement = all_of(comparison_id, which).order_by(_change.place).limit(limit)
    if after is not None:
        statement = statement.where(_change.place > after)
    return (await connection.execute(statement)).all()


def all_of(comparison_id: str, which: Which) -> Select[Any]:
    """The same without an end and an order."""
    wanted: list[ColumnElement[bool]] = [_change.comparison_id == comparison_id]
    wanted += [_change.city == which.city] if which.city else []
    wanted += [_change.audience == which.audience] if which.audience else []
    wanted += [_change.kinds.contains(f",{which.kind},", autoescape=True)] if which.kind else []
    return select(comparison_change).where(*wanted)


async def forget(work: UnitOfWork, comparison_id: str, at_once: int = FORGOTTEN_AT_ONCE) -> int:
    """Remove some of a comparison's changes; returns how many, 0 when none is left."""
    first = select(func.min(_change.place)).where(_change.comparison_id == comparison_id).scalar_subquery()
    some = delete(comparison_change).where(_change.comparison_id == comparison_id, _change.place < first + at_once)
    return (await work.connection.execute(some)).rowcount


async def forget_oldest(work: UnitOfWork, before: datetime, at_once: int = FORGOTTEN_AT_ONCE) -> int:
    """Remove some changes of the oldest comparison that was asked for before an instant, and it with its last."""
    oldest = select(comparison.c.comparison_id).where(comparison.c.asked_at < before)
    found = await work.connection.scalar(oldest.order_by(comparison.c.comparison_id).limit(1))
    if found is None:
        return 0
    if gone := await forget(work, found, at_once):
        return gone
    await work.connection.execute(delete(comparison).where(comparison.c.comparison_id == found))
    return 1


def kinds_of(row: AnyRow) -> list[str]:
    """How the record would change."""
    return str(row.kinds).strip(",").split(",")


def _row(comparison_id: str, place: int, change: Change) -> Mapping[str, Any]:
    return {
        "comparison_id": comparison_id,
        "place": place,
        "record_id": change.record_id,
        "city": change.city,
        "audience": change.audience,
        "kinds": f",{','.join(change.kinds)},",
        "closes_on": change.closes_on,
        "new_closes_on": change.new_closes_on,
        "rule_id": change.rule_id,
        "new_rule_id": change.new_rule_id,
    }
