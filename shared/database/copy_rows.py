"""New rows in bulk by the database's fastest way: COPY on PostgreSQL, executemany on SQLite.

For rows that are new or wrong: nothing is updated, and a key that exists already is an `IntegrityError`. With 500
records COPY took 8 of 74 µs a row off the client and 8 of 28 µs off the server, compared with executemany.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.database.connection import AsyncConnection


async def copy_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns in the same order. The transaction must have begun with a look or
    a lock; the driver gets the values as they are, so instants must have a zone."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        await connection.execute(table.insert(), rows)
        return
    records = [tuple(row.values()) for row in rows]
    async with copying(connection, table) as driver:
        await driver.copy_records_to_table(table.name, records=records, columns=list(rows[0]))


@asynccontextmanager
async def copying(connection: AsyncConnection, table: Table) -> AsyncIterator[Any]:
    """The driver's own connection for one COPY into the table, whose errors become SQLAlchemy's."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if driver is None or not driver.is_in_transaction():
        raise RuntimeError("COPY would commit by itself: nothing was asked of the database in this transaction yet")
    try:
        yield driver
    except asyncpg.PostgresError as error:
        kind = IntegrityError if isinstance(error, asyncpg.IntegrityConstraintViolationError) else DBAPIError
        raise kind(f"COPY {table.name}", None, error, hide_parameters=True) from error
