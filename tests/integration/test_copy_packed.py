"""New rows as bytes that are put together here: stored as the driver itself would store them, or not at all."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Column, Date, Float, Integer, LargeBinary, String, Table, Text, func, select
from sqlalchemy.exc import IntegrityError

from shared.database.copy_packed import PackedRow, copy_packed, pack
from shared.database.engine import Database
from shared.database.mechanics import new_metadata
from shared.database.types import Instant
from tests.support.tables import with_tables

metadata = new_metadata()
kept = Table(
    "kept",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("content", Text, nullable=False),
    Column("word", String(12), nullable=True),
    Column("day", Date, nullable=True),
    Column("number", Integer, nullable=True),
    Column("at", Instant, nullable=True),
    Column("sealed", LargeBinary, nullable=True),
)
TEXTS, SHARED = ("key", "content"), ("word", "day", "number", "at", "sealed")
EAST = timezone(timedelta(hours=8))
VALUES: list[tuple[Any, ...]] = [
    ("valid", date(2026, 11, 22), 1, datetime(2026, 11, 22, 9, 30, 1, 5, tzinfo=EAST), None),
    ("有效", date(1949, 10, 1), -2_000_000_000, datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), b"\0\xff\n"),
    ("", date(2000, 1, 1), 0, datetime(2000, 1, 1, tzinfo=UTC), b""),
    (None, None, None, None, None),
]
ROWS = [
    PackedRow((f"key {number}".encode(), content.encode()), values)
    for number, (content, values) in enumerate(
        zip(
            ['{"说":"a\\tb\\\\N"}\n', "", "长" * 3_000, "x" * 199, "y" * 200, "末"], [*VALUES, *VALUES[:2]], strict=True
        )
    )
]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with with_tables(database_url, "packed", metadata) as found:
        yield found


async def copied(database: Database, rows: list[PackedRow]) -> None:
    async with database.writing() as connection:
        await connection.scalar(select(func.count()).select_from(kept))
        await copy_packed(connection, kept, TEXTS, SHARED, rows)


async def stored(database: Database) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(select(kept).order_by(kept.c.key))]


async def test_packed_rows_come_back_as_they_were_given(database: Database) -> None:
    await copied(database, ROWS)
    await copied(database, [])
    assert await stored(database) == [(*(part.decode() for part in row.texts), *row.shared) for row in ROWS]


async def test_a_packed_key_that_is_there_already_undoes_the_whole_transaction(database: Database) -> None:
    await copied(database, ROWS[1:2])
    with pytest.raises(IntegrityError):
        await copied(database, ROWS)
    assert [row[0] for row in await stored(database)] == ["key 1"]


def test_values_that_cannot_be_packed_are_refused() -> None:
    with pytest.raises(TypeError, match="cannot be packed"):
        pack([Column("share", Float)], 0, [PackedRow((), (0.5,))])
