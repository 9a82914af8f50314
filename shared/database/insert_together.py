"""New rows of several tables in one journey to the server, for what belongs to every transaction: receipts, events,
entries of the audit log. Each statement of its own costs the client 150 to 250 µs, whatever it carries.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Date, Insert, Integer, LargeBinary, Table

from shared.database.connection import AsyncConnection
from shared.database.types import Instant

Rows = Sequence[Mapping[str, Any]]

# Without lengths: a cast to a length would cut what is too long, where the column itself refuses it.
_ARRAYS = ((Instant, "timestamptz[]"), (BigInteger, "bigint[]"), (Integer, "integer[]"), (LargeBinary, "bytea[]"),
           (Date, "date[]"))  # fmt: skip


async def insert_together(
    connection: AsyncConnection, given: Sequence[tuple[Table, Rows]], *, channel: str = "", told: Sequence[str] = ()
) -> None:
    """Insert the rows of each table; those of one table name the same columns in the same order. The driver gets the
    values as they are, so instants must have a zone. What is `told` PostgreSQL sends with the commit on that channel;
    other databases have none."""
    filled = [(table, rows) for table, rows in given if rows]
    if connection.dialect.name != "postgresql" or (len(filled) < 2 and not told):
        for table, rows in filled:
            await connection.execute(_insert(table), rows)
        return
    statement = _statement(tuple((table, tuple(rows[0])) for table, rows in filled), bool(told))
    arrays = [[row[name] for row in rows] for _, rows in filled for name in rows[0]]
    await connection.exec_driver_sql(statement, (*arrays, channel, list(told)) if told else tuple(arrays))


@lru_cache(maxsize=100)
def _insert(table: Table) -> Insert:
    return table.insert()


@lru_cache(maxsize=100)
def _statement(wanted: tuple[tuple[Table, tuple[str, ...]], ...], tells: bool) -> str:
    parts, place = [], 0
    for number, (table, names) in enumerate(wanted):
        arrays = [f"${place + at}::{_array(table, name)}" for at, name in enumerate(names, start=1)]
        columns = ", ".join(f'"{name}"' for name in names)
        values = f"SELECT * FROM unnest({', '.join(arrays)})"  # noqa: S608 - all names are our own
        parts.append(f'part_{number} AS (INSERT INTO "{table.name}" ({columns}) {values})')
        place += len(names)
    told = f"pg_notify(${place + 1}, name) FROM unnest(${place + 2}::text[]) AS name" if tells else "1"
    return (f"WITH {', '.join(parts)} " if parts else "") + f"SELECT {told}"


def _array(table: Table, name: str) -> str:
    """The array in which values of the column travel; texts where it is nothing else."""
    kind = table.c[name].type
    return next((array for one, array in _ARRAYS if isinstance(kind, one)), "text[]")
