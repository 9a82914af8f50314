"""Queries on placements for whoever sends and looks: one statement for all orders of a batch."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, tuple_, update

from services.sync.tables import content, placement
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

ITS_CONTENT = and_(content.c.record_id == placement.c.record_id, content.c.audience == placement.c.audience)

BODY = func.coalesce(placement.c.amended_body, content.c.body).label("body")
"""What is sent and looked for: the content, or what a person put in its place for this portal."""


async def lock(work: UnitOfWork, portal: str, record_ids: Collection[str]) -> dict[str, AnyRow]:
    """These placements' generations and claims by record, kept from other writers until the commit.

    Every writer locks in the order of record ids, so that no two of them can wait for each other.
    """
    named = {"on_portal": portal, "of_records": list(record_ids)}
    return {row.record_id: row for row in await work.connection.execute(_LOCKED, named)}


async def with_content(connection: AsyncConnection, portal: str, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """The placements of these records on a portal, with the content that they show."""
    if not record_ids:
        return []
    named = {"on_portal": portal, "of_records": list(record_ids)}
    return (await connection.execute(_WITH_CONTENT, named)).all()


async def free_for_push(work: UnitOfWork, portal: str, limit: int, *, take_downs_only: bool) -> list[str]:
    """Records whose order may be sent now: take-downs first, then the earliest legal deadline; locked.

    Fresh orders are free whatever the clock says: two machines never agree to the millisecond. A row that another
    writer holds is passed over; `passed_over` tells that there was one.
    """
    found: list[str] = []
    for take_down in (True,) if take_downs_only else (True, False):
        asked = _asked(work, portal, limit, take_down=take_down)
        found += (await work.connection.execute(_FREE_AND_LOCKED, asked)).scalars()
    return found


async def passed_over(
    work: UnitOfWork, portal: str, found: Collection[str], limit: int, *, take_downs_only: bool
) -> bool:
    """Whether `free_for_push` left orders behind that another writer held: a late look at what they replace, or an
    answer to it. Nobody tells of them again when that writer lets go. On SQLite there is one writer at a time."""
    if work.dialect == "sqlite":
        return False
    for take_down in (True,) if take_downs_only else (True, False):
        asked = _asked(work, portal, limit, take_down=take_down)
        if not set((await work.connection.execute(_FREE, asked)).scalars()) <= set(found):
            return True
    return False


async def take(work: UnitOfWork, portal: str, record_ids: Collection[str], *, until: datetime) -> None:
    """Keep these orders from other workers until then; one more push of each is counted."""
    if record_ids:
        named = {"on_portal": portal, "of_records": list(record_ids), "until": until}
        await work.connection.execute(_TAKEN, named)


async def keep(
    work: UnitOfWork, portal: str, record_ids: Collection[str], *, held_until: datetime, until: datetime
) -> bool:
    """Keep those of these orders for longer that still wait for an answer and that nobody took over; whether there are
    any."""
    named = {"on_portal": portal, "of_records": list(record_ids), "held_until": held_until, "until": until}
    return bool((await work.connection.execute(_KEPT, named)).rowcount)


async def due_for_push(
    work: UnitOfWork, portals: Collection[str], *, take_down: bool, lost_before: datetime, limit: int
) -> Sequence[AnyRow]:
    """Orders whose time has come again after an attempt, and orders that nobody took up since `lost_before`."""
    if not portals:
        return []
    moments = {"now": work.now, "today": legal_date(work.now), "lost": lost_before}
    given = {"portals": list(portals), "most": limit, **moments}
    return (await work.connection.execute(_due(take_down), given)).all()


async def lately_shown(connection: AsyncConnection, portal: str, limit: int) -> Sequence[AnyRow]:
    """The newest records that a look saw as wanted on a portal, with their content."""
    return (await connection.execute(_LATELY_SHOWN, {"on_portal": portal, "most": limit})).all()


async def backlog(connection: AsyncConnection) -> Sequence[AnyRow]:
    """Orders that still have to be sent: one row a portal and lane."""
    statement = (
        select(
            placement.c.portal,
            placement.c.take_down,
            func.count().label("waiting"),
            func.min(placement.c.due_at).label("earliest_due_at"),
            func.min(placement.c.wanted_at).label("oldest_wanted_at"),
        )
        .where(waiting_for_push())
        .group_by(placement.c.portal, placement.c.take_down)
    )
    return (await connection.execute(statement)).all()


async def unseen_take_downs(connection: AsyncConnection, now: datetime, soon: datetime) -> Sequence[AnyRow]:
    """Take-downs of which absence was not seen and whose last moment lies before `soon`: one row a portal and reason,
    with those whose last moment has passed (an index in the order of that moment)."""
    columns = placement.c
    statement = (
        select(
            columns.portal,
            columns.reason,
            func.count().label("due"),
            func.sum(case((columns.due_at <= now, 1), else_=0)).label("overdue"),
        )
        .where(columns.take_down, columns.observed_generation < columns.generation, columns.due_at <= soon)
        .group_by(columns.portal, columns.reason)
    )
    return (await connection.execute(statement)).all()


def _asked(work: UnitOfWork, portal: str, limit: int, *, take_down: bool) -> dict[str, Any]:
    return {"on_portal": portal, "way": take_down, "now": work.now, "today": legal_date(work.now), "most": limit}


def waiting_for_push() -> ColumnElement[bool]:
    """An order that still has to be sent. A refused one waits for a person, one that was handed over for its receipt,
    and one in doubt for a look."""
    return and_(
        placement.c.acknowledged_generation < placement.c.generation,
        placement.c.refusal.is_(None),
        placement.c.receipt.is_(None),
        placement.c.next_look_at.is_(None),
        placement.c.portal_key.is_not(None),
    )


# Made once: building such a statement takes longer than carrying it out for a few rows.
_OF_THESE = (
    placement.c.portal == bindparam("on_portal"),
    placement.c.record_id.in_(bindparam("of_records", expanding=True)),
)
_MAY_BE_SHOWN = or_(placement.c.take_down, placement.c.opens_on.is_(None), placement.c.opens_on <= bindparam("today"))
"""Nothing is sent before the first day of its window."""
_LOCKED = (
    select(
        placement.c.record_id,
        placement.c.generation,
        placement.c.acknowledged_generation,
        placement.c.observed_generation,
        placement.c.looks,
        placement.c.next_look_at,
        placement.c.former_of,
        placement.c.take_down,
        placement.c.source_generation,
        placement.c.wanted_at,
        placement.c.agreed_generation,
        placement.c.agreed_at,
    )
    .where(*_OF_THESE)
    .order_by(placement.c.record_id)
    .with_for_update()
)
_WITH_CONTENT = (
    select(placement, BODY)
    .join(content, ITS_CONTENT)
    .where(*_OF_THESE)
    .order_by(placement.c.take_down.desc(), placement.c.due_at, placement.c.record_id)
)
_FREE = (
    select(placement.c.record_id)
    .join(content, ITS_CONTENT)
    .where(
        placement.c.portal == bindparam("on_portal"),
        placement.c.take_down == bindparam("way"),
        or_(placement.c.pushes == 0, placement.c.next_push_at <= bindparam("now")),
        _MAY_BE_SHOWN,
        waiting_for_push(),
    )
    .order_by(placement.c.due_at)
    .limit(bindparam("most"))
)
_TAKEN = update(placement).where(*_OF_THESE).values(next_push_at=bindparam("until"), pushes=placement.c.pushes + 1)
_HELD = (
    select(placement.c.record_id, placement.c.portal)
    .where(*_OF_THESE, placement.c.next_push_at == bindparam("held_until"), waiting_for_push())
    .order_by(placement.c.record_id)
    .with_for_update()
)
_KEPT = (
    update(placement)
    .where(tuple_(placement.c.record_id, placement.c.portal).in_(_HELD))
    .values(next_push_at=bindparam("until"))
)
_FREE_AND_LOCKED = _FREE.with_for_update(skip_locked=True, of=placement)
_LATELY_SHOWN = (
    select(placement, BODY)
    .join(content, ITS_CONTENT)
    .where(
        placement.c.portal == bindparam("on_portal"),
        placement.c.take_down.is_(False),
        placement.c.observed_at.is_not(None),
        placement.c.observed_generation == placement.c.generation,
    )
    .order_by(placement.c.record_id.desc())
    .limit(bindparam("most"))
)


@cache
def _due(take_down: bool) -> Select[Any]:
    return (
        select(placement.c.record_id, placement.c.portal, placement.c.generation, placement.c.take_down)
        .join(content, ITS_CONTENT)
        .where(
            placement.c.portal.in_(bindparam("portals", expanding=True)),
            placement.c.take_down == take_down,
            placement.c.next_push_at <= bindparam("now"),
            or_(placement.c.pushes > 0, placement.c.next_push_at < bindparam("lost")),
            _MAY_BE_SHOWN,
            waiting_for_push(),
        )
        .order_by(placement.c.due_at)
        .limit(bindparam("most"))
    )
