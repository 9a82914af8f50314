"""Carry out approved mending, some differences at a time, each looked at once more: days may have passed (G08).

What is as wanted by now is not ordered, nor is what got a newer order that is still on its way: the looks that prove it
close it. While the portal may not be read, or answers no look, the approval waits for as long as it lasts; what
alone cannot be looked at stays with people.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from services.sync import placements, sightings
from services.sync.budget import Budget, budget
from services.sync.domain.channel import Errand, QuietHours
from services.sync.look import Look, look_at
from services.sync.metrics import AWAITING
from services.sync.order import Adapters
from services.sync.portals.base import PortalAdapter, Sight
from services.sync.portals.spending import paid_by
from services.sync.reconciliation import approvals, findings, mending_claims
from services.sync.reconciliation.compare import is_settled
from services.sync.reconciliation.domain.obstacle import AGAIN, Held, QuietAt, after_refusal
from services.sync.reconciliation.mend import order_again
from services.sync.reconciliation.mending_claims import LEASE, MendingClaim, Outcome
from services.sync.reconciliation.obstacles import obstacle_met, obstacles
from services.sync.reconciliation.runs import SETTLE
from services.sync.tables import drift
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.leases import BEATS_A_LEASE, renewed
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import DriftKind

log = structlog.get_logger()

LONGEST = timedelta(minutes=30)
"""A hundred looks at a slow portal take minutes; what takes longer than this hangs."""


async def mend_approved(
    database: Database, clock: Clock, adapters: Adapters, quiet_at: QuietAt = lambda _: None
) -> int:
    """The next part of one approval; how many differences were looked at, and 1 for an approval that ended or waits."""
    async with unit_of_work(database, clock) as work:
        await approvals.expire(work)
        claim = await mending_claims.take(work)
        goes_on = claim is not None and await _may_go_on(work, claim, quiet_at)
    if claim is None:
        return 0
    if goes_on:
        await _mend(database, clock, adapters[claim.portal], quiet_at(claim.portal), claim)
    return len(claim.drifts) or 1


async def _may_go_on(work: UnitOfWork, claim: MendingClaim, quiet_at: QuietAt) -> bool:
    """Whether there is anything left, and its portal may be read."""
    if not claim.drifts:
        await mending_claims.finish(work, claim)
        return False
    held = (await obstacles(work.connection, {claim.portal: quiet_at(claim.portal)}, work.now)).get(claim.portal)
    if held:
        log.info("mending_put_off", portal=claim.portal, run_id=claim.order.run_id, reason=held.by)
        await mending_claims.put_off(work, claim, held.until)
    return held is None


async def _mend(
    database: Database, clock: Clock, adapter: PortalAdapter, quiet: QuietHours | None, claim: MendingClaim
) -> None:
    async with database.reading() as connection:
        rows = await placements.with_content(connection, adapter.portal, {row.record_id for row in claim.drifts})
    today = legal_date(clock.now())
    to_see = [row for row in rows if not findings.too_early(row, today)]
    purse = budget(database, clock, adapter, Errand.LOOK)
    looks = await _looks(database, clock, adapter, purse, claim, to_see)
    seen = {look.placement.record_id: look for look in looks if look.sighting.sight is not Sight.UNKNOWN}
    unseen = {row.record_id for row in to_see} - seen.keys()
    async with unit_of_work(database, clock) as work:
        if await mending_claims.keep(work, claim) is None:
            return
        await sightings.note_sights(work, adapter.portal, looks)
        ordered = await _order_again(work, claim, list(seen.values()))
        await _settle(work, claim, ordered=ordered, seen=seen.keys(), unseen=unseen)
        again_at = await _again_at(work, claim, purse, quiet) if unseen and (purse.refused or not seen) else None
        await mending_claims.note(work, claim, _outcome(claim, ordered, unseen, again_at))


async def _looks(
    database: Database, clock: Clock, adapter: PortalAdapter, purse: Budget, claim: MendingClaim, rows: Sequence[AnyRow]
) -> list[Look]:
    async def renew() -> bool:
        async with unit_of_work(database, clock) as work:
            until = await mending_claims.keep(work, claim)
        claim.until = until or claim.until
        return until is not None

    with paid_by(purse):
        looking = look_at(adapter, rows, until=lambda: purse.refused)
        return await renewed(looking, renew, every=LEASE / BEATS_A_LEASE, longest=LONGEST)


async def _order_again(work: UnitOfWork, claim: MendingClaim, seen: Sequence[Look]) -> set[str]:
    """Order again what still differs; returns the records that were really ordered."""
    doubled = {row.record_id for row in claim.drifts if row.kind == DriftKind.DUPLICATE}
    unlike = [look.placement for look in seen if _still_differs(look, doubled)]
    rows = [row for row in unlike if is_settled(row, work.now - SETTLE)]
    order = claim.order
    done = await order_again(work, claim.portal, rows, actor=order.decided_by, reason=order.decision_reason)
    return {row.record_id for row in done}


def _still_differs(look: Look, doubled: Collection[str]) -> bool:
    """That a list shows it twice no look at its page can tell; the run had confirmed it."""
    return not look.as_wanted or (look.placement.record_id in doubled and not look.placement.take_down)


async def _settle(
    work: UnitOfWork, claim: MendingClaim, *, ordered: Collection[str], seen: Collection[str], unseen: Collection[str]
) -> None:
    """These wait for nobody any more, but for those that nobody could see. What was seen as wanted stays open until the
    look after the cache life agrees, and what has a newer order until the looks at that one do (guarantee G05)."""
    released = [row.drift_id for row in claim.drifts if row.record_id in seen]
    mends = [row.drift_id for row in claim.drifts if row.record_id in ordered]
    await work.connection.execute(update(drift).where(drift.c.drift_id.in_(released)).values(held=False))
    await findings.confirm(work, claim.portal, mends)
    await work.connection.execute(update(drift).where(drift.c.drift_id.in_(mends)).values(mend_ordered_at=work.now))
    unwanted = [row.drift_id for row in claim.drifts if row.record_id not in seen and row.record_id not in unseen]
    await findings.close_unwanted(work, claim.portal, unwanted)


async def _again_at(work: UnitOfWork, claim: MendingClaim, purse: Budget, quiet: QuietHours | None) -> datetime:
    """When the portal is asked again that turned looks away, or answered none."""
    held: Held | None = after_refusal(purse.resumes_at, work.now) if purse.refused else None
    held = held or await obstacle_met(work.connection, claim.portal, quiet, work.now, silent=True)
    soonest = work.now + AGAIN
    log.info("mending_put_off", portal=claim.portal, run_id=claim.order.run_id, reason=held and held.by)
    return max(held.until, soonest) if held else soonest


def _outcome(
    claim: MendingClaim, ordered: Collection[str], unseen: Collection[str], again_at: datetime | None
) -> Outcome:
    """In differences: a record may have more than one. What is tried again is not unknown yet."""
    mends = sum(row.record_id in ordered for row in claim.drifts)
    unknown = sum(row.record_id in unseen for row in claim.drifts)
    vanished = len(claim.drifts) - mends - unknown
    return Outcome(mends, vanished, 0 if again_at else unknown, again_at)


async def tell_awaiting(database: Database) -> int:
    """Publish how many differences of each portal wait for people."""
    async with database.reading() as connection:
        for portal, count in (await approvals.held_by_portal(connection)).items():
            AWAITING.labels(portal).set(count)
    return 0
