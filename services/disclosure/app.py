"""Wiring of disclosure, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.disclosure import tables
from services.disclosure.api import publications
from services.disclosure.api.publications import DisclosureDesk
from services.disclosure.handlers import Handlers
from services.disclosure.rules import load_law
from services.disclosure.settings import DisclosureSettings
from services.disclosure.take_down import expire
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.messaging.unit_of_work import unit_of_work
from shared.runtime import Ground, ServiceTables, Worker
from shared.timers import Timer
from shared.web.app import create_api
from shared.web.health import Checks
from shared.web.verifier import verifier_for

NAME = "disclosure"
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)


def create_app(settings: DisclosureSettings, database: Database) -> FastAPI:
    """The HTTP side: answers where a record is shown, until when, and why."""
    clock = settings.clock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        app.state.desk = DisclosureDesk(database)
        yield

    return create_api(
        NAME,
        "creditsync disclosure (公示)",
        routers=[publications.router],
        settings=settings,
        verifier=verifier_for(settings, clock),
        lifespan=lifespan,
        checks=Checks(ready={"database": database.check}, fresh={"outbox": outbox_freshness(database, clock)}),
    )


def create_worker(settings: DisclosureSettings, ground: Ground) -> Worker:
    """The background side: judges records, ends windows on their day."""
    handlers = Handlers(load_law())

    async def expire_due() -> int:
        async with unit_of_work(ground.database, ground.clock) as work:
            return await expire(work)

    return Worker(
        ground,
        handlers={"disclosure.records": handlers.records, "disclosure.repairs": handlers.repairs},
        timers=[Timer("disclosure.expire", settings.expiry_seconds, expire_due)],
    )
