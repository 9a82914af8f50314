"""Wiring of ingest, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.ingest import handlers, tables
from services.ingest.api import batches, records, subject_statuses
from services.ingest.api.desk import IngestDesk
from services.ingest.data_sharing import timers as sharing_timers
from services.ingest.data_sharing.api import counties as sharing_counties
from services.ingest.data_sharing.api import days as sharing_days
from services.ingest.data_sharing.api import tickets as sharing_tickets
from services.ingest.day import DayBook
from services.ingest.duties import api as duties
from services.ingest.identity.api import identity
from services.ingest.imports.api import progress, uploads
from services.ingest.imports.freshness import imports_freshness
from services.ingest.imports.timers import import_timers, spool_of
from services.ingest.imports.upload import UploadDesk
from services.ingest.originals import api as originals
from services.ingest.permission_catalogue import api as permission_catalogue
from services.ingest.provincial_list import timers as list_timers
from services.ingest.provincial_list.api import lists as provincial_lists
from services.ingest.provincial_list.api import subjects as discredited_subjects
from services.ingest.quarantine.api import routes as quarantine_routes
from services.ingest.quarantine.timers import quarantine_timers
from services.ingest.registry.api import subjects as registered_subjects
from services.ingest.settings import IngestSettings
from services.ingest.sources import api as source_map
from services.ingest.timers import timers
from shared.calendars.book import CalendarBook
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.runtime import Ground, ServiceTables, Worker
from shared.sealing import Sealer
from shared.timers import Timer
from shared.web.app import create_api
from shared.web.audit import audit_router
from shared.web.health import Checks
from shared.web.parked import parked_router
from shared.web.rules import rules_router
from shared.web.scopes import Scope
from shared.web.verifier import verifier_for

NAME = "ingest"
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)


def create_app(settings: IngestSettings, database: Database) -> FastAPI:
    """The HTTP side: takes batches, answers receipts."""
    clock = settings.clock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        sealer = Sealer(*settings.person_keys())
        app.state.desk = IngestDesk(database, clock, sealer, DayBook(), settings.max_batch_rows, app.state.precedence)
        app.state.calendars = CalendarBook(tables.calendar_year)
        app.state.usual_rhythm = settings.source_expected_working_days
        app.state.county_rhythm = settings.county_expected_working_days
        app.state.uploads = UploadDesk(
            database,
            clock,
            spool_of(settings),
            settings.import_max_bytes,
            settings.import_uploads,
            settings.max_body_bytes,
        )
        yield

    return create_api(
        NAME,
        "creditsync ingest (归集)",
        routers=[
            batches.router,
            records.router,
            originals.router,
            subject_statuses.router,
            uploads.router,
            progress.router,
            quarantine_routes.router,
            source_map.router,
            duties.router,
            sharing_days.router,
            sharing_tickets.router,
            sharing_counties.router,
            registered_subjects.router,
            identity.router,
            provincial_lists.router,
            discredited_subjects.router,
            permission_catalogue.router,
            audit_router(database),
            rules_router(NAME),
            parked_router(database, clock, Scope.INGEST_READ),
        ],
        settings=settings,
        verifier=verifier_for(settings, clock),
        lifespan=lifespan,
        checks=Checks(
            ready={"database": database.check},
            fresh={"outbox": outbox_freshness(database, clock), **imports_freshness(settings, database)},
        ),
    )


def create_worker(settings: IngestSettings, ground: Ground) -> Worker:
    """The background side: the relay that carries the outbox to the broker, readers of imports, announced years."""
    imports = import_timers(settings, ground, DayBook())
    return Worker(
        ground,
        handlers={
            "ingest.calendar": handlers.calendar,
            "ingest.objections": handlers.Objections(DayBook(), Sealer(*settings.person_keys())),
        },
        timers=[*imports.timers, *timers(ground), *quarantine_timers(settings, ground), *_sharing(settings, ground)],
        open_things=imports.opens,
        close_things=imports.closes,
    )


def _sharing(settings: IngestSettings, ground: Ground) -> list[Timer]:
    watch = sharing_timers.timers(
        ground.database,
        ground.clock,
        CalendarBook(tables.calendar_year),
        every_seconds=settings.source_check_seconds,
        usual=settings.source_expected_working_days,
        of_a_county=settings.county_expected_working_days,
    )
    return [*watch, *list_timers.timers(ground.database, ground.clock)]
