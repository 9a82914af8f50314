"""Queries on the wanted column: one statement for all orders of a batch."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.tables import content, placement
from shared.contracts.events import PublicationOnline
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, upsert
from shared.messaging.unit_of_work import UnitOfWork

_KEPT_WHEN_UNKNOWN = ("portal_key", "closes_on", "shown_digest")
"""A take-down carries no content: what the placement knows of it stays."""

_ITS_CONTENT = and_(content.c.record_id == placement.c.record_id, content.c.audience == placement.c.audience)

_FRESH_START = {
    "receipt": None,
    "refusal": None,
    "next_look_at": None,
    "pushes": 0,
    "looks": 0,
    "mends": 0,
}


async def store_contents(work: UnitOfWork, orders: Sequence[PublicationOnline]) -> None:
    """Keep the newest content of each record and audience."""
    if not orders:
        return
    statement = upsert(work.dialect, content, keys=("record_id", "audience"), newer="source_generation")
    await work.connection.execute(
        statement,
        [
            {
                "record_id": order.record_id,
                "audience": order.audience,
                "source_generation": order.generation,
                "body": order.record.model_dump_json(),
            }
            for order in orders
        ],
    )


async def raise_wanted(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write orders whose source generation is newer than the stored one; each gets the next generation."""
    if not rows:
        return
    statement = insert_for(work.dialect, placement)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["record_id", "portal"],
        set_={
            **{name: new[name] for name in ("source_generation", "take_down", "reason", "due_at", "wanted_at")},
            **{name: func.coalesce(new[name], placement.c[name]) for name in _KEPT_WHEN_UNKNOWN},
            **_FRESH_START,
            "generation": placement.c.generation + 1,
            "next_push_at": new.next_push_at,
        },
        where=placement.c.source_generation < new.source_generation,
    )
    await work.connection.execute(statement, list(rows))


async def fill_identity(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Tell placements that know only of a take-down which entry of the portal they are about."""
    if not rows:
        return
    statement = (
        update(placement)
        .where(
            placement.c.record_id == bindparam("of_record"),
            placement.c.portal == bindparam("on_portal"),
            placement.c.portal_key.is_(None),
        )
        .values(portal_key=bindparam("key"), shown_digest=bindparam("digest"), closes_on=bindparam("closes"))
    )
    await work.connection.execute(
        statement,
        [
            {
                "of_record": row["record_id"],
                "on_portal": row["portal"],
                "key": row["portal_key"],
                "digest": row["shown_digest"],
                "closes": row["closes_on"],
            }
            for row in rows
        ],
    )


async def wanted_now(work: UnitOfWork, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """The placements of some records, with `known`: whether their content has arrived."""
    statement = (
        select(
            placement.c.record_id,
            placement.c.portal,
            placement.c.portal_key,
            placement.c.source_generation,
            placement.c.generation,
            placement.c.take_down,
            placement.c.acknowledged_generation,
            content.c.record_id.is_not(None).label("known"),
        )
        .outerjoin(content, _ITS_CONTENT)
        .where(placement.c.record_id.in_(record_ids))
        .order_by(placement.c.due_at, placement.c.record_id)
    )
    return (await work.connection.execute(statement)).all()


async def lock(work: UnitOfWork, portal: str, record_ids: Collection[str]) -> dict[str, AnyRow]:
    """These placements' generations by record, kept from other writers until the commit.

    Every writer locks in the order of record ids, so that no two of them can wait for each other.
    """
    statement = (
        select(placement.c.record_id, placement.c.generation, placement.c.observed_generation)
        .where(placement.c.portal == portal, placement.c.record_id.in_(record_ids))
        .order_by(placement.c.record_id)
        .with_for_update()
    )
    return {row.record_id: row for row in await work.connection.execute(statement)}


async def with_content(connection: AsyncConnection, portal: str, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """The placements of these records on a portal, with the content that they show."""
    if not record_ids:
        return []
    statement = (
        select(placement, content.c.body)
        .join(content, _ITS_CONTENT)
        .where(placement.c.portal == portal, placement.c.record_id.in_(record_ids))
        .order_by(placement.c.take_down.desc(), placement.c.due_at, placement.c.record_id)
    )
    return (await connection.execute(statement)).all()


async def due_for_push(
    work: UnitOfWork, portals: Collection[str], *, take_down: bool, lost_before: datetime, limit: int
) -> Sequence[AnyRow]:
    """Orders whose time has come again after an attempt, and orders that nobody took up since `lost_before`."""
    if not portals:
        return []
    statement = (
        select(placement.c.record_id, placement.c.portal, placement.c.generation, placement.c.take_down)
        .join(content, _ITS_CONTENT)
        .where(
            placement.c.portal.in_(portals),
            placement.c.take_down == take_down,
            placement.c.next_push_at <= work.now,
            or_(placement.c.pushes > 0, placement.c.next_push_at < lost_before),
            waiting_for_push(),
        )
        .order_by(placement.c.due_at)
        .limit(limit)
    )
    return (await work.connection.execute(statement)).all()


def waiting_for_push() -> ColumnElement[bool]:
    """An order that still has to be sent. A refused one waits for a person, and one in doubt for a look."""
    return and_(
        placement.c.acknowledged_generation < placement.c.generation,
        placement.c.refusal.is_(None),
        placement.c.next_look_at.is_(None),
        placement.c.portal_key.is_not(None),
    )
