"""Level-driven jobs of sync: look, collect receipts, send again what waits, reconcile."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from sqlalchemy import select

from services.sync import placements, runs
from services.sync.metrics import VERIFIED_AGE
from services.sync.order import Adapters
from services.sync.push import PushDesk
from services.sync.reconcile import MendingLimit, ReconcileDesk
from services.sync.tables import watermark
from services.sync.verify import verify
from shared.contracts.events import PushOrdered
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
        Timer("sync.reconcile", 0.5, lambda: reconcile_requested(ground, adapters, limit)),
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


async def push_again(ground: Ground) -> int:
    """Send the workers after orders whose time has come again, unless their queue still holds work."""
    depths = await ground.bus.depths()
    idle = [portal for portal in Portal if not any(depths.get(queue) for queue in _queues(portal))]
    async with unit_of_work(ground.database, ground.clock) as work:
        rows = await placements.due_for_push(work, idle, lost_before=work.now - LOST_AFTER, limit=AGAIN_AT_ONCE)
        work.tell(
            *(
                PushOrdered(
                    record_id=row.record_id,
                    generation=row.generation,
                    portal=Portal(row.portal),
                    take_down=row.take_down,
                )
                for row in rows
            )
        )
    return 0


def _queues(portal: Portal) -> Iterable[str]:
    return (push_queue(portal, take_down=take_down) for take_down in (True, False))


async def reconcile_requested(ground: Ground, adapters: Adapters, limit: MendingLimit) -> int:
    """Carry out the runs that were asked for; returns how many."""
    async with unit_of_work(ground.database, ground.clock) as work:
        await runs.give_up_abandoned(work)
        requested = await runs.take_requested(work)
    for run in requested:
        desk = ReconcileDesk(ground.database, ground.clock, adapters[Portal(run.portal)], limit)
        await desk.run(run.run_id)
    return len(requested)


async def tell_verified_age(ground: Ground) -> int:
    """Publish how old the last complete scan of each portal is."""
    async with ground.database.reading() as connection:
        rows = (await connection.execute(select(watermark.c.portal, watermark.c.verified_through))).all()
    for row in rows:
        VERIFIED_AGE.labels(row.portal).set((ground.clock.now() - row.verified_through).total_seconds())
    return 0
