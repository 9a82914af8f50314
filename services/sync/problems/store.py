"""Queries on placements that wait for a person, grouped by cause; every one of them uses the index of problems."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, select, tuple_, update

from services.sync import placements
from services.sync.problems.domain.causes import NOT_OBEYED, SKIPPED
from services.sync.problems.domain.chosen import Chosen
from services.sync.tables import IS_A_PROBLEM, placement
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

_CAUSE = case((placement.c.refusal.is_not(None), func.coalesce(placement.c.refusal_code, "")), else_=NOT_OBEYED)


async def by_cause(connection: AsyncConnection) -> Sequence[AnyRow]:
    """One row a portal and cause: how many, which way, the earliest legal deadline, and since when."""
    columns = placement.c
    statement = (
        select(
            columns.portal,
            _CAUSE.label("cause"),
            func.count(case((columns.take_down, 1))).label("take_downs"),
            func.count(case((not_(columns.take_down), 1))).label("publications"),
            func.min(columns.due_at).label("earliest_due_at"),
            func.min(columns.wanted_at).label("oldest_wanted_at"),
            func.max(columns.wanted_at).label("newest_wanted_at"),
        )
        .where(IS_A_PROBLEM)
        .group_by(columns.portal, _CAUSE)
        .order_by(columns.portal, _CAUSE)
    )
    return (await connection.execute(statement)).all()


async def of_cause(
    connection: AsyncConnection, portal: Portal, cause: str, after: str | None, limit: int
) -> Sequence[AnyRow]:
    """The placements of one cause in the order of their record ids."""
    statement = all_of_cause(portal, cause).order_by(placement.c.record_id).limit(limit)
    if after:
        statement = statement.where(placement.c.record_id > after)
    return (await connection.execute(statement)).all()


def all_of_cause(portal: Portal, cause: str) -> Select[Any]:
    """The same without an end and an order."""
    return select(placement).where(_waiting(portal, cause))


async def lock(work: UnitOfWork, chosen: Chosen, limit: int) -> Sequence[AnyRow]:
    """The orders that an action is about, kept from other writers until the commit; those named with a generation only
    while they have it."""
    columns = placement.c
    conditions = [_waiting(chosen.portal, chosen.cause)]
    if chosen.publications_only:
        conditions.append(not_(columns.take_down))
    if chosen.generations is not None:
        conditions.append(tuple_(columns.record_id, columns.generation).in_(list(chosen.generations.items())))
    elif chosen.record_ids is not None:
        conditions.append(columns.record_id.in_(chosen.record_ids))
    statement = select(columns.record_id, columns.take_down).where(*conditions).order_by(columns.record_id).limit(limit)
    return (await work.connection.execute(statement.with_for_update())).all()


async def take_downs_of(work: UnitOfWork, portal: Portal, cause: str) -> int:
    """How many take-downs wait for this cause."""
    statement = select(func.count()).where(_waiting(portal, cause), placement.c.take_down)
    return int(await work.connection.scalar(statement) or 0)


async def order_anew(work: UnitOfWork, portal: Portal, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """The same orders with the next generation, as if they had just come."""
    statement = (
        update(placement)
        .where(placement.c.portal == portal, placement.c.record_id.in_(record_ids))
        .values(
            generation=placement.c.generation + 1,
            refusal=None,
            refusal_code=None,
            receipt=None,
            pushes=0,
            looks=0,
            mends=0,
            next_push_at=work.now,
            next_look_at=None,
        )
        .returning(placement.c.record_id, placement.c.generation, placement.c.take_down)
    )
    return (await work.connection.execute(statement)).all()


async def body_of(work: UnitOfWork, portal: Portal, record_id: str) -> str | None:
    """What this portal is sent of a record that shall be shown there."""
    rows = await placements.with_content(work.connection, portal, [record_id])
    return next((str(row.body) for row in rows if not row.take_down), None)


async def put_in_place(work: UnitOfWork, portal: Portal, record_id: str, body: str) -> None:
    """From now on the portal is sent this; what it must show is taken from the look that finds it so."""
    await work.connection.execute(
        update(placement)
        .where(placement.c.portal == portal, placement.c.record_id == record_id)
        .values(amended_body=body, shown_digest=None, bucket=None, entry_digest=None)
    )


async def set_aside(work: UnitOfWork, portal: Portal, record_ids: Collection[str], words: str) -> None:
    """Nothing is sent or looked at any more until somebody retries or a newer order comes."""
    await work.connection.execute(
        update(placement)
        .where(placement.c.portal == portal, placement.c.record_id.in_(record_ids))
        .values(refusal=words[:300], refusal_code=SKIPPED, receipt=None, next_look_at=None)
    )


def _waiting(portal: Portal, cause: str) -> ColumnElement[bool]:
    return and_(placement.c.portal == portal, IS_A_PROBLEM, literal(cause) == _CAUSE)
