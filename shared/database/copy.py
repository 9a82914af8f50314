"""Bulk insert of new rows: COPY on PostgreSQL, executemany on SQLite, in the transaction that is open."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, text

from shared.database.connection import AsyncConnection
from shared.database.copy_rows import copying


async def copy_rows(
    connection: AsyncConnection, dialect: str, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Rows in the order of the columns, whose values already have the column's type. A key that exists is an
    `IntegrityError`."""
    if not rows:
        return
    if dialect != "postgresql":
        await connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    if not driver.is_in_transaction():
        # The driver begins it with the first statement; COPY goes around SQLAlchemy and would stand outside.
        await connection.execute(text("SELECT 1"))
    async with copying(connection, table) as driver:
        await driver.copy_records_to_table(table.name, records=rows, columns=list(columns))
