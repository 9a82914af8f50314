"""Are complete files being read, and is the other system? The third answer of health, for imports."""

from collections.abc import Mapping
from datetime import datetime

from services.ingest.imports import store
from services.ingest.imports.pull import store as pull_store
from services.ingest.imports.pull.work import SOURCE
from services.ingest.settings import IngestSettings
from shared.clock import wall_time
from shared.database.engine import Database
from shared.web.health import FreshCheck, Freshness

STANDSTILL_SECONDS = 900.0
"""A reader commits a slice every second or so; a file at which nothing moves for so long has no reader."""
_MISSED_ROUNDS = 10


def imports_freshness(settings: IngestSettings, database: Database) -> Mapping[str, FreshCheck]:
    """How long the most neglected file has stood still and, where one is pulled, the other system."""

    async def files() -> Freshness:
        async with database.reading() as connection:
            _, oldest = await store.waiting(connection)
        return _age(oldest, STANDSTILL_SECONDS)

    async def pull() -> Freshness:
        async with database.reading() as connection:
            oldest = await pull_store.oldest_page(connection, SOURCE)
        return _age(oldest, max(STANDSTILL_SECONDS, _MISSED_ROUNDS * settings.pull_interval_seconds))

    return {"imports": files} if settings.pull_url is None else {"imports": files, "pull": pull}


def _age(since: datetime | None, limit: float) -> Freshness:
    return Freshness(max(0.0, (wall_time() - since).total_seconds()) if since else 0.0, limit)
