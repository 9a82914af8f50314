"""Queries of performance and its tasks: one statement for all records of a call or a slice."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select, update

from services.disclosure.domain.display import WAITING, PublicationState
from services.disclosure.performances.domain.standing import Outcome, Standing, Step
from services.disclosure.performances.tables import performance, performance_step
from services.disclosure.tables import disclosed_record, publication
from shared.database.among import among
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import upsert
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy.pack import division_prefix
from shared.vocabulary import TakeDownReason

_own, _step, _record, _shown = performance.c, performance_step.c, disclosed_record.c, publication.c


@dataclass(frozen=True)
class Act:
    """Who takes a step, on which day it holds, and why."""

    actor: str
    on: date
    reason: str


@dataclass(frozen=True)
class Held:
    """How one record shall stand, and the steps that lead there after so many `earlier` ones."""

    record_id: str
    authority_code: str
    standing: Standing
    steps: tuple[Step, ...]
    act: Act
    outcome: Outcome | None = None
    opened_at: datetime | None = None
    earlier: int = 0


async def read_records(work: UnitOfWork, record_ids: Collection[str]) -> dict[str, AnyRow]:
    """What decides whether something can be stated of these records, by identifier."""
    statement = select(
        _record.record_id, _record.kind, _record.decided_on, _record.withdrawn, _record.repaired, _record.body
    ).where(among(work.dialect, _record.record_id, record_ids), _record.body.is_not(None))
    return {row.record_id: row for row in await work.connection.execute(statement)}


async def read_held(work: UnitOfWork, record_ids: Collection[str]) -> dict[str, AnyRow]:
    """How these records stand, by identifier; nobody has stated anything of the others."""
    statement = select(performance).where(among(work.dialect, _own.record_id, record_ids))
    return {row.record_id: row for row in await work.connection.execute(statement)}


async def hold(work: UnitOfWork, held: Sequence[Held]) -> None:
    """Store what was stated. Lock the records first."""
    rows = [
        {
            "record_id": one.record_id,
            "authority_code": one.authority_code,
            "standing": one.standing,
            "outcome": one.outcome,
            "opened_at": one.opened_at,
            "steps": one.earlier + len(one.steps),
            "place": new_id(),
        }
        for one in sorted(held, key=lambda one: one.record_id)
    ]
    await work.connection.execute(upsert(work.dialect, performance, keys=("record_id",)), rows)
    work.store(performance_step, [row for one in held for row in _steps(work, one)])


async def open_tasks(work: UnitOfWork, earlier: Mapping[str, int], act: Act) -> None:
    """For these records with how many steps each has. Lock them first."""
    await _move(work, earlier, Step.OPENED, act, {"standing": Standing.OPEN, "opened_at": work.now})


async def close_tasks(work: UnitOfWork, earlier: Mapping[str, int], outcome: Outcome, act: Act) -> None:
    """The same."""
    await _move(work, earlier, Step.CLOSED, act, {"standing": Standing.CLOSED, "outcome": outcome})


async def _move(work: UnitOfWork, earlier: Mapping[str, int], step: Step, act: Act, values: Mapping[str, Any]) -> None:
    moved = update(performance).where(_own.record_id == bindparam("which"))
    places = [{"which": record_id, "newest": new_id()} for record_id in sorted(earlier)]
    changed = moved.values(steps=_own.steps + 1, place=bindparam("newest"), **values)
    await work.connection.execute(changed, places)
    outcome = values.get("outcome")
    work.store(
        performance_step,
        [_row(work, record_id, number + 1, step, act, outcome) for record_id, number in earlier.items()],
    )


def _steps(work: UnitOfWork, one: Held) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(one.steps, start=one.earlier + 1):
        yield _row(work, one.record_id, number, step, one.act, one.outcome if step is Step.CLOSED else None)


def _row(
    work: UnitOfWork, record_id: str, number: int, step: Step, act: Act, outcome: Outcome | None
) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "number": number,
        "step": step,
        "outcome": outcome,
        "on_day": act.on,
        "reason": act.reason,
        "actor": act.actor,
        "at": work.now,
    }


async def pick_left(connection: AsyncConnection, today: date, limit: int) -> list[str]:
    """Up to `limit` unperformed records that left the public at their maximum and have no task."""
    return [row.record_id for row in await connection.execute(_left(today).limit(limit))]


async def left_among(work: UnitOfWork, today: date, record_ids: Collection[str]) -> dict[str, int]:
    """Of which of these records it holds, each with its number of steps. Lock them first, so that no withdrawal passes
    by."""
    found = _left(today).where(among(work.dialect, _own.record_id, record_ids))
    return {row.record_id: row.steps for row in await work.connection.execute(found)}


def _left(today: date) -> Select[Any]:
    mine = _shown.record_id == _own.record_id
    over = exists().where(
        mine, _shown.state == PublicationState.OFFLINE, _shown.reason == TakeDownReason.WINDOW_EXPIRED
    )
    waits = and_(_shown.state.in_(WAITING), or_(_shown.offline_on.is_(None), _shown.offline_on > today))
    public = exists().where(mine, or_(_shown.state == PublicationState.ONLINE, waits))
    return (
        select(_own.record_id, _own.steps)
        .join(disclosed_record, _record.record_id == _own.record_id)
        .where(_own.standing == Standing.UNPERFORMED, ~_record.withdrawn, ~_record.repaired, over, ~public)
    )


async def open_among(work: UnitOfWork, record_ids: Collection[str]) -> dict[str, int]:
    """Which of these records have an open task, each with its number of steps."""
    which = and_(_own.standing == Standing.OPEN, among(work.dialect, _own.record_id, record_ids))
    found = select(_own.record_id, _own.steps).where(which)
    return {row.record_id: row.steps for row in await work.connection.execute(found)}


async def count_open(connection: AsyncConnection) -> int:
    statement = select(func.count()).select_from(performance).where(_own.standing == Standing.OPEN)
    return await connection.scalar(statement) or 0


async def read_page(
    connection: AsyncConnection, standing: Standing, region: str | None, after: str | None, limit: int
) -> Sequence[AnyRow]:
    """Records that stand so, in the order in which they came to it; without decisions that were withdrawn, unless that
    is what closed the task."""
    which = _which(standing, region)
    which += [_own.place > after] if after else []
    return (await connection.execute(_listed.where(*which).order_by(_own.place).limit(limit))).all()


def all_of(standing: Standing, region: str | None) -> Select[Any]:
    """The same records without an end, to be counted."""
    mine = _record.record_id == _own.record_id
    return select(_own.record_id).join(disclosed_record, mine).where(*_which(standing, region))


def _which(standing: Standing, region: str | None) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [_own.standing == standing]
    which += [] if standing is Standing.CLOSED else [~_record.withdrawn]
    which += [_record.region.startswith(division_prefix(region), autoescape=True)] if region else []
    return which


async def read_one(connection: AsyncConnection, record_id: str) -> AnyRow | None:
    return (await connection.execute(_listed.where(_own.record_id == record_id))).one_or_none()


async def read_steps(connection: AsyncConnection, record_id: str) -> Sequence[AnyRow]:
    """Every step, the oldest first; bounded by what people and one timer did to one record."""
    statement = select(performance_step).where(_step.record_id == record_id).order_by(_step.number).limit(1_000)
    return (await connection.execute(statement)).all()


_end = (
    select(func.max(_shown.offline_on))
    .where(_shown.record_id == _own.record_id)
    .correlate(performance)
    .scalar_subquery()
    .label("offline_on")
)

_listed = (
    select(
        performance,
        *(_step[name] for name in ("on_day", "reason", "actor", "at")),
        *(_record[name] for name in ("region", "subject_key", "subject_name", "decided_on", "body")),
        _end,
    )
    .join(performance_step, and_(_step.record_id == _own.record_id, _step.number == _own.steps))
    .join(disclosed_record, _record.record_id == _own.record_id)
)
