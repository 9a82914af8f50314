"""What one transaction leaves to be stored is stored together, or nothing of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Date, Integer, LargeBinary, MetaData, String, Table, Text, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.database.engine import Database
from shared.database.insert_together import insert_together
from shared.database.types import Instant

metadata = MetaData()
one = Table("one", metadata, Column("key", String(8), primary_key=True), Column("day", Date), Column("number", Integer))
other = Table(
    "other",
    metadata,
    Column("key", String(8), primary_key=True),
    Column("at", Instant),
    Column("large", BigInteger),
    Column("body", LargeBinary),
    Column("text", Text),
)
ONES = [{"key": "a", "day": date(2026, 11, 22), "number": 1}, {"key": "b", "day": None, "number": None}]
OTHERS = [{"key": "c", "at": datetime(2026, 11, 22, 3, tzinfo=UTC), "large": 2**40, "body": b"\x00\xff", "text": "中"}]


@pytest.fixture
async def tables(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url, "together")
    async with found.writing() as connection:
        if found.dialect == "postgresql":
            await connection.execute(text("CREATE SCHEMA together"))
        await connection.run_sync(metadata.create_all)
    yield found
    await found.close()


async def _stored(database: Database, table: Table) -> list[dict[str, object]]:
    async with database.reading() as connection:
        return [dict(row._mapping) for row in await connection.execute(select(table).order_by(table.c.key))]


@pytest.mark.parametrize("begun", [True, False])
async def test_rows_of_several_tables_are_stored_as_they_are(tables: Database, begun: bool) -> None:
    async with tables.writing() as connection:
        if begun:
            await connection.execute(select(1))
        await insert_together(connection, [(one, ONES), (other, OTHERS), (one, [])])
    assert await _stored(tables, one) == ONES
    assert await _stored(tables, other) == OTHERS


async def test_nothing_is_stored_when_one_of_the_rows_exists_already(tables: Database) -> None:
    async with tables.writing() as connection:
        await connection.execute(one.insert(), ONES[0])
    with pytest.raises(IntegrityError):
        async with tables.writing() as connection:
            await connection.execute(select(1))
            await insert_together(connection, [(other, OTHERS), (one, ONES)])
    assert await _stored(tables, one) == ONES[:1]
    assert await _stored(tables, other) == []


@pytest.mark.parametrize("rows", [[], [(one, ONES)], [(one, ONES), (other, OTHERS)]])
async def test_what_is_told_with_the_rows_is_heard_when_they_are_committed(
    tables: Database, rows: list[tuple[Table, list[dict[str, object]]]]
) -> None:
    heard: list[object] = []
    async with tables.reading() as listening, tables.writing() as connection:
        await connection.execute(select(1))
        driver: Any = (await listening.get_raw_connection()).driver_connection
        if tables.dialect == "postgresql":
            await driver.add_listener("bells", lambda *told: heard.append(told[3]))
        await insert_together(connection, rows, channel="bells", told=["a", "b"])
        assert heard == []
        await connection.commit()
        if tables.dialect == "postgresql":
            async with asyncio.timeout(60):
                while len(heard) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await driver.reset()
    assert heard == (["a", "b"] if tables.dialect == "postgresql" else [])
    for table, given in rows:
        assert await _stored(tables, table) == given


async def test_a_text_that_is_too_long_is_never_cut(tables: Database) -> None:
    long = {**ONES[0], "key": "k" * 9}
    with suppress(DBAPIError):  # SQLite knows no lengths
        async with tables.writing() as connection:
            await connection.execute(select(1))
            await insert_together(connection, [(one, [long]), (other, OTHERS)])
    assert await _stored(tables, one) in ([], [long])


async def test_looks_one_after_another_see_what_was_committed_between_them(tables: Database) -> None:
    async with tables.looking() as connection:
        assert (await connection.execute(select(one.c.key))).all() == []
    async with tables.writing() as connection:
        await connection.execute(one.insert(), ONES)
    async with tables.looking() as connection:
        assert len((await connection.execute(select(one.c.key))).all()) == len(ONES)
