"""Level-driven jobs of sync: look, collect receipts, send again what waits, reconcile."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import select

from services.sync import placements, runs
from services.sync.metrics import VERIFIED_AGE
from services.sync.order import Adapters
from services.sync.portals.base import PortalAdapter
from services.sync.push import PushDesk
from services.sync.reconcile import MendingLimit, ReconcileDesk
from services.sync.tables import watermark
from services.sync.verify import verify
from shared.contracts.events import PushOrdered
from shared.database.types import AnyRow
from shared.messaging.topology import push_queue
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.runtime import Ground
from shared.timers import Daily, Timer
from shared.vocabulary import Portal

AGAIN_AT_ONCE = 2_000
LOST_AFTER = timedelta(seconds=60)
"""An order that nobody has taken up for so long has lost its message."""


def timers(ground: Ground, adapters: Adapters, limit: MendingLimit, reconcile_cron: str) -> list[Timer]:
    """All timers of sync, in no order that matters."""

    async def ask_for_runs(work: UnitOfWork) -> None:
        await runs.request(work, adapters)

    return [
        *(_looking(ground, adapters, portal) for portal in adapters),
        *(_collecting(ground, adapters, portal) for portal in adapters),
        Timer("sync.push_again", 1.0, lambda: push_again(ground)),
        *(_reconciling(ground, adapters, portal, limit) for portal in adapters),
        Timer("sync.verified_age", 5.0, lambda: tell_verified_age(ground)),
        Daily("sync.daily_reconciliation", reconcile_cron, ground.database, ground.clock, ask_for_runs).timer(),
    ]


def _looking(ground: Ground, adapters: Adapters, portal: Portal) -> Timer:
    adapter = adapters[portal]
    return Timer(f"sync.verify.{portal}", 0.2, lambda: verify(ground.database, ground.clock, adapter))


def _collecting(ground: Ground, adapters: Adapters, portal: Portal) -> Timer:
    desk = PushDesk(ground.database, ground.clock, adapters[portal])
    job: Callable[[], Awaitable[int]] = desk.collect_receipts
    return Timer(f"sync.receipts.{portal}", 0.2, job)


def _reconciling(ground: Ground, adapters: Adapters, portal: Portal, limit: MendingLimit) -> Timer:
    """One a portal: a portal that answers slowly, or not at all, keeps no other waiting (guarantee G09)."""
    adapter = adapters[portal]
    return Timer(f"sync.reconcile.{portal}", 0.5, lambda: reconcile_requested(ground, adapter, limit))


async def push_again(ground: Ground) -> int:
    """Send the workers after orders whose time has come again, unless their queue still holds work."""
    depths = await ground.bus.depths()
    async with unit_of_work(ground.database, ground.clock) as work:
        for take_down in (True, False):
            idle = [portal for portal in Portal if not depths.get(push_queue(portal, take_down=take_down))]
            rows = await placements.due_for_push(
                work, idle, take_down=take_down, lost_before=work.now - LOST_AFTER, limit=AGAIN_AT_ONCE
            )
            work.tell(*(_push_ordered(row) for row in rows))
    return 0


def _push_ordered(row: AnyRow) -> PushOrdered:
    return PushOrdered(
        record_id=row.record_id, generation=row.generation, portal=Portal(row.portal), take_down=row.take_down
    )


async def reconcile_requested(ground: Ground, adapter: PortalAdapter, limit: MendingLimit) -> int:
    """Carry out one run of a portal that was asked for; returns how many."""
    async with unit_of_work(ground.database, ground.clock) as work:
        await runs.give_up_abandoned(work, adapter.portal)
        run_id = await runs.take_requested(work, adapter.portal)
    if run_id is None:
        return 0
    await ReconcileDesk(ground.database, ground.clock, adapter, limit).run(run_id)
    return 1


async def tell_verified_age(ground: Ground) -> int:
    """Publish how old the last complete scan of each portal is."""
    async with ground.database.reading() as connection:
        rows = (await connection.execute(select(watermark.c.portal, watermark.c.verified_through))).all()
    for row in rows:
        VERIFIED_AGE.labels(row.portal).set((ground.clock.now() - row.verified_through).total_seconds())
    return 0
