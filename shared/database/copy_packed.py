"""New rows in bulk whose texts are UTF-8 already: COPY of bytes that are put together here, in the form in which
PostgreSQL reads them; executemany on SQLite.

A long text that is digested and sent as bytes would otherwise be decoded only for the driver to encode it again, and
what many rows have in common would be encoded for each of them: 4 of 10 µs a row. Rules are those of `copy_rows`.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from struct import Struct
from typing import Any, NamedTuple

from sqlalchemy import Column, Date, Integer, LargeBinary, String, Table

from shared.database.connection import AsyncConnection
from shared.database.copy_rows import copying
from shared.database.types import Instant

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_FIELDS, _LENGTH = Struct(">h"), Struct(">i")
_LENGTHS = tuple(map(_LENGTH.pack, range(200)))
_NUMBER, _INSTANT = Struct(">ii"), Struct(">iq")
_FIRST_DAY = date(2000, 1, 1).toordinal()
_FIRST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


class PackedRow(NamedTuple):
    """A row in two parts: texts in UTF-8, and values of which many rows have the same."""

    texts: tuple[bytes, ...]
    shared: tuple[Any, ...]


async def copy_packed(
    connection: AsyncConnection, table: Table, texts: Sequence[str], shared: Sequence[str], rows: Sequence[PackedRow]
) -> None:
    """Insert rows; `texts` and `shared` name the columns of their parts. A key that exists is an `IntegrityError`."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        names = (*texts, *shared)
        values = [(*(text.decode() for text in row.texts), *row.shared) for row in rows]
        await connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in values])
        return
    packed = pack([table.c[name] for name in shared], len(texts), rows)
    async with copying(connection, table) as driver:
        # Bytes themselves would be taken for the name of a file.
        await driver.copy_to_table(table.name, source=memoryview(packed), columns=[*texts, *shared], format="binary")


def pack(shared: Sequence[Column[Any]], texts: int, rows: Sequence[PackedRow]) -> bytes:
    """The rows as `COPY … (FORMAT binary)` reads them."""
    begin = _FIELDS.pack(texts + len(shared))
    tails: dict[tuple[Any, ...], bytes] = {}
    parts = [_HEADER]
    for row in rows:
        parts.append(begin)
        for text in row.texts:
            length = len(text)
            parts.append(_LENGTHS[length] if length < 200 else _LENGTH.pack(length))
            parts.append(text)
        tail = tails.get(row.shared)
        if tail is None:
            tail = tails[row.shared] = b"".join(map(_value, shared, row.shared))
        parts.append(tail)
    parts.append(_END)
    return b"".join(parts)


def _value(column: Column[Any], value: Any) -> bytes:
    if value is None:
        return _NULL
    kind = column.type
    if isinstance(kind, String):
        return _counted(value.encode())
    if isinstance(kind, LargeBinary):
        return _counted(value)
    if isinstance(kind, Date):
        return _NUMBER.pack(4, value.toordinal() - _FIRST_DAY)
    if isinstance(kind, Instant):
        since = value - _FIRST_INSTANT
        return _INSTANT.pack(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
    if type(kind) is Integer:
        return _NUMBER.pack(4, value)
    raise TypeError(f"values of {column} cannot be packed: use `copy_rows`")


def _counted(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value
