"""Queries about commitments."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from services.repair.applications.tables import application
from services.repair.commitments.domain.standing import CommitmentState
from services.repair.commitments.tables import commitment
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork


async def is_open(connection: AsyncConnection, application_id: str, kind: str) -> bool:
    """Whether a paper of this kind is still promised, also when its day is over: late is better than never."""
    return kind in await _kinds(connection, application_id, (CommitmentState.OPEN, CommitmentState.BREACHED))


async def standing_kinds(connection: AsyncConnection, application_id: str) -> set[str]:
    """Kinds of paper that an open commitment stands for."""
    return await _kinds(connection, application_id, (CommitmentState.OPEN,))


async def _kinds(connection: AsyncConnection, application_id: str, states: Collection[CommitmentState]) -> set[str]:
    of_it = (commitment.c.application_id == application_id) & commitment.c.state.in_(states)
    return set((await connection.scalars(select(commitment.c.kind).where(of_it))).all())


async def commitments_of(connection: AsyncConnection, application_id: str) -> Sequence[AnyRow]:
    statement = select(commitment).where(commitment.c.application_id == application_id).order_by(commitment.c.kind)
    return (await connection.execute(statement)).all()


async def authority_of(connection: AsyncConnection, application_id: str) -> str:
    """Whose matter the application is (认定单位)."""
    of_it = application.c.application_id == application_id
    code: str | None = await connection.scalar(select(application.c.authority_code).where(of_it))
    if code is None:
        raise Problem(NOT_FOUND, f"There is no application {application_id}.")
    return code


async def insert_commitments(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    await work.connection.execute(commitment.insert(), list(rows))


async def keep(work: UnitOfWork, application_id: str, lacking: Collection[str]) -> None:
    """End the commitments of this application whose paper is there now. A breach stays a breach."""
    kept = (commitment.c.application_id == application_id) & (commitment.c.state == CommitmentState.OPEN)
    await work.connection.execute(
        update(commitment)
        .where(kept, commitment.c.kind.not_in(list(lacking)))
        .values(state=CommitmentState.KEPT, ended_at=work.now)
    )


async def reopen(work: UnitOfWork, application_id: str, lacking: Collection[str]) -> None:
    """What had been kept by a paper that is gone again stands as before, until its old day."""
    broken = (commitment.c.application_id == application_id) & (commitment.c.state == CommitmentState.KEPT)
    await work.connection.execute(
        update(commitment)
        .where(broken, commitment.c.kind.in_(list(lacking)))
        .values(state=CommitmentState.OPEN, ended_at=None)
    )


async def has_overdue(connection: AsyncConnection, now: datetime) -> bool:
    over = (commitment.c.state == CommitmentState.OPEN) & (commitment.c.due_at <= now)
    return await connection.scalar(select(commitment.c.kind).where(over).limit(1)) is not None


async def lock_overdue(work: UnitOfWork, limit: int) -> Sequence[AnyRow]:
    """Commitments whose day is over, with where their application stands; the earliest first."""
    over = (commitment.c.state == CommitmentState.OPEN) & (commitment.c.due_at <= work.now)
    joined = commitment.join(application, application.c.application_id == commitment.c.application_id)
    columns = (*commitment.columns, application.c.state.label("application_state"))
    statement = select(*columns).select_from(joined).where(over).order_by(commitment.c.due_at).limit(limit)
    return (await work.connection.execute(statement.with_for_update(of=commitment, skip_locked=True))).all()


async def end(work: UnitOfWork, ends: Sequence[dict[str, Any]]) -> None:
    """`ends` give application and kind as `of` and `which`, and the state that follows."""
    if ends:
        this = (commitment.c.application_id == bindparam("of")) & (commitment.c.kind == bindparam("which"))
        await work.connection.execute(
            update(commitment).where(this).values(state=bindparam("follows"), ended_at=work.now), list(ends)
        )


async def listed(connection: AsyncConnection, states: Collection[str], limit: int) -> Sequence[AnyRow]:
    """Commitments in these states, the earliest day first."""
    columns = commitment.c
    joined = commitment.join(application, columns.application_id == application.c.application_id)
    shown = (*commitment.columns, application.c.state.label("application_state"), application.c.authority_code)
    statement = select(*shown).select_from(joined).where(columns.state.in_(states))
    order = (columns.due_at, columns.application_id, columns.kind)
    return (await connection.execute(statement.order_by(*order).limit(limit))).all()


async def counts(connection: AsyncConnection) -> dict[str, int]:
    statement = select(commitment.c.state, func.count().label("number")).group_by(commitment.c.state)
    return {row.state: row.number for row in (await connection.execute(statement)).all()}
