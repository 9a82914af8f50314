"""Carry out approved mending, some differences at a time, each looked at once more: days may have passed (G08).

What is as wanted by now is closed and not ordered, nor is what got a newer order that is still on its way; what
cannot be looked at stays with people.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import or_, select, update

from services.sync import placements, sightings
from services.sync.budget import budget
from services.sync.domain.channel import Errand
from services.sync.look import Look, look_at
from services.sync.metrics import AWAITING
from services.sync.order import Adapters
from services.sync.portals.base import PortalAdapter, Sight
from services.sync.portals.spending import paid_by
from services.sync.reconciliation import approvals, findings
from services.sync.reconciliation.compare import is_settled
from services.sync.reconciliation.mend import order_again
from services.sync.reconciliation.runs import SETTLE
from services.sync.reconciliation.tables import mending_approval as approval
from services.sync.tables import drift
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.leases import BEATS_A_LEASE, renewed
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import DriftKind, Portal

AT_ONCE = 100
LEASE = timedelta(seconds=60)
"""How long a worker keeps a part of an approval unless it renews it: so long a killed one keeps it waiting."""

LONGEST = timedelta(minutes=30)
"""A hundred looks at a slow portal take minutes; what takes longer than this hangs."""


async def mend_approved(database: Database, clock: Clock, adapters: Adapters) -> int:
    """The next part of one approval; how many differences were looked at, and 1 for an approval that ended."""
    async with unit_of_work(database, clock) as work:
        await approvals.expire(work)
        order = await _take(work)
        some = await _next(work, order) if order else []
        if order and not some:
            await _finish(work, order)
    if order is None:
        return 0
    if some:
        await _mend(database, clock, adapters[Portal(order.portal)], order, some)
    return len(some) or 1


async def _take(work: UnitOfWork) -> AnyRow | None:
    columns = approval.c
    free = (
        select(columns.approval_id)
        .where(columns.state == "approved", or_(columns.lease_until.is_(None), columns.lease_until < work.now))
        .order_by(columns.approval_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(approval)
        .where(columns.approval_id == free.scalar_subquery())
        .values(lease_until=work.now + LEASE)
        .returning(approval)
    )
    taken: AnyRow | None = (await work.connection.execute(statement)).one_or_none()
    return taken


async def _next(work: UnitOfWork, order: AnyRow) -> Sequence[AnyRow]:
    columns = drift.c
    statement = (
        select(columns.drift_id, columns.record_id, columns.kind)
        .where(
            columns.run_id == order.run_id,
            columns.held,
            columns.mended_at.is_(None),
            columns.drift_id > order.position,
        )
        .order_by(columns.drift_id)
        .limit(AT_ONCE)
    )
    return (await work.connection.execute(statement)).all()


async def _mend(
    database: Database, clock: Clock, adapter: PortalAdapter, order: AnyRow, some: Sequence[AnyRow]
) -> None:
    async with database.reading() as connection:
        rows = await placements.with_content(connection, adapter.portal, {row.record_id for row in some})
    today = legal_date(clock.now())
    looks = await _looks(database, clock, adapter, order, [row for row in rows if not findings.too_early(row, today)])
    doubled = {row.record_id for row in some if row.kind == DriftKind.DUPLICATE}
    differing = [look.placement for look in looks if _still_differs(look, doubled)]
    unlike = [row for row in differing if is_settled(row, clock.now() - SETTLE)]
    replaced = {row.record_id for row in differing} - {row.record_id for row in unlike}
    unknown = {look.placement.record_id for look in looks if look.sighting.sight is Sight.UNKNOWN}
    async with unit_of_work(database, clock) as work:
        if not await _go_on(work, order, some[-1].drift_id, len(some), len(unlike), len(unknown)):
            return
        await sightings.note_sights(work, adapter.portal, looks)
        ordered = {row.record_id for row in unlike}
        gone = [row.drift_id for row in some if row.record_id not in ordered | unknown | replaced]
        await _settle(work, gone, ordered=False)
        await _release(work, [row.drift_id for row in some if row.record_id in replaced])
        await _settle(work, [row.drift_id for row in some if row.record_id in ordered], ordered=True)
        await order_again(work, adapter.portal, unlike, actor=order.decided_by, reason=order.decision_reason)


async def _looks(
    database: Database, clock: Clock, adapter: PortalAdapter, order: AnyRow, rows: Sequence[AnyRow]
) -> list[Look]:
    async def renew() -> bool:
        async with unit_of_work(database, clock) as work:
            return await _keep(work, order)

    with paid_by(budget(database, clock, adapter, Errand.LOOK)):
        return await renewed(look_at(adapter, rows), renew, every=LEASE / BEATS_A_LEASE, longest=LONGEST)


async def _keep(work: UnitOfWork, order: AnyRow) -> bool:
    """Hold this part for longer; False when somebody else did it, or the approval has ended."""
    columns = approval.c
    mine = columns.approval_id == order.approval_id, columns.position == order.position, columns.state == "approved"
    statement = update(approval).where(*mine).values(lease_until=work.now + LEASE)
    return bool((await work.connection.execute(statement)).rowcount)


def _still_differs(look: Look, doubled: Collection[str]) -> bool:
    """That a list shows it twice no look at its page can tell; the run had confirmed it."""
    if look.sighting.sight is Sight.UNKNOWN:
        return False
    return not look.as_wanted or (look.placement.record_id in doubled and not look.placement.take_down)


async def _go_on(work: UnitOfWork, order: AnyRow, position: str, looked_at: int, ordered: int, unknown: int) -> bool:
    """Note how far it came; False when it expired, or somebody else did this part."""
    statement = (
        update(approval)
        .where(
            approval.c.approval_id == order.approval_id,
            approval.c.state == "approved",
            approval.c.position == order.position,
            approval.c.expires_at > work.now,
        )
        .values(
            position=position,
            lease_until=None,
            ordered=approval.c.ordered + ordered,
            unknown=approval.c.unknown + unknown,
            vanished=approval.c.vanished + looked_at - ordered - unknown,
        )
        .returning(approval.c.approval_id)
    )
    return (await work.connection.execute(statement)).one_or_none() is not None


async def _settle(work: UnitOfWork, drift_ids: Sequence[str], *, ordered: bool) -> None:
    """These wait for nobody any more: they were ordered again, or are as wanted by now."""
    if drift_ids:
        values = {"mend_ordered_at": work.now} if ordered else {"mended_at": work.now}
        await work.connection.execute(
            update(drift).where(drift.c.drift_id.in_(drift_ids)).values(held=False, confirmed=True, **values)
        )


async def _release(work: UnitOfWork, drift_ids: Sequence[str]) -> None:
    """A newer order is on its way: what the looks at that one see is theirs to tell."""
    if drift_ids:
        await work.connection.execute(update(drift).where(drift.c.drift_id.in_(drift_ids)).values(held=False))


async def _finish(work: UnitOfWork, order: AnyRow) -> None:
    await work.connection.execute(
        update(approval)
        .where(approval.c.approval_id == order.approval_id)
        .values(state="done", finished_at=work.now, lease_until=None)
    )
    told = {"state": "done", "ordered": order.ordered, "vanished": order.vanished, "unknown": order.unknown}
    work.audit(Act(Action.MENDING_FINISHED, system("sync.mend_approved"), order.run_id, payload=told))


async def tell_awaiting(database: Database) -> int:
    """Publish how many differences of each portal wait for people."""
    async with database.reading() as connection:
        for portal, count in (await approvals.held_by_portal(connection)).items():
            AWAITING.labels(portal).set(count)
    return 0
