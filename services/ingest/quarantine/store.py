"""Queries of the quarantine: pages, counts, and rows that are locked to be decided about."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, literal_column, or_, select, update

from services.ingest.mapping.draft import Row
from services.ingest.quarantine.put_aside import seal_context
from services.ingest.quarantine.states import QuarantineState
from services.ingest.tables import quarantined_code, quarantined_row
from shared.database.among import among
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import RecordKind

_row, _code = quarantined_row.c, quarantined_code.c
_FORGOTTEN_AT_ONCE = 5_000
Rows = TypeVar("Rows", bound=Select[Any])
_LISTED = tuple(column for column in _row if column.name != "cells")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose rows a person may see: those that the client sent, and those of the authorities (None means any)."""

    client: str
    authorities: frozenset[str] | None

    def holds(self) -> ColumnElement[bool] | None:
        if self.authorities is None:
            return None
        return or_(_row.client == self.client, _row.authority_code.in_(self.authorities))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which quarantined rows are meant."""

    state: QuarantineState = QuarantineState.WAITING
    kind: RecordKind | None = None
    code: str | None = None
    authority: str | None = None
    batch_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one row."""

    quarantine_id: str
    state: QuarantineState
    record_id: str | None = None
    successor_id: str | None = None


async def read_page(
    connection: AsyncConnection, reach: Reach, choice: Choice, after: str | None, limit: int
) -> Sequence[AnyRow]:
    """Without the cells, the oldest first."""
    statement = _behind(_chosen(select(*_LISTED), reach, choice), after, limit)
    return (await connection.execute(statement)).all()


def all_of(reach: Reach, choice: Choice) -> Select[Any]:
    """The rows that are meant, to be counted."""
    return _chosen(select(_row.quarantine_id), reach, choice)


async def count_due(
    connection: AsyncConnection, reach: Reach, choice: Choice, on_time_from: date
) -> tuple[int, int, date | None]:
    """All rows that are meant; how many of them wait about decisions from before `on_time_from`, too late to be
    reported in time; and the earliest decision of the others."""
    meant = _chosen(select(func.count()).select_from(quarantined_row), reach, choice)
    if choice.state is not QuarantineState.WAITING:
        return await connection.scalar(meant) or 0, 0, None
    # Written out, so that the index of what waits serves whatever way the statement is planned.
    waits = _row.state == literal_column("'waiting'")
    number = await connection.scalar(meant.where(waits))
    late = _chosen(select(func.count()).where(waits, _row.due_from < on_time_from), reach, choice)
    first = _chosen(select(func.min(_row.due_from)).where(waits, _row.due_from >= on_time_from), reach, choice)
    return number or 0, await connection.scalar(late) or 0, await connection.scalar(first)


async def count_by_code(connection: AsyncConnection, reach: Reach, choice: Choice) -> dict[str, int]:
    """Rows by the code that stopped them; a row that several codes stopped counts for each."""
    joined = select(_code.code, func.count().label("number")).join(
        quarantined_row, _row.quarantine_id == _code.quarantine_id
    )
    rows = (await connection.execute(_chosen(joined, reach, choice).group_by(_code.code).order_by(_code.code))).all()
    return {row.code: row.number for row in rows}


async def read_one(connection: AsyncConnection, reach: Reach, quarantine_id: str) -> AnyRow | None:
    statement = _within(select(quarantined_row).where(_row.quarantine_id == quarantine_id), reach)
    return (await connection.execute(statement)).one_or_none()


async def lock_one(work: UnitOfWork, reach: Reach, quarantine_id: str) -> AnyRow | None:
    statement = _within(select(quarantined_row).where(_row.quarantine_id == quarantine_id), reach)
    return (await work.connection.execute(statement.with_for_update())).one_or_none()


async def lock_page(work: UnitOfWork, reach: Reach, choice: Choice, after: str | None, limit: int) -> Sequence[AnyRow]:
    """Rows with their cells, in the order of their identifiers; two who work them off at once queue up."""
    statement = _behind(_chosen(select(quarantined_row), reach, choice), after, limit)
    return (await work.connection.execute(statement.with_for_update(of=quarantined_row))).all()


async def successors(work: UnitOfWork, batch_id: str) -> dict[int, str]:
    """The rows of a batch that were put aside, by their number."""
    statement = select(_row.row, _row.quarantine_id).where(_row.batch_id == batch_id)
    return {row.row: row.quarantine_id for row in await work.connection.execute(statement)}


async def decide(work: UnitOfWork, decided: Sequence[Decided], by: str, reason: str | None) -> None:
    """Only rows that the caller has locked and found waiting."""
    if not decided:
        return
    statement = (
        update(quarantined_row)
        .where(_row.quarantine_id == bindparam("of_row"))
        .values(
            state=bindparam("new_state"),
            record_id=bindparam("new_record"),
            successor_id=bindparam("new_successor"),
            decided_by=by,
            decided_at=work.now,
            reason=reason,
        )
    )
    rows = [
        {"of_row": one.quarantine_id, "new_state": one.state, "new_record": one.record_id,
         "new_successor": one.successor_id}
        for one in decided
    ]  # fmt: skip
    await work.connection.execute(statement, rows)


async def forget_decided(work: UnitOfWork, before: datetime) -> int:
    """Delete what was decided before an instant, at most 5,000 rows; rows that wait are never forgotten."""
    ids = (
        select(_row.quarantine_id)
        .where(_row.state != QuarantineState.WAITING, _row.decided_at < before)
        .order_by(_row.quarantine_id)
        .limit(_FORGOTTEN_AT_ONCE)
    )
    found = list((await work.connection.scalars(ids)).all())
    await work.connection.execute(delete(quarantined_code).where(among(work.dialect, _code.quarantine_id, found)))
    await work.connection.execute(delete(quarantined_row).where(among(work.dialect, _row.quarantine_id, found)))
    return len(found)


async def waiting(connection: AsyncConnection) -> tuple[dict[str, int], datetime | None]:
    """All rows that wait, by code, and since when the oldest does."""
    everyone = Reach("", None)
    oldest = await connection.scalar(
        select(_row.quarantined_at).where(_row.state == QuarantineState.WAITING).order_by(_row.quarantine_id).limit(1)
    )
    return await count_by_code(connection, everyone, Choice()), oldest


def open_cells(row: AnyRow, sealer: Sealer) -> Row:
    """The cells as they came. Raises `SealBroken`."""
    cells: dict[str, Any] = json.loads(sealer.open(bytes(row.cells), seal_context(row.batch_id, row.row)))
    return cells


def _behind(statement: Rows, after: str | None, limit: int) -> Rows:
    ordered = statement.order_by(_row.quarantine_id).limit(limit)
    return ordered if after is None else ordered.where(_row.quarantine_id > after)


def _within(statement: Rows, reach: Reach) -> Rows:
    holds = reach.holds()
    return statement if holds is None else statement.where(holds)


def _chosen(statement: Rows, reach: Reach, choice: Choice) -> Rows:
    conditions: Collection[ColumnElement[bool] | None] = (
        _row.state == choice.state,
        None if choice.kind is None else _row.kind == choice.kind,
        None if choice.authority is None else _row.authority_code == choice.authority,
        None if choice.batch_id is None else _row.batch_id == choice.batch_id,
        None if choice.since is None else _row.quarantined_at >= choice.since,
        None if choice.code is None else _stopped_by(choice.code),
    )
    return _within(statement.where(*(one for one in conditions if one is not None)), reach)


def _stopped_by(code: str) -> ColumnElement[bool]:
    mine = quarantined_code.alias("mine").c
    return exists().where(and_(mine.quarantine_id == _row.quarantine_id, mine.code == code))
