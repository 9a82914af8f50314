"""Queries of objections."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update

from services.repair.objections.domain.machine import OPEN_STATES, Action, ObjectionState, StepRefused, after
from services.repair.objections.marks import unmark
from services.repair.objections.tables import objection, objection_sanction, objection_step
from services.repair.tables import shown_record
from shared.calendars.dues import Due
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork

_columns = objection.c


def due_values(due: Due | None) -> dict[str, Any]:
    """The limit for an answer as it is kept; None ends the clock."""
    return {
        "due_at": due.at if due else None,
        "due_deadline": due.deadline if due else None,
        "due_from": due.counted_from if due else None,
        "due_provisional": due.provisional if due else False,
    }


async def lock(work: UnitOfWork, objection_id: str) -> AnyRow:
    """The objection, so that two who decide it queue up."""
    statement = select(objection).where(_columns.objection_id == objection_id).with_for_update()
    row = (await work.connection.execute(statement)).one_or_none()
    if row is None:
        raise Problem(NOT_FOUND, f"There is no objection {objection_id}.")
    return row


async def lock_all(work: UnitOfWork, objection_ids: Collection[str]) -> Sequence[AnyRow]:
    """Those that there are, in one order for all who lock several."""
    statement = select(objection).where(_columns.objection_id.in_(objection_ids)).order_by(_columns.objection_id)
    return (await work.connection.execute(statement.with_for_update())).all()


async def shown(work: UnitOfWork, record_id: str) -> Sequence[AnyRow]:
    """What disclosure told of the record."""
    statement = select(shown_record).where(shown_record.c.record_id == record_id).order_by(shown_record.c.audience)
    return (await work.connection.execute(statement)).all()


@dataclass(frozen=True)
class Move:
    """Steps of one objection by one actor, each with its reason, and what else is kept of it."""

    row: AnyRow
    steps: Sequence[tuple[Action, str]]
    actor: str
    values: Mapping[str, Any]


async def move(work: UnitOfWork, row: AnyRow, action: Action, actor: str, reason: str, **values: Any) -> ObjectionState:
    """Take one step: the new state, the step for the history, and the mark off when nothing is open any more."""
    [state] = await move_all(work, [Move(row, [(action, reason)], actor, values)])
    return state


async def move_all(work: UnitOfWork, moves: Sequence[Move]) -> list[ObjectionState]:
    """The same for several objections, each named once; what else is kept has the same names for all."""
    if not moves:
        return []
    taken = [_steps(work, one) for one in moves]
    rows = [_moved(one, steps) for one, steps in zip(moves, taken, strict=True)]
    names = [name for name in rows[0] if name != "of_objection"]
    statement = update(objection).where(_columns.objection_id == bindparam("of_objection"))
    values: dict[str, Any] = {name.removeprefix("to_"): bindparam(name) for name in names}
    await work.connection.execute(statement.values(values), rows)
    await work.connection.execute(objection_step.insert(), [step for steps in taken for step in steps])
    states = [ObjectionState(steps[-1]["to_state"]) for steps in taken]
    over = {one.row.record_id for one, state in zip(moves, states, strict=True) if state not in OPEN_STATES}
    await unmark(work, over)
    return states


def _steps(work: UnitOfWork, move: Move) -> list[dict[str, Any]]:
    """The rows of the history, or the problem that a step is not allowed."""
    state, rows = ObjectionState(move.row.state), list[dict[str, Any]]()
    for version, (action, reason) in enumerate(move.steps, start=move.row.version + 1):
        before = state
        try:
            state = after(before, action, was_upheld=move.row.attempt > 0)
        except StepRefused as refused:
            raise Problem(CONFLICT, f"{refused}.", state=before, allowed=refused.allowed) from None
        step = {
            "objection_id": move.row.objection_id,
            "version": version,
            "action": action,
            "from_state": before,
            "to_state": state,
            "actor": move.actor,
            "reason": mask_free_text(reason),
            "taken_at": work.now,
        }
        rows.append(step)
    return rows


def _moved(move: Move, steps: Sequence[dict[str, Any]]) -> dict[str, Any]:
    state = ObjectionState(steps[-1]["to_state"])
    kept = {"state": state, "version": steps[-1]["version"], "is_open": state in OPEN_STATES, **move.values}
    return {"of_objection": move.row.objection_id, **{f"to_{name}": value for name, value in kept.items()}}


async def insert_sanctions(work: UnitOfWork, objection_id: str, wrong: Sequence[tuple[str, str]]) -> None:
    """After those that an earlier decision named; the same measure of the same holder is undone once."""
    known = await read_sanctions(work.connection, objection_id)
    held = {(one.measure, one.holder) for one in known}
    rows = [
        {"objection_id": objection_id, "number": number, "measure": measure, "holder": holder}
        for number, (measure, holder) in enumerate(
            [one for one in dict.fromkeys(wrong) if one not in held], start=len(known) + 1
        )
    ]
    if rows:
        await work.connection.execute(objection_sanction.insert(), rows)


async def open_sanctions(work: UnitOfWork, objection_id: str) -> int:
    columns = objection_sanction.c
    statement = select(func.count()).where(columns.objection_id == objection_id, columns.undone_on.is_(None))
    return await work.connection.scalar(statement) or 0


async def with_open_sanctions(work: UnitOfWork, objection_ids: Collection[str]) -> set[str]:
    """Those of which a wrong sanction stands."""
    columns = objection_sanction.c
    statement = select(columns.objection_id).where(columns.objection_id.in_(objection_ids), columns.undone_on.is_(None))
    return set(await work.connection.scalars(statement))


async def read(connection: AsyncConnection, objection_id: str) -> AnyRow | None:
    statement = select(objection).where(_columns.objection_id == objection_id)
    return (await connection.execute(statement)).one_or_none()


async def read_steps(connection: AsyncConnection, objection_id: str) -> Sequence[AnyRow]:
    columns = objection_step.c
    statement = select(objection_step).where(columns.objection_id == objection_id).order_by(columns.version)
    return (await connection.execute(statement)).all()


async def read_sanctions(connection: AsyncConnection, objection_id: str) -> Sequence[AnyRow]:
    columns = objection_sanction.c
    statement = select(objection_sanction).where(columns.objection_id == objection_id).order_by(columns.number)
    return (await connection.execute(statement)).all()


def all_of(state: ObjectionState | None, subjects: Sequence[str] | None) -> Select[Any]:
    """The open ones, or those in one state; of these subjects only."""
    statement = select(objection).where(_columns.is_open if state is None else _columns.state == state)
    return statement if subjects is None else statement.where(_columns.subject_key.in_(subjects))


async def read_list(
    connection: AsyncConnection,
    state: ObjectionState | None,
    subjects: Sequence[str] | None,
    after_id: str | None,
    limit: int,
) -> Sequence[AnyRow]:
    """In the order in which they were filed: the open ones, or those in one state; of these subjects only."""
    statement = all_of(state, subjects)
    if after_id is not None:
        statement = statement.where(_columns.objection_id > after_id)
    rows: Sequence[AnyRow] = (await connection.execute(statement.order_by(_columns.objection_id).limit(limit))).all()
    return rows


async def read_due(
    connection: AsyncConnection, before: datetime, limit: int, subjects: Sequence[str] | None = None
) -> Sequence[AnyRow]:
    """Unanswered ones whose limit ends before an instant, the earliest first; of these subjects only."""
    statement = select(objection).where(_columns.is_open, _columns.due_at < before)
    if subjects is not None:
        statement = statement.where(_columns.subject_key.in_(subjects))
    return (await connection.execute(statement.order_by(_columns.due_at).limit(limit))).all()


async def count_open(connection: AsyncConnection) -> dict[str, int]:
    statement = select(_columns.state, func.count().label("number")).where(_columns.is_open).group_by(_columns.state)
    return {row.state: row.number for row in (await connection.execute(statement)).all()}


async def count_due(connection: AsyncConnection, after_at: datetime | None, until: datetime) -> int:
    """Unanswered ones whose limit ends in this span."""
    statement = select(func.count()).where(_columns.is_open, _columns.due_at <= until)
    if after_at is not None:
        statement = statement.where(_columns.due_at > after_at)
    return await connection.scalar(statement) or 0
