"""Keep the legal clocks of applications (期限): the steps start, stop, resume and end them. Serves G11."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, or_, select, update

from services.repair.applications.domain.case import Action
from services.repair.applications.domain.clocks import (
    ENDS,
    MOOT,
    SUPPLEMENT,
    LegalClock,
    resume,
    started_by,
    stop,
)
from services.repair.applications.domain.rules import Generation
from services.repair.applications.tables import application_clock
from shared.clock import start_of_legal_day
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.workdays import WorkCalendar

_columns = application_clock.c
RUNS = and_(_columns.ended_at.is_(None), _columns.due_at.is_not(None))
"""Neither ended nor standing still."""

_NOT_COUNTED: Mapping[str, Any] = {"due_deadline": None, "due_provisional": False}
"""Of a clock that ended: no calendar changes it any more."""


@dataclass(frozen=True)
class Limits:
    """The clocks of a step: whose, on which day, by which rules and calendar."""

    application_id: str
    generation: Generation
    on: date
    calendar: WorkCalendar


async def follow(work: UnitOfWork, action: Action, limits: Limits) -> None:
    """What a step does to the clocks of its application."""
    await end(work, [limits.application_id], ENDS.get(action, frozenset()))
    if action in MOOT:
        await cease(work, [limits.application_id])
    if action is Action.REQUEST_SUPPLEMENT:
        await _change(work, limits, stop)
    if action is Action.SUPPLEMENT:
        await _change(work, limits, resume)
    started = started_by(action, limits.generation)
    if started:
        rows = [_row(limits, LegalClock(name, limits.on)) for name in started]
        await work.connection.execute(application_clock.insert(), rows)


async def end(work: UnitOfWork, application_ids: Collection[str], names: Collection[str]) -> None:
    """What these clocks ask for was done."""
    if not names or not application_ids:
        return
    kept = case((_columns.due_at.is_(None), None), else_=_columns.due_at > work.now)
    await work.connection.execute(
        update(application_clock)
        .where(_columns.application_id.in_(application_ids), _columns.clock.in_(sorted(names)))
        .where(_columns.ended_at.is_(None))
        .values(ended_at=work.now, kept=kept, **_NOT_COUNTED)
    )


async def cease(work: UnitOfWork, application_ids: Collection[str]) -> None:
    """Nothing of these applications is awaited any more."""
    which = and_(_columns.application_id.in_(application_ids), _columns.ended_at.is_(None))
    await work.connection.execute(update(application_clock).where(which).values(ended_at=work.now, **_NOT_COUNTED))


async def read(connection: AsyncConnection, application_ids: Collection[str]) -> Sequence[AnyRow]:
    statement = select(application_clock).where(_columns.application_id.in_(application_ids))
    return (await connection.execute(statement.order_by(_columns.started_on, _columns.clock))).all()


async def due_of(connection: AsyncConnection, application_id: str, name: str) -> datetime | None:
    """When a running clock ends; None when it does not run."""
    which = and_(_columns.application_id == application_id, _columns.clock == name, RUNS)
    due_at: datetime | None = await connection.scalar(select(_columns.due_at).where(which))
    return due_at


async def reanchor(work: UnitOfWork, calendar: WorkCalendar) -> int:
    """Clocks that stood still for a while are counted from another day when the calendar of that while changed."""
    stopped = or_(_columns.due_provisional, _columns.due_at > work.now)
    statement = select(application_clock).where(RUNS, _columns.resumed_on.is_not(None), stopped)
    rows = (await work.connection.execute(statement)).all()
    changed = [
        _moved(row.application_id, clock, calendar)
        for row in rows
        if (clock := _clock_of(row)).begins(calendar) != row.due_from
    ]
    await _write(work, changed)
    return len(changed)


async def _change(work: UnitOfWork, limits: Limits, move: Any) -> None:
    statement = select(application_clock).where(
        _columns.application_id == limits.application_id, _columns.ended_at.is_(None)
    )
    rows = [row for row in (await work.connection.execute(statement)).all() if row.clock != SUPPLEMENT]
    moved = [move(_clock_of(row), limits.on) for row in rows]
    await _write(work, [_moved(limits.application_id, one, limits.calendar) for one in moved])


async def _write(work: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = (
        update(application_clock)
        .where(_columns.application_id == bindparam("of_application"), _columns.clock == bindparam("of_clock"))
        .values({name: bindparam(f"to_{name}") for name in _MOVING})
    )
    await work.connection.execute(statement, [_bound(row) for row in rows])


_MOVING = ("stopped_on", "resumed_on", "due_at", "due_deadline", "due_from", "due_provisional", "warned_at")


def _bound(row: Mapping[str, Any]) -> dict[str, Any]:
    named = {f"to_{name}": row[name] for name in _MOVING}
    return {"of_application": row["application_id"], "of_clock": row["clock"], **named}


def _clock_of(row: AnyRow) -> LegalClock:
    return LegalClock(row.clock, row.started_on, row.stopped_on, row.resumed_on)


def _row(limits: Limits, clock: LegalClock) -> dict[str, Any]:
    return _moved(limits.application_id, clock, limits.calendar)


def _moved(application_id: str, clock: LegalClock, calendar: WorkCalendar) -> dict[str, Any]:
    """The row of a clock as it runs now. One that stands still has no instant and is not counted again."""
    last = clock.last_day(calendar)
    return {
        "application_id": application_id,
        "clock": clock.name,
        "started_on": clock.started_on,
        "stopped_on": clock.stopped_on,
        "resumed_on": clock.resumed_on,
        "due_at": start_of_legal_day(last.day + timedelta(days=1)) if last else None,
        "due_deadline": clock.name if last else None,
        "due_from": clock.begins(calendar) if last else None,
        "due_provisional": last.provisional if last else False,
        "ended_at": None,
        "kept": None,
        "warned_at": None,
        "missed_at": None,
    }
