"""One row by its key, or a few, the shortest way: the driver, a statement written once, no transaction, no reset.

A connection, a transaction and a result of SQLAlchemy cost 200 µs of the process for a row that the server finds in 30.
Only for a single statement, which is a transaction by itself; everything else goes through `Database.writing` and
`Database.reading`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import asyncpg
from sqlalchemy import Dialect, Select
from sqlalchemy.dialects import postgresql

from shared.database.connection import AsyncConnection
from shared.database.driver_address import driver_address
from shared.database.driver_pool import GONE, DriverPool

Found = Mapping[str, Any]
_PASSING = (
    *GONE,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidCachedStatementError,
)


def is_gone(error: BaseException) -> bool:
    """Whether the driver says that the server is away, starting up or shutting down; or, once, that tables were changed
    since it prepared the statement."""
    return isinstance(error, _PASSING)


class Lookup:
    """A statement that finds at most one row, or a few; its parameters are named by `bindparam`."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        dialect: Dialect = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        unnamed = [name for name in self.names if compiled.params[name] is not None]
        if unnamed:
            raise ValueError(f"a lookup takes all values from its caller, and {unnamed} stand in the statement")

    async def on(self, connection: AsyncConnection, values: Mapping[str, Any]) -> Found | None:
        """Through SQLAlchemy, for a database of another kind."""
        result: Any = await connection.execute(self.statement, values)
        found: Found | None = result.mappings().one_or_none()
        return found

    async def all_on(self, connection: AsyncConnection, values: Mapping[str, Any]) -> Sequence[Found]:
        result: Any = await connection.execute(self.statement, values)
        found: Sequence[Found] = result.mappings().all()
        return found


class LookupPool:
    """Carries out statements of this kind. `settings` are the server's for its connections."""

    def __init__(self, url: str, schema: str, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        self._pool = DriverPool(driver_address(url), {"search_path": schema, **settings})

    async def find(self, lookup: Lookup, values: Mapping[str, Any]) -> Found | None:
        """The row, or None."""
        found = await self.find_all(lookup, values)
        return found[0] if found else None

    async def find_all(self, lookup: Lookup, values: Mapping[str, Any]) -> Sequence[Found]:
        """The rows. A connection that died unnoticed is replaced once: a look may be taken again."""
        try:
            return await self.act(lookup, values)
        except GONE:
            return await self.act(lookup, values)

    async def act(self, statement: Lookup, values: Mapping[str, Any]) -> Sequence[Found]:
        """The rows of a statement that may write: it is not repeated, for nobody knows what became of it."""
        return await self._pool.fetch(statement.text, [values[name] for name in statement.names])

    async def close(self) -> None:
        await self._pool.close()
