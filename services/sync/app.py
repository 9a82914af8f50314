"""Wiring of sync, and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.sync import tables
from services.sync.api import channels, placements
from services.sync.api.views import SyncDesk
from services.sync.certificates import api as certificates
from services.sync.certificates.issue import Press
from services.sync.dead_letters.api import dead_letter_router
from services.sync.dead_letters.office import DeadLetterOffice
from services.sync.decided.api import checks
from services.sync.decided.timers import OpenSource
from services.sync.decided.timers import timers as decided_timers
from services.sync.domain.channel import QuietHours
from services.sync.freshness import verified_freshness
from services.sync.handlers import Handlers
from services.sync.portals.base import PortalAdapter
from services.sync.problems.api import problems
from services.sync.push import PushDesk
from services.sync.reconciliation.api import approvals, history, progress, reports
from services.sync.reconciliation.api import runs as reconciliations
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.settings import SyncSettings
from services.sync.timers import timers
from services.sync.watch.api import attempts, matrix, names
from services.sync.watch.api import health as portal_health
from services.sync.watch.api import record as record_watch
from services.sync.watch.counts import CountsMemory
from services.sync.webhooks.api import deliveries, feed, state, subscribers
from services.sync.webhooks.api.views import Subscriptions
from services.sync.webhooks.deliver import Dealt, Deliverer
from services.sync.webhooks.egress import egress_of_lanes
from services.sync.webhooks.feed import Watch
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.timers import webhook_timers
from shared.calendars.book import CalendarBook
from shared.contracts.envelope import Event
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.messaging.connect import open_bus
from shared.messaging.topology import push_queue
from shared.messaging.worker import work_queue
from shared.runtime import Ground, ServiceTables, Task, Worker
from shared.sealing import Sealer
from shared.vocabulary import Portal
from shared.web.app import create_api
from shared.web.audit import audit_router
from shared.web.health import Checks
from shared.web.parked import parked_router
from shared.web.rate import Buckets
from shared.web.rules import rules_router
from shared.web.scopes import Scope
from shared.web.verifier import verifier_for

NAME = "sync"
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)

PUBLICATIONS_AT_ONCE, TAKE_DOWNS_AT_ONCE = 5, 20
"""Messages of up to 100 orders that a push worker takes together: five fill a request to Credit China, and take-downs
come in small ones."""


def create_app(settings: SyncSettings, database: Database) -> FastAPI:
    """The HTTP side: what each portal shows, reconciliations on demand."""
    clock = settings.clock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        portals = list(Portal)
        app.state.desk = SyncDesk(
            database, clock, portals, CountsMemory(database, clock, portals), settings.paces(portals), settings.quiet_at
        )
        app.state.subscriptions = Subscriptions(
            _key_ring(settings), settings.egress_rules(), settings.max_subscribers, Watch(database)
        )
        app.state.certificate_limits = Buckets(
            burst=settings.certificate_burst, a_second=settings.certificate_requests_a_second
        )
        app.state.press = Press(settings.signing_keys(), settings.certificate_url)
        yield

    return create_api(
        NAME,
        "creditsync sync (同步)",
        routers=[
            placements.router,
            reconciliations.router,
            approvals.router,
            reports.router,
            history.router,
            checks.router,
            progress.router,
            channels.router,
            matrix.router,
            names.router,
            record_watch.router,
            portal_health.router,
            attempts.router,
            problems.router,
            certificates.router,
            certificates.public_router,
            subscribers.router,
            deliveries.router,
            feed.router,
            state.router,
            audit_router(database),
            rules_router(NAME),
            parked_router(database, clock, Scope.SYNC_READ),
            dead_letter_router(database, clock, _office(settings)),
        ],
        settings=settings,
        verifier=verifier_for(settings, clock),
        lifespan=lifespan,
        checks=Checks(
            ready={"database": database.check},
            fresh={
                "outbox": outbox_freshness(database, clock),
                "verified_through": verified_freshness(database, clock),
            },
        ),
    )


def create_worker(
    settings: SyncSettings,
    ground: Ground,
    adapters: Mapping[Portal, PortalAdapter],
    decided: OpenSource | None = None,
) -> Worker:
    """The background side: orders, pushes, looks, receipts and reconciliations; with a way to disclosure also the
    comparison with what it decided."""
    handlers = Handlers(adapters, CalendarBook(tables.calendar_year))
    limit = MendingLimit(settings.mend_records, settings.mend_share)
    dealt = Dealt()
    return Worker(
        ground,
        handlers={
            "sync.take_downs": handlers.take_downs,
            "sync.publications": handlers.publications,
            "sync.calendar": handlers.calendar,
        },
        gathers=("sync.take_downs",),
        timers=[
            *timers(ground, adapters, limit, settings.reconcile_cron, settings.quiet_at),
            *webhook_timers(ground, settings.feed_days, settings.delivery_days, dealt),
            *(decided_timers(ground, decided, settings.decided_cron) if decided else []),
        ],
        tasks=[
            _deliverer(settings, ground, dealt).run,
            *_push_tasks_of_all(settings, ground, adapters),
        ],
        open_things=[adapter.open for adapter in adapters.values()],
        close_things=[adapter.close for adapter in adapters.values()],
    )


def _office(settings: SyncSettings) -> DeadLetterOffice:
    return DeadLetterOffice(lambda: open_bus(settings.bus_address(), f"{NAME}-dead-letters"))


def _deliverer(settings: SyncSettings, ground: Ground, dealt: Dealt) -> Deliverer:
    egress = egress_of_lanes(settings.egress_rules())
    return Deliverer(ground.database, ground.clock, _key_ring(settings), egress, settings.webhook_pause(), dealt)


def _key_ring(settings: SyncSettings) -> KeyRing:
    return KeyRing(lambda: Sealer(*settings.person_keys()))


def _push_tasks_of_all(settings: SyncSettings, ground: Ground, adapters: Mapping[Portal, PortalAdapter]) -> list[Task]:
    return [
        task for portal, adapter in adapters.items() for task in _push_tasks(ground, adapter, settings.quiet_at(portal))
    ]


def _push_tasks(ground: Ground, adapter: PortalAdapter, quiet: QuietHours | None) -> Sequence[Task]:
    """Two queues and two workers a portal: take-downs never wait behind publications (guarantee G09)."""
    desk = PushDesk(ground.database, ground.clock, adapter, quiet)

    def worker(*, take_down: bool) -> Task:
        async def push(events: Sequence[Event[Any]]) -> None:
            await desk.push(len(events), take_downs_only=take_down)

        queue, at_once = (
            push_queue(adapter.portal, take_down=take_down),
            TAKE_DOWNS_AT_ONCE if take_down else PUBLICATIONS_AT_ONCE,
        )
        return lambda stop: work_queue(ground.bus, queue, push, prefetch=at_once, merge=at_once, stop=stop)

    return [worker(take_down=take_down) for take_down in (True, False)]
