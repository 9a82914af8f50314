"""Connections to PostgreSQL outlive its restart, and one row by its key is found without a transaction."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import bindparam, select, text

from services.local.private_postgres import PostgresServer
from shared.bells import Bells
from shared.database.engine import Database
from shared.database.listening import Listener
from shared.database.lookup import Lookup
from shared.database.mechanics import job_run, metadata
from shared.database.quick_look import QuickLook
from shared.errors import Unavailable
from tests.support.web import START

FIND = Lookup(
    select(job_run.c.job, job_run.c.scheduled_for, job_run.c.outcome).where(job_run.c.job == bindparam("job"))
)
PATIENCE = 120.0
ROW = {"job": "nightly", "scheduled_for": START, "started_at": START, "outcome": "done"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = await opened(database_url)
    yield found
    await found.close()


async def opened(url: str) -> Database:
    database = Database(url, "looked")
    async with database.writing() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("CREATE SCHEMA looked"))
        await connection.run_sync(metadata.create_all)
        await connection.execute(job_run.insert(), ROW)
    return database


async def test_a_row_is_found_by_its_key_and_a_missing_one_is_none(database: Database) -> None:
    found = await database.find(FIND, job="nightly")
    assert found is not None
    assert dict(found) == {"job": "nightly", "scheduled_for": START, "outcome": "done"}
    assert await database.find(FIND, job="weekly") is None


async def test_many_look_at_once(database: Database) -> None:
    found = await asyncio.gather(*(database.find(FIND, job="nightly") for _ in range(100)))
    assert all(one is not None and one["outcome"] == "done" for one in found)


def test_a_value_inside_a_lookup_is_refused() -> None:
    with pytest.raises(ValueError, match="job_1"):
        Lookup(select(job_run.c.outcome).where(job_run.c.job == "nightly"))


@pytest.mark.real
async def test_an_address_that_asks_for_tls_is_understood_by_every_way_to_the_server(postgres_url: str) -> None:
    database = await opened(f"{postgres_url}?ssl=prefer")
    heard, stop = Bells(), asyncio.Event()
    listening = asyncio.create_task(Listener(database.url, database.schema, heard).run(stop))
    try:
        assert await database.find(FIND, job="nightly") is not None
        async with asyncio.timeout(PATIENCE):
            while not heard.times("nightly"):
                async with database.writing() as connection:
                    await connection.execute(text("SELECT pg_notify('creditsync_looked', 'nightly')"))
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await listening
        await database.close()


@pytest.mark.real
async def test_who_meets_tables_that_were_changed_under_way_may_try_again_and_is_served(postgres_url: str) -> None:
    database, look = await opened(postgres_url), QuickLook(lambda _: select(job_run.c.outcome))

    async def by_the_library() -> object:
        async with database.writing() as connection:
            return await connection.scalar(select(job_run.c.outcome))

    async def by_the_driver() -> object:
        async with database.writing() as connection:
            await connection.execute(text("SELECT 1"))
            return (await look.on(connection))[0][0]

    async def by_a_lookup() -> object:
        found = await database.find(FIND, job="nightly")
        return found and found["outcome"]

    try:
        for by in (by_the_library, by_the_driver, by_a_lookup):
            assert await by() == "done"
        for by, length in ((by_the_driver, 100), (by_the_library, 200)):
            async with database.writing() as connection:
                await connection.execute(text(f"ALTER TABLE job_run ALTER outcome TYPE varchar({length})"))
            with pytest.raises(Unavailable):
                await by()
            assert await by() == "done"
        assert await by_a_lookup() == "done"
    finally:
        await database.close()


@pytest.mark.real
async def test_after_a_restart_of_the_server_the_first_call_already_works(own_postgres: PostgresServer) -> None:
    database = await opened(own_postgres.url)
    try:
        assert await database.find(FIND, job="nightly") is not None
        own_postgres.kill()
        own_postgres.restart()
        assert await database.find(FIND, job="nightly") is not None
        async with database.writing() as connection:
            assert await connection.scalar(select(job_run.c.outcome)) == "done"
    finally:
        await database.close()


@pytest.mark.real
async def test_a_server_that_is_gone_is_unavailable(own_postgres: PostgresServer) -> None:
    database = await opened(own_postgres.url)
    try:
        await database.find(FIND, job="nightly")
        own_postgres.stop()  # when killed, its processes notice a moment later and may answer once more
        with pytest.raises(Unavailable):
            await database.find(FIND, job="nightly")
        with pytest.raises(Unavailable):
            await database.check()
    finally:
        await database.close()
