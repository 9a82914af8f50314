"""Look whether a portal obeyed (核验).

A take-down is complete only when a look finds the record in neither detail, search nor list (guarantee G05). A look
that cannot be made tells nothing. No transaction is open while the portal is asked.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select, tuple_, update

from services.sync import channel, placements, sightings
from services.sync.budget import budget
from services.sync.domain.channel import Errand
from services.sync.domain.patience import LOOK_LEASE, LOOKS_A_CLAIM, LOOKS_BEGIN_WITHIN
from services.sync.look import look_at
from services.sync.portals.base import PortalAdapter
from services.sync.portals.spending import paid_by
from services.sync.tables import placement
from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Portal


async def verify(
    database: Database, clock: Clock, adapter: PortalAdapter, *, seconds: Callable[[], float] = stopwatch
) -> int:
    """Look at the placements whose time has come, take-downs first; returns how many.

    `seconds` measures how long it takes: the clock of the house may jump.
    """
    began, purse = seconds(), budget(database, clock, adapter, Errand.LOOK)
    async with unit_of_work(database, clock) as work:
        rows = [] if await channel.reads_are_held(work, adapter.portal) else await _claim(work, adapter.portal)
        claimed_at = work.now
        if rows:
            await purse.begin(work)
    if not rows:
        return 0
    with paid_by(purse):
        looks = await look_at(adapter, rows, until=lambda: purse.refused or seconds() - began >= LOOKS_BEGIN_WITHIN)
    async with unit_of_work(database, clock) as work:
        await sightings.note(work, adapter.portal, looks)
        seen = {look.placement.record_id for look in looks}
        await _give_back(work, adapter.portal, [row for row in rows if row.record_id not in seen], claimed_at)
        await purse.end(work)
    return len(looks)


async def next_look(database: Database, portal: Portal) -> datetime | None:
    """When the next look is due, or was."""
    async with database.looking() as connection:
        found: datetime | None = await connection.scalar(_NEXT, {"on_portal": portal})
    return found


async def _give_back(work: UnitOfWork, portal: str, rows: Sequence[AnyRow], claimed_at: datetime) -> None:
    """Those at which nobody looked: due as before, and no claim of theirs is counted. Take-downs that came meanwhile
    are claimed before them."""
    if not rows:
        return
    mine = (
        placement.c.record_id == bindparam("of_record"),
        placement.c.portal == portal,
        placement.c.looks == bindparam("of_claim"),
        placement.c.next_look_at == claimed_at + LOOK_LEASE,
    )
    statement = update(placement).where(*mine).values(next_look_at=claimed_at, looks=placement.c.looks - 1)
    await work.connection.execute(statement, [{"of_record": row.record_id, "of_claim": row.looks} for row in rows])


async def _claim(work: UnitOfWork, portal: str) -> Sequence[AnyRow]:
    """Many, as one page may show many of them. `looks` of the rows is the number of this claim, its fence."""
    named = {"on_portal": portal, "now": work.now, "until": work.now + LOOK_LEASE}
    taken = (await work.connection.execute(_CLAIM, named)).scalars().all()
    return await placements.with_content(work.connection, portal, taken)


# Made once: building them takes longer than carrying them out for a few rows.
_NEXT = select(func.min(placement.c.next_look_at)).where(
    placement.c.portal == bindparam("on_portal"),
    placement.c.next_look_at.is_not(None),
    placement.c.portal_key.is_not(None),
)
_DUE = (
    select(placement.c.record_id, placement.c.portal)
    .where(
        placement.c.portal == bindparam("on_portal"),
        placement.c.next_look_at <= bindparam("now"),
        placement.c.portal_key.is_not(None),
    )
    .order_by(placement.c.take_down.desc(), placement.c.next_look_at)
    .limit(LOOKS_A_CLAIM)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(placement)
    .where(tuple_(placement.c.record_id, placement.c.portal).in_(_DUE))
    .values(next_look_at=bindparam("until"), looks=placement.c.looks + 1)
    .returning(placement.c.record_id)
)
