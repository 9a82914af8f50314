"""How old the last complete scan of the portals is: the answer behind `/health/fresh` of sync (guarantee G07)."""

from sqlalchemy import func, select

from services.sync.tables import watermark
from shared.clock import Clock
from shared.database.engine import Database
from shared.vocabulary import Portal
from shared.web.health import FreshCheck, Freshness

LIMIT_SECONDS = 36 * 3600.0
"""A daily run and half a day of grace."""

NEVER = 1e9


def verified_freshness(database: Database, clock: Clock) -> FreshCheck:
    """The age of the oldest watermark; a portal that was never scanned whole is as old as can be."""

    async def age() -> Freshness:
        columns = watermark.c
        statement = select(func.count().label("portals"), func.min(columns.verified_through).label("oldest")).where(
            columns.district == "", columns.kind == ""
        )
        async with database.reading() as connection:
            row = (await connection.execute(statement)).one()
        if row.portals < len(Portal):
            return Freshness(NEVER, LIMIT_SECONDS)
        return Freshness((clock.now() - row.oldest).total_seconds(), LIMIT_SECONDS)

    return age
