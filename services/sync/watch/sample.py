"""Every five minutes a line for each portal: what waits, what is not as wanted, what is for people. Kept 31 days."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from services.sync import placements
from services.sync.tables import drift
from services.sync.watch import store
from services.sync.watch.domain.state import State
from services.sync.watch.tables import portal_sample
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.upsert import insert_new
from shared.vocabulary import Portal

STEP = timedelta(minutes=5)
KEPT = timedelta(days=31)


async def take_samples(database: Database, clock: Clock) -> int:
    """One line a portal for the present step; the first process that comes writes it."""
    now = clock.now()
    step = now - timedelta(seconds=now.timestamp() % STEP.total_seconds())
    if await _is_taken(database, step):
        return 0
    rows = await _measured(database, now)
    async with database.writing() as connection:
        await connection.execute(
            insert_new(database.dialect, portal_sample), [row | {"sampled_at": step} for row in rows]
        )
        await connection.execute(delete(portal_sample).where(portal_sample.c.sampled_at < now - KEPT))
    return 0


async def _is_taken(database: Database, step: datetime) -> bool:
    statement = select(func.count()).select_from(portal_sample).where(portal_sample.c.sampled_at == step)
    async with database.reading() as connection:
        return bool((await connection.execute(statement)).scalar())


async def _measured(database: Database, now: datetime) -> list[dict[str, object]]:
    open_drifts = select(drift.c.portal, func.count().label("n")).where(drift.c.mended_at.is_(None))
    async with database.reading() as connection:
        backlog = await placements.backlog(connection)
        counts = await store.counts(connection, now)
        drifts = {row.portal: row.n for row in await connection.execute(open_drifts.group_by(drift.c.portal))}
    return [
        {
            "portal": portal,
            "waiting": sum(row.waiting for row in backlog if row.portal == portal),
            "not_as_wanted": sum(row.placements for row in counts if row.portal == portal),
            "for_people": sum(row.placements for row in counts if row.portal == portal and row.state == State.FAILED),
            "drifts": drifts.get(portal, 0),
            "oldest_seconds": max(
                [(now - row.oldest_wanted_at).total_seconds() for row in backlog if row.portal == portal] + [0.0]
            ),
        }
        for portal in Portal
    ]
