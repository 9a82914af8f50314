"""Wiring of sync, and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from services.sync import tables
from services.sync.api import placements, reconciliations
from services.sync.api.views import SyncDesk
from services.sync.freshness import verified_freshness
from services.sync.handlers import Handlers
from services.sync.portals.base import PortalAdapter
from services.sync.push import PushDesk
from services.sync.reconcile import MendingLimit
from services.sync.settings import SyncSettings
from services.sync.timers import timers
from shared.contracts.envelope import Event
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.messaging.topology import push_queue
from shared.messaging.worker import work_queue
from shared.runtime import Ground, ServiceTables, Task, Worker
from shared.vocabulary import Portal
from shared.web.app import create_api
from shared.web.health import Checks
from shared.web.verifier import verifier_for

NAME = "sync"
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)

MESSAGES_AT_ONCE = 5
"""Messages of up to 100 orders that a push worker takes together: one full request to Credit China."""


def create_app(settings: SyncSettings, database: Database) -> FastAPI:
    """The HTTP side: what each portal shows, reconciliations on demand."""
    clock = settings.clock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        app.state.desk = SyncDesk(database, clock, list(Portal))
        yield

    return create_api(
        NAME,
        "creditsync sync (同步)",
        routers=[placements.router, reconciliations.router],
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


def create_worker(settings: SyncSettings, ground: Ground, adapters: Mapping[Portal, PortalAdapter]) -> Worker:
    """The background side: orders, pushes, looks, receipts and reconciliations."""
    handlers = Handlers(adapters)
    limit = MendingLimit(settings.mend_records, settings.mend_share)
    return Worker(
        ground,
        handlers={"sync.take_downs": handlers.take_downs, "sync.publications": handlers.publications},
        timers=timers(ground, adapters, limit, settings.reconcile_cron),
        tasks=[task for adapter in adapters.values() for task in _push_tasks(ground, adapter)],
        open_things=[adapter.open for adapter in adapters.values()],
        close_things=[adapter.close for adapter in adapters.values()],
    )


def _push_tasks(ground: Ground, adapter: PortalAdapter) -> Sequence[Task]:
    """Two queues and two workers a portal: take-downs never wait behind publications (guarantee G09)."""
    desk = PushDesk(ground.database, ground.clock, adapter)

    async def push(events: Sequence[Event[Any]]) -> None:
        await desk.push({event.data.record_id for event in events})

    def worker(queue: str) -> Task:
        return lambda stop: work_queue(
            ground.bus, queue, push, prefetch=MESSAGES_AT_ONCE, merge=MESSAGES_AT_ONCE, stop=stop
        )

    return [worker(push_queue(adapter.portal, take_down=take_down)) for take_down in (True, False)]
