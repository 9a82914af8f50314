"""Wiring of repair, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.repair import handlers, tables
from services.repair.api import applications
from services.repair.api.applications import RepairDesk
from services.repair.settings import RepairSettings
from services.repair.timers import timers
from shared.calendars.book import CalendarBook
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.runtime import Ground, ServiceTables, Worker
from shared.web.app import create_api
from shared.web.audit import audit_router
from shared.web.health import Checks
from shared.web.verifier import verifier_for

NAME = "repair"
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)


def create_app(settings: RepairSettings, database: Database) -> FastAPI:
    """The HTTP side: applications and decisions."""
    clock = settings.clock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        app.state.desk = RepairDesk(database, clock, CalendarBook(tables.calendar_year))
        yield

    return create_api(
        NAME,
        "creditsync repair (信用修复)",
        routers=[applications.router, audit_router(database)],
        settings=settings,
        verifier=verifier_for(settings, clock),
        lifespan=lifespan,
        checks=Checks(ready={"database": database.check}, fresh={"outbox": outbox_freshness(database, clock)}),
    )


def create_worker(ground: Ground) -> Worker:
    """The background side: what is shown, what was seen to be gone, announced years."""
    return Worker(
        ground,
        handlers={
            "repair.publications": handlers.publications,
            "repair.observations": handlers.observations,
            "repair.calendar": handlers.calendar,
        },
        timers=timers(ground),
    )
