"""New rows in bulk: stored as executemany would store them, inside the caller's transaction, or not at all."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from shared.database.copy_rows import copy_rows
from shared.database.engine import Database
from shared.database.mechanics import job_run, metadata
from tests.support.tables import with_tables
from tests.support.web import START

ROWS = [
    {"job": f"nightly {number}", "scheduled_for": START + timedelta(days=number), "started_at": START, "outcome": word}
    for number, word in enumerate(["done", None, "a\tb\\N\n", "完成"])
]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with with_tables(database_url, "copied", metadata) as found:
        yield found


async def copied(database: Database, rows: list[dict[str, object]]) -> None:
    async with database.writing() as connection:
        await connection.scalar(select(func.count()).select_from(job_run))
        await copy_rows(connection, job_run, rows)


async def stored(database: Database) -> list[tuple[object, ...]]:
    columns = (job_run.c.job, job_run.c.scheduled_for, job_run.c.started_at, job_run.c.outcome)
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(job_run.c.job))]


async def test_rows_come_back_as_they_were_given(database: Database) -> None:
    await copied(database, ROWS)
    await copied(database, [])
    assert await stored(database) == [tuple(row.values()) for row in ROWS]


async def test_a_key_that_is_there_already_undoes_the_whole_transaction(database: Database) -> None:
    await copied(database, ROWS[1:2])
    with pytest.raises(IntegrityError):
        await copied(database, ROWS)
    assert await stored(database) == [tuple(ROWS[1].values())]


async def test_what_was_copied_goes_when_the_transaction_is_undone(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            await connection.scalar(select(func.count()).select_from(job_run))
            await copy_rows(connection, job_run, ROWS)
            raise ZeroDivisionError
    assert await stored(database) == []


@pytest.mark.real
async def test_a_copy_that_would_commit_by_itself_is_refused(postgres_url: str) -> None:
    database = Database(postgres_url, "copied")
    try:
        with pytest.raises(RuntimeError, match="nothing was asked"):
            async with database.writing() as connection:
                await copy_rows(connection, job_run, ROWS)
    finally:
        await database.close()
