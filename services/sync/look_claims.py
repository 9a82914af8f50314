"""Which placements a worker looks at now: taken together, kept together while its looks go on, given back together.

A claim stands in `next_look_at`, the moment from which another worker may take over, and in `looks`, its number. Both
fence what the looks write: a worker that was paused for longer than its lease changes nothing (guarantee G05).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, tuple_, update

from services.sync import placements
from services.sync.domain.patience import LOOK_LEASE, LOOKS_A_CLAIM
from services.sync.tables import placement
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal


@dataclass
class LookClaim:
    """Placements with their content, one worker's until `until`. `looks` of the rows is the number of the claim."""

    portal: Portal
    rows: list[AnyRow]
    taken_at: datetime
    until: datetime

    def holds(self, current: AnyRow, seen: AnyRow) -> bool:
        """Whether nobody has taken a placement over since, or asked for another look."""
        return bool(current.looks == seen.looks and current.next_look_at == self.until)


async def take(work: UnitOfWork, portal: Portal) -> LookClaim | None:
    """What is due, take-downs first: many, as one page may show many of them."""
    until = work.now + LOOK_LEASE
    named = {"on_portal": portal, "now": work.now, "until": until}
    taken = (await work.connection.execute(_TAKE, named)).scalars().all()
    rows = await placements.with_content(work.connection, portal, taken)
    return LookClaim(portal, list(rows), work.now, until) if rows else None


async def keep(work: UnitOfWork, claim: LookClaim) -> datetime | None:
    """Hold for longer what the worker still has, in one statement; until when, or None when it has nothing any more."""
    until = work.now + LOOK_LEASE
    named = _of(claim, claim.rows) | {"longer": until}
    return until if (await work.connection.execute(_KEEP, named)).rowcount else None


async def give_back(work: UnitOfWork, claim: LookClaim, rows: Collection[AnyRow]) -> None:
    """Those at which nobody looked: due as before, and no claim of theirs is counted. Take-downs that came meanwhile
    are taken before them."""
    if rows:
        await work.connection.execute(_GIVE_BACK, _of(claim, rows) | {"taken_at": claim.taken_at})


async def next_look(database: Database, portal: Portal) -> datetime | None:
    """When the next look is due, or was."""
    async with database.looking() as connection:
        found: datetime | None = await connection.scalar(_NEXT, {"on_portal": portal})
    return found


def _of(claim: LookClaim, rows: Collection[AnyRow]) -> dict[str, object]:
    return {"on_portal": claim.portal, "of_records": [row.record_id for row in rows], "held_until": claim.until}


# Made once: building them takes longer than carrying them out for a few rows.
_P = placement.c
_NEXT = select(func.min(_P.next_look_at)).where(
    _P.portal == bindparam("on_portal"), _P.next_look_at.is_not(None), _P.portal_key.is_not(None)
)
_DUE = (
    select(_P.record_id, _P.portal)
    .where(_P.portal == bindparam("on_portal"), _P.next_look_at <= bindparam("now"), _P.portal_key.is_not(None))
    .order_by(_P.take_down.desc(), _P.next_look_at)
    .limit(LOOKS_A_CLAIM)
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(placement)
    .where(tuple_(_P.record_id, _P.portal).in_(_DUE))
    .values(next_look_at=bindparam("until"), looks=_P.looks + 1)
    .returning(_P.record_id)
)
_HELD = (
    select(_P.record_id, _P.portal)
    .where(
        _P.portal == bindparam("on_portal"),
        _P.record_id.in_(bindparam("of_records", expanding=True)),
        _P.next_look_at == bindparam("held_until"),
    )
    .order_by(_P.record_id)  # as every writer locks, so that no two wait for each other
    .with_for_update()
)
_KEEP = update(placement).where(tuple_(_P.record_id, _P.portal).in_(_HELD)).values(next_look_at=bindparam("longer"))
_GIVE_BACK = (
    update(placement)
    .where(tuple_(_P.record_id, _P.portal).in_(_HELD))
    .values(next_look_at=bindparam("taken_at"), looks=_P.looks - 1)
)
