"""Several writing statements are one journey and all or nothing, with the same result on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, bindparam, delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.database.engine import Database
from shared.database.lookup import Lookup
from shared.database.types import Instant
from shared.database.upsert import insert_for, upsert
from shared.database.write_together import Rows, Written, write_together
from tests.support.tables import with_tables

metadata = MetaData()
counted = Table(
    "counted",
    metadata,
    Column("key", String(8), primary_key=True),
    Column("large", BigInteger),
    Column("at", Instant),
)
marked = Table("marked", metadata, Column("key", String(8), primary_key=True), Column("number", Integer))
AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
RAISED = update(marked).where(marked.c.key == bindparam("raised")).values(number=bindparam("to"))
GONE = delete(marked).where(marked.c.key == bindparam("gone"))
SOME = Lookup(select(marked).where(marked.c.number > bindparam("above")).order_by(marked.c.key))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with with_tables(database_url, "written", metadata) as found:
        async with found.writing() as connection:
            await connection.execute(marked.insert(), [{"key": "a", "number": 1}, {"key": "b", "number": 2}])
        yield found


async def _rows(database: Database, table: Table) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(select(table).order_by(table.c.key))]


@pytest.mark.parametrize("is_transaction", [True, False])
async def test_rows_updates_and_deletions_are_written_together(database: Database, is_transaction: bool) -> None:
    into = upsert(database.dialect, counted, keys=("key",))
    for large in (2**40, 7):
        async with database.writing() if is_transaction else database.writing_once() as connection:
            await write_together(
                connection,
                Rows(into, [{"key": "x", "large": large, "at": AT}, {"key": "y", "large": None, "at": None}]),
                Rows(into, []),
                Written(RAISED, {"raised": "a", "to": large % 1000}),
                Written(GONE, {"gone": "b"}),
            )
    assert await _rows(database, counted) == [("x", 7, AT), ("y", None, None)]
    assert await _rows(database, marked) == [("a", 7)]


async def test_nothing_is_written_when_one_part_is_refused(database: Database) -> None:
    new = insert_for(database.dialect, marked)
    with pytest.raises(IntegrityError):
        async with database.writing_once() as connection:
            await write_together(
                connection,
                Written(GONE, {"gone": "b"}),
                Rows(insert_for(database.dialect, counted), [{"key": "x", "large": 1}]),
                Rows(new, [{"key": "c", "number": 3}, {"key": "a", "number": 4}]),
            )
    assert await _rows(database, counted) == []
    assert await _rows(database, marked) == [("a", 1), ("b", 2)]


@pytest.mark.real
async def test_a_text_that_is_too_long_is_never_cut(postgres_url: str) -> None:
    database = Database(postgres_url, "written_long")
    async with database.writing() as connection:
        await connection.execute(text("CREATE SCHEMA written_long"))
        await connection.run_sync(metadata.create_all)
    with pytest.raises(DBAPIError):
        async with database.writing_once() as connection:
            await write_together(connection, Rows(insert_for("postgresql", marked), [{"key": "k" * 9, "number": 1}]))
    assert await _rows(database, marked) == []
    await database.close()


async def test_a_few_rows_are_found_in_order(database: Database) -> None:
    assert [row["key"] for row in await database.find_all(SOME, above=0)] == ["a", "b"]
    assert [row["key"] for row in await database.find_all(SOME, above=1)] == ["b"]
    assert await database.find_all(SOME, above=2) == []
