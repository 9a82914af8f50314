"""Level-driven jobs of sync: look, collect receipts, send again what waits, reconcile."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from services.sync import placements, wake
from services.sync.buckets import store as buckets
from services.sync.buckets.watch import watch_digests
from services.sync.dead_letters.office import tell_dead_letters
from services.sync.domain.channel import QuietHours
from services.sync.domain.patience import LOOKS_A_CLAIM
from services.sync.look_claims import next_look
from services.sync.metrics import RUNS_WAITING, VERIFIED_AGE
from services.sync.order import Adapters
from services.sync.portals.base import PortalAdapter
from services.sync.receipts import collect_receipts, next_question
from services.sync.reconciliation import waits
from services.sync.reconciliation.ask import request
from services.sync.reconciliation.domain.obstacle import Obstacle
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.mend_approved import mend_approved, tell_awaiting
from services.sync.reconciliation.reconcile import ReconcileDesk
from services.sync.sentinel import EVERY_SECONDS as EVERY
from services.sync.sentinel import probe
from services.sync.tables import calendar_year, placement, watermark
from services.sync.verify import verify
from services.sync.waiting import tell_waiting
from services.sync.watch.sample import take_samples
from shared.calendars.book import CalendarBook
from shared.calendars.keep import EVERY_SECONDS, keep_calendar
from shared.contracts.events import PushOrdered
from shared.database.types import AnyRow
from shared.messaging.topology import push_queue
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.runtime import Ground
from shared.timers import Daily, Timer
from shared.vocabulary import Portal

AGAIN_AT_ONCE = 2_000
CROWD, GATHERING_SECONDS = 32, 1.0
"""So many looks at once are a crowd, and so long its rest is waited for."""

AUDIT_SECONDS = 6 * 3600.0
_WHOLE = select(watermark.c.portal, watermark.c.verified_through).where(
    watermark.c.district == "", watermark.c.kind == ""
)
LOST_AFTER = timedelta(seconds=60)
"""An order that nobody has taken up for so long has lost its message."""


def timers(
    ground: Ground,
    adapters: Adapters,
    limit: MendingLimit,
    reconcile_cron: str,
    quiet_at: Callable[[Portal], QuietHours | None] = lambda _: None,
) -> list[Timer]:
    """All timers of sync, in no order that matters."""
    book = CalendarBook(calendar_year)

    paces = {portal: adapter.limits.pace for portal, adapter in adapters.items()}

    async def keep_dues() -> int:
        return await keep_calendar(ground.database, ground.clock, book, placement)

    async def ask_for_runs(work: UnitOfWork) -> None:
        await request(work, adapters, quiet_at=quiet_at)

    return [
        *(_looking(ground, adapters, portal) for portal in adapters),
        *(_collecting(ground, adapters, portal, book) for portal in adapters),
        *(_watching(ground, adapters, portal, quiet_at(portal)) for portal in adapters),
        Timer("sync.waiting", 10.0, lambda: tell_waiting(ground.database, ground.clock, paces)),
        Timer("sync.push_again", 1.0, lambda: push_again(ground)),
        *(_reconciling(ground, adapters, portal, limit, quiet_at(portal)) for portal in adapters),
        Timer("sync.calendar", EVERY_SECONDS, keep_dues),
        Timer("sync.mend_approved", 1.0, lambda: mend_approved(ground.database, ground.clock, adapters, quiet_at)),
        Timer("sync.awaiting_people", 15.0, lambda: tell_awaiting(ground.database)),
        Timer("sync.fold_digests", 1.0, lambda: buckets.fold(ground.database, ground.clock)),
        Timer("sync.audit_digests", AUDIT_SECONDS, lambda: watch_digests(ground.database, ground.clock, adapters)),
        Timer("sync.samples", 30.0, lambda: take_samples(ground.database, ground.clock)),
        Timer("sync.verified_age", 5.0, lambda: tell_verified_age(ground)),
        Timer("sync.dead_letters", 15.0, lambda: tell_dead_letters(ground.bus)),
        Daily("sync.daily_reconciliation", reconcile_cron, ground.database, ground.clock, ask_for_runs).timer(),
    ]


def _looking(ground: Ground, adapters: Adapters, portal: Portal) -> Timer:
    """A crowd is looked at together, so that one page serves many: what comes right behind it is waited for."""
    adapter, name, database = adapters[portal], wake.looks(portal), ground.database
    look = wake.when_due(
        name,
        database,
        lambda: next_look(database, portal),
        ground.clock,
        lambda: verify(database, ground.clock, adapter),
    )
    return Timer(f"sync.verify.{portal}", 1.0, look, database.bells.of(name), _gather)


def _gather(looks: int) -> float:
    return GATHERING_SECONDS if CROWD <= looks < LOOKS_A_CLAIM else 0.0


def _collecting(ground: Ground, adapters: Adapters, portal: Portal, book: CalendarBook) -> Timer:
    adapter, name, database = adapters[portal], wake.receipts(portal), ground.database
    collect = wake.when_due(
        name,
        database,
        lambda: next_question(database, portal),
        ground.clock,
        lambda: collect_receipts(database, ground.clock, adapter, book),
    )
    return Timer(f"sync.receipts.{portal}", 1.0, collect, database.bells.of(name))


def _watching(ground: Ground, adapters: Adapters, portal: Portal, quiet: QuietHours | None) -> Timer:
    adapter = adapters[portal]
    return Timer(f"sync.sentinel.{portal}", EVERY, lambda: probe(ground.database, ground.clock, adapter, quiet))


def _reconciling(
    ground: Ground, adapters: Adapters, portal: Portal, limit: MendingLimit, quiet: QuietHours | None
) -> Timer:
    """One a portal: a portal that answers slowly, or not at all, keeps no other waiting (guarantee G09)."""
    adapter, name = adapters[portal], wake.runs(portal)
    return Timer(
        f"sync.reconcile.{portal}",
        2.0,
        lambda: reconcile_requested(ground, adapter, limit, quiet),
        ground.database.bells.of(name),
    )


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


async def reconcile_requested(
    ground: Ground, adapter: PortalAdapter, limit: MendingLimit, quiet: QuietHours | None = None
) -> int:
    """Carry out one run of a portal that was asked for; returns how many. None while the portal may not be read."""
    run = await waits.take(ground.database, ground.clock, adapter.portal, quiet)
    if run is None:
        return 0
    await ReconcileDesk(ground.database, ground.clock, adapter, limit, quiet=quiet).run(run)
    return 1


async def tell_verified_age(ground: Ground) -> int:
    """Publish how old the last complete scan of each portal is, and how many runs wait for what."""
    async with ground.database.reading() as connection:
        rows = (await connection.execute(_WHOLE)).all()
        waiting = {(row.portal, row.waits_for): row.runs for row in await waits.waiting(connection)}
    for portal in Portal:
        for reason in Obstacle:
            RUNS_WAITING.labels(portal, reason).set(waiting.get((portal, reason), 0))
    for row in rows:
        VERIFIED_AGE.labels(row.portal).set((ground.clock.now() - row.verified_through).total_seconds())
    return 0
