"""Look whether a portal obeyed (核验).

A take-down is complete only when a look finds the record in neither detail, search nor list (guarantee G05). A look
that cannot be made tells nothing. No transaction is open while the portal is asked.
"""

from collections.abc import Sequence

from sqlalchemy import select, tuple_, update

from services.sync import placements, sightings
from services.sync.domain.patience import LOOK_LEASE, TURNS_A_CLAIM
from services.sync.look import look_at
from services.sync.portals.base import PortalAdapter
from services.sync.tables import placement
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work


async def verify(database: Database, clock: Clock, adapter: PortalAdapter) -> int:
    """Look at the placements whose time has come, take-downs first; returns how many."""
    async with unit_of_work(database, clock) as work:
        rows = await _claim(work, adapter.portal, adapter.limits.looks_at_once * TURNS_A_CLAIM)
    if not rows:
        return 0
    looks = await look_at(adapter, rows)
    async with unit_of_work(database, clock) as work:
        await sightings.note(work, adapter.portal, looks)
    return len(looks)


async def _claim(work: UnitOfWork, portal: str, limit: int) -> Sequence[AnyRow]:
    """No more than can be looked at within the lease. `looks` of the rows is the number of this claim, its fence."""
    due = (
        select(placement.c.record_id, placement.c.portal)
        .where(placement.c.portal == portal, placement.c.next_look_at <= work.now, placement.c.portal_key.is_not(None))
        .order_by(placement.c.take_down.desc(), placement.c.next_look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(placement)
        .where(tuple_(placement.c.record_id, placement.c.portal).in_(due))
        .values(next_look_at=work.now + LOOK_LEASE, looks=placement.c.looks + 1)
        .returning(placement.c.record_id)
    )
    taken = (await work.connection.execute(claimed)).scalars().all()
    return await placements.with_content(work.connection, portal, taken)
