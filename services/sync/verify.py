"""Look whether a portal obeyed (核验).

A take-down is complete only when a look finds the record in neither detail, search nor list (guarantee G05). A look
that cannot be made tells nothing. No transaction is open while the portal is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from services.sync import channel, look_claims, sightings
from services.sync.budget import budget
from services.sync.domain.channel import Errand
from services.sync.domain.patience import LOOK_LEASE, LOOKS_BEGIN_WITHIN, LOOKS_KEPT
from services.sync.look import look_at
from services.sync.look_claims import LookClaim
from services.sync.portals.base import PortalAdapter
from services.sync.portals.spending import paid_by
from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.leases import BEATS_A_LEASE, renewed
from shared.messaging.unit_of_work import unit_of_work


@dataclass(frozen=True)
class Watch:
    """How the time of a claim is measured: the clock of the house may jump. `renew_every` is the pause between two
    renewals."""

    seconds: Callable[[], float] = stopwatch
    renew_every: timedelta = LOOK_LEASE / BEATS_A_LEASE


_USUAL = Watch()


async def verify(database: Database, clock: Clock, adapter: PortalAdapter, watch: Watch = _USUAL) -> int:
    """Look at the placements whose time has come, take-downs first; returns how many."""
    began, purse = watch.seconds(), budget(database, clock, adapter, Errand.LOOK)
    async with unit_of_work(database, clock) as work:
        held = await channel.reads_are_held(work, adapter.portal)
        claim = None if held else await look_claims.take(work, adapter.portal)
        if claim:
            await purse.begin(work)
    if claim is None:
        return 0

    def is_over() -> bool:
        return purse.refused or watch.seconds() - began >= LOOKS_BEGIN_WITHIN

    with paid_by(purse):
        looking = look_at(adapter, claim.rows, until=is_over)
        renew = partial(_renew, database, clock, claim)
        looks = await renewed(looking, renew, every=watch.renew_every, longest=LOOKS_KEPT)
    async with unit_of_work(database, clock) as work:
        await sightings.note(work, adapter.portal, looks, claim)
        seen = {look.placement.record_id for look in looks}
        await look_claims.give_back(work, claim, [row for row in claim.rows if row.record_id not in seen])
        await purse.end(work)
    return len(looks)


async def _renew(database: Database, clock: Clock, claim: LookClaim) -> bool:
    """Hold the claim for longer. What it is fenced by changes only when that is committed."""
    async with unit_of_work(database, clock) as work:
        until = await look_claims.keep(work, claim)
    claim.until = until or claim.until
    return until is not None
