"""Wiring of ingest, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.ingest import tables
from services.ingest.api import batches, records, subject_statuses
from services.ingest.api.desk import IngestDesk
from services.ingest.day import DayBook
from services.ingest.settings import IngestSettings
from shared.database.engine import Database
from shared.freshness import outbox_freshness
from shared.runtime import Ground, ServiceTables, Worker
from shared.sealing import Sealer
from shared.web.app import create_api
from shared.web.health import Checks
from shared.web.verifier import verifier_for

NAME = "ingest"
TABLES = ServiceTables(NAME, Path(__file__).parent / "migrations" / "versions", tables.metadata)


def create_app(settings: IngestSettings, database: Database) -> FastAPI:
    """The HTTP side: takes batches, answers receipts."""
    clock = settings.clock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.check()
        app.state.desk = IngestDesk(
            database, clock, Sealer(*settings.person_keys()), DayBook(), settings.max_batch_rows
        )
        yield

    return create_api(
        NAME,
        "creditsync ingest (归集)",
        routers=[batches.router, records.router, subject_statuses.router],
        settings=settings,
        verifier=verifier_for(settings, clock),
        lifespan=lifespan,
        checks=Checks(ready={"database": database.check}, fresh={"outbox": outbox_freshness(database, clock)}),
    )


def create_worker(ground: Ground) -> Worker:
    """The background side: the relay that carries the outbox to the broker."""
    return Worker(ground)
