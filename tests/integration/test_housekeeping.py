"""What a service forgets at night, and what it must never forget."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from shared.clock import FrozenClock
from shared.database.engine import Database
from shared.database.mechanics import job_run, metadata
from shared.housekeeping import KEPT, forget
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.timers import Daily

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(params=["tmp_sqlite_url", "postgres_url"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url, "public")
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


async def test_a_job_of_once_a_year_does_not_run_again_after_its_claim_was_old_enough_to_forget(
    database: Database,
) -> None:
    clock, runs = FrozenClock(NOON), []

    async def count(work: UnitOfWork) -> None:
        runs.append(work.now)

    yearly = Daily("yearly", "0 0 1 3 *", database, clock, count)
    await yearly.run_if_due()
    clock.advance(KEPT + timedelta(days=1))
    async with unit_of_work(database, clock) as work:
        await forget(work)
    await yearly.run_if_due()

    assert len(runs) == 1


async def test_old_runs_of_a_daily_job_are_forgotten(database: Database) -> None:
    clock = FrozenClock(NOON)

    async def nothing(_work: UnitOfWork) -> None:
        return None

    daily = Daily("daily", "0 2 * * *", database, clock, nothing)
    for _ in range(3):
        await daily.run_if_due()
        clock.advance(KEPT)
    async with unit_of_work(database, clock) as work:
        await forget(work)
        kept = list(await work.connection.scalars(select(job_run.c.scheduled_for)))

    assert len(kept) == 1
