"""Several writing statements in one journey to the server, for what is written a hundred times a second: statements of
their own cost the client 150 to 250 µs each, whatever they carry.

On PostgreSQL they are parts of one statement: all of them see what was there before, so none may need what another
writes, and each row is touched by one of them only. Elsewhere they follow each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Delete, Select, String, Text, Update, bindparam, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from shared.database.connection import AsyncConnection

AnyInsert = postgresql.Insert | sqlite.Insert


@dataclass(frozen=True)
class Rows:
    """New rows that all name the same columns; `into` is an INSERT without values, with or without ON CONFLICT."""

    into: AnyInsert
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Written:
    """A statement whose values are named by `bindparam`, other names than in the statements beside it."""

    statement: Update | Delete
    values: Mapping[str, Any]


async def write_together(connection: AsyncConnection, *parts: Rows | Written) -> None:
    """The statements themselves are made once and kept by the caller: writing one anew costs more than it saves."""
    filled = [one for one in parts if not isinstance(one, Rows) or one.rows]
    if connection.dialect.name != "postgresql":
        for one in filled:
            if isinstance(one, Rows):
                await connection.execute(one.into, one.rows)
            else:
                await connection.execute(one.statement, one.values)
    elif filled:
        values: dict[str, Any] = {}
        for number, one in enumerate(filled):
            values |= _arrays(number, one.rows) if isinstance(one, Rows) else one.values
        await connection.execute(_statement(tuple(map(_shape, filled))), values)


_Shape = tuple[AnyInsert | Update | Delete, tuple[str, ...]]


def _shape(part: Rows | Written) -> _Shape:
    return (part.into, tuple(part.rows[0])) if isinstance(part, Rows) else (part.statement, ())


@lru_cache(maxsize=100)
def _statement(parts: tuple[_Shape, ...]) -> Select[Any]:
    written = [_inserted(number, *part) if part[1] else part[0] for number, part in enumerate(parts)]
    return select(literal_column("1")).add_cte(*(one.cte(f"part_{number}") for number, one in enumerate(written)))


def _inserted(number: int, into: Any, names: tuple[str, ...]) -> Any:
    """The rows travel as one array a column."""
    arrays = [bindparam(f"{name}_{number}", type_=_array(into.table.c[name])) for name in names]
    given = func.unnest(*arrays).table_valued(*names).render_derived(name=f"given_{number}")
    return into.from_select(list(names), select(*(given.c[name] for name in names)))


def _arrays(number: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{name}_{number}": [row[name] for row in rows] for name in rows[0]}


def _array(column: Column[Any]) -> postgresql.ARRAY[Any]:
    """Without lengths: a cast to a length would cut what is too long, where the column itself refuses it."""
    return postgresql.ARRAY(Text() if isinstance(column.type, String) else column.type)
