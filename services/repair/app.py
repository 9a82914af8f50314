"""Wiring of repair, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.repair import handlers, tables
from services.repair.api.desk import RepairDesk
from services.repair.applications import tables as _applications  # noqa: F401 - its tables join the metadata
from services.repair.applications.api import acts, queue, reading, regradings
from services.repair.commitments import tables as _commitments  # noqa: F401
from services.repair.commitments.api import commitments
from services.repair.eligibility import tables as _eligibility  # noqa: F401
from services.repair.eligibility.api import eligibility
from services.repair.figures.api import figures
from services.repair.figures.timers import timers as figure_timers
from services.repair.materials import tables as _materials  # noqa: F401
from services.repair.materials.api import downloads, uploads
from services.repair.materials.api.desk import materials_desk
from services.repair.materials.timers import material_timers
from services.repair.measures import tables as _measures  # noqa: F401
from services.repair.measures.api import measures
from services.repair.notices.api import notices
from services.repair.objections import tables as _objections  # noqa: F401
from services.repair.objections.api import reading as objections
from services.repair.objections.api import steps as objection_steps
from services.repair.objections.timers import timers as objection_timers
from services.repair.reminders import tables as _reminders  # noqa: F401
from services.repair.reminders.api import routes as reminders
from services.repair.reminders.timers import timers as reminder_timers
from services.repair.reminders.wiring import post_of, ways_of
from services.repair.settings import RepairSettings
from services.repair.timers import timers
from services.repair.tracking import api as tracking
from shared.calendars.book import CalendarBook
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.runtime import Ground, ServiceTables, Worker
from shared.sealing import Sealer
from shared.web.app import create_api
from shared.web.audit import audit_router
from shared.web.health import Checks
from shared.web.parked import parked_router
from shared.web.rules import rules_router
from shared.web.scopes import Scope
from shared.web.verifier import verifier_for

NAME = "repair"
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)


def create_app(settings: RepairSettings, database: Database) -> FastAPI:
    """The HTTP side: applications and decisions."""
    clock = settings.clock()
    papers = materials_desk(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        app.state.desk = RepairDesk(database, clock, CalendarBook(tables.calendar_year))
        app.state.materials = papers
        app.state.sealer = Sealer(*settings.person_keys())
        app.state.contact_desk = reminders.ContactDesk(app.state.sealer, ways_of(settings))
        app.state.tracking_limits = tracking.tracking_limits(
            settings.tracking_burst, settings.tracking_requests_a_second
        )
        yield

    return create_api(
        NAME,
        "creditsync repair (信用修复)",
        routers=[
            reading.router,
            queue.router,
            acts.router,
            notices.router,
            regradings.router,
            measures.router,
            eligibility.router,
            uploads.router,
            downloads.router,
            commitments.router,
            objections.router,
            objection_steps.router,
            reminders.router,
            figures.router,
            tracking.router,
            audit_router(database),
            rules_router(NAME),
            parked_router(database, clock, Scope.REPAIR_READ),
        ],
        settings=settings,
        verifier=verifier_for(settings, clock),
        lifespan=lifespan,
        checks=Checks(ready={"database": database.check}, fresh={"outbox": outbox_freshness(database, clock)}),
    )


def create_worker(settings: RepairSettings, ground: Ground) -> Worker:
    """The background side: what is shown, what was seen to be gone, announced years."""
    post = post_of(settings, ground)
    return Worker(
        ground,
        handlers={
            "repair.publications": handlers.publications,
            "repair.observations": handlers.observations,
            "repair.list_entries": handlers.list_entries,
            "repair.calendar": handlers.calendar,
            "repair.remedies": handlers.remedies,
            "repair.reminders": handlers.reminders,
        },
        timers=[
            *timers(ground),
            *material_timers(settings, ground),
            *objection_timers(ground.database, ground.clock, CalendarBook(tables.calendar_year)),
            *reminder_timers(post.postman),
            *figure_timers(ground.database, ground.clock, CalendarBook(tables.calendar_year)),
        ],
        close_things=[post.egress.close],
    )
