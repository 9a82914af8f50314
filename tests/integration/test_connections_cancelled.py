"""Whoever is cancelled in the middle of a statement leaves the pool sound, and what he began is undone: nothing stays
taken, nothing stays half done. And no process needs the library's ORM for that."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select, text

from shared.database.connection import AsyncConnection, to_the_end
from shared.database.engine import Database

_PATIENCE_SECONDS = 120
_metadata = MetaData()
_noted = Table("noted", _metadata, Column("number", Integer, primary_key=True))
_LONG = {
    "postgresql": text("SELECT pg_sleep(600)"),
    "sqlite": text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n"
    ),
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url, "cancelled")
    async with found.writing() as connection:
        if found.dialect == "postgresql":
            await connection.execute(text("CREATE SCHEMA cancelled"))
        await connection.run_sync(_metadata.create_all)
    yield found
    await found.close()


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
async def test_who_is_cancelled_in_a_statement_has_written_nothing_and_holds_no_connection(database: Database) -> None:
    under_way = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(_noted), {"number": 1})
            under_way.set()
            await connection.execute(_LONG[database.dialect])

    for _ in range(3):
        under_way.clear()
        await _cancelled(write_and_wait(), under_way)
        assert _taken(database) == 0
    assert await _numbers(database) == 0
    await _write(database, 1)
    assert await _numbers(database) == 1


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
async def test_a_cancellation_at_any_moment_leaves_all_of_a_transaction_or_nothing(database: Database) -> None:
    for moment in range(60):
        before = await _numbers(database)
        task = asyncio.create_task(_write(database, 10 * moment, 10 * moment + 1))
        for _ in range(moment % 20):
            await asyncio.sleep(0)
        await asyncio.sleep(moment // 20 * 0.002 * (moment % 20) / 20)
        task.cancel()
        await asyncio.wait([task])
        assert _taken(database) == 0
        assert await _numbers(database) - before in (0, 2)


@pytest.mark.parametrize("then", ["goes on", "is cancelled"])
async def test_a_connection_that_comes_back_after_the_end_is_closed(database: Database, then: str) -> None:
    """Else it stays open until the garbage collector comes, the server's end with it."""
    drivers: list[Any] = []
    used, go_on = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        async with database.reading() as connection:
            drivers.append((await connection.get_raw_connection()).driver_connection)
            used.set()
            await go_on.wait()

    task = asyncio.create_task(read())
    await used.wait()
    await database.close()
    if then == "is cancelled":
        task.cancel()
    go_on.set()
    await asyncio.wait([task])
    with pytest.raises(Exception, match=r"closed|no active"):
        await drivers[0].execute("SELECT 1")
    await read()
    await database.close()
    with pytest.raises(Exception, match=r"closed|no active"):
        await drivers[1].execute("SELECT 1")


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
async def test_a_stream_that_is_left_early_gives_its_connection_back(database: Database) -> None:
    await _write(database, *range(100))
    begun = asyncio.Event()

    async def read(connection: AsyncConnection) -> None:
        statement = select(_noted.c.number).execution_options(yield_per=10)
        async with connection.stream(statement) as rows:
            async for part in rows.partitions():
                assert len(part) == 10
                begun.set()
                await asyncio.sleep(600)

    async def look() -> None:
        async with database.reading() as connection:
            await read(connection)

    await _cancelled(look(), begun)
    assert _taken(database) == 0
    with pytest.raises(ZeroDivisionError):
        async with database.reading() as connection, connection.stream(select(_noted)) as rows:
            async for _part in rows.partitions(10):
                raise ZeroDivisionError
    assert _taken(database) == 0
    async with database.reading() as connection, connection.stream(select(_noted)) as rows:
        assert [len(part) async for part in rows.partitions(30)] == [30, 30, 30, 10]


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
async def test_who_waits_for_a_connection_and_is_cancelled_takes_none(database: Database) -> None:
    release, holding = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.writing() as connection:
            await connection.execute(select(func.count()).select_from(_noted))
            if _taken(database) == _most(database):
                holding.set()
            await release.wait()

    holders = [asyncio.create_task(hold()) for _ in range(_most(database))]
    await asyncio.wait_for(holding.wait(), _PATIENCE_SECONDS)
    waiting = [asyncio.create_task(_write(database, number)) for number in range(5)]
    await asyncio.sleep(0.05)
    for task in waiting[:4]:
        task.cancel()
    await asyncio.wait(waiting[:4])
    release.set()
    await asyncio.gather(*holders, waiting[4])
    assert _taken(database) == 0
    assert await _numbers(database) == 1


async def test_giving_back_is_finished_before_its_cancellation_is_told() -> None:
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def give_back() -> None:
        await may_end.wait()
        ended.set()

    task = asyncio.create_task(to_the_end(give_back()))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    await asyncio.wait([task])
    assert task.cancelled()
    assert ended.is_set()


async def test_a_cancellation_is_told_also_when_giving_back_fails() -> None:
    may_end = asyncio.Event()

    async def fail() -> None:
        await may_end.wait()
        raise ZeroDivisionError

    task = asyncio.create_task(to_the_end(fail()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_an_error_while_giving_back_is_told() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await to_the_end(fail())


@pytest.mark.timeout(2 * _PATIENCE_SECONDS)
@pytest.mark.parametrize("url", ["postgresql+asyncpg://nobody@127.0.0.1/nothing", "sqlite+aiosqlite:///./nothing.db"])
def test_an_engine_comes_without_the_orm(url: str) -> None:
    code = f"""
import sys
from shared.database.engine import Database
Database({url!r}, "small")
assert not [name for name in sys.modules if name.startswith(("sqlalchemy.orm", "sqlalchemy.ext"))]
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr


async def _cancelled(work: Coroutine[Any, Any, None], under_way: asyncio.Event) -> None:
    task = asyncio.create_task(work)
    await asyncio.wait_for(under_way.wait(), _PATIENCE_SECONDS)
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def _write(database: Database, *numbers: int) -> None:
    async with database.writing() as connection:
        for number in numbers:
            await connection.execute(insert(_noted), {"number": number})


async def _numbers(database: Database) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(_noted)) or 0)


def _taken(database: Database) -> int:
    """Connections that are not where they belong."""
    pools = {engine.sync_engine.pool for engine in (database._writer, database._reader)}
    return sum(pool.checkedout() for pool in pools)  # type: ignore[attr-defined]


def _most(database: Database) -> int:
    pool = database._writer.sync_engine.pool
    return int(pool.size() + pool._max_overflow)  # type: ignore[attr-defined]
