"""One row by its key, or a few, the shortest way: the driver, a statement written once, no transaction, no reset.

A connection, a transaction and a result of SQLAlchemy cost 200 µs of the process for a row that the server finds in 30.
Only for a single statement that reads; everything else goes through `Database.writing` and `Database.reading`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Dialect, Select, make_url
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

_CONNECTIONS = 8
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 60
_GONE = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError)

Found = Mapping[str, Any]


def is_gone(error: BaseException) -> bool:
    """Whether the driver says that the server is away, starting up or shutting down."""
    return isinstance(error, (*_GONE, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError))


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
        found: Found | None = (await connection.execute(self.statement, values)).mappings().one_or_none()
        return found

    async def all_on(self, connection: AsyncConnection, values: Mapping[str, Any]) -> Sequence[Found]:
        found: Sequence[Found] = (await connection.execute(self.statement, values)).mappings().all()
        return found


class LookupPool:
    """A few connections of the driver's own, opened by the first look-up and closed when they are not used."""

    def __init__(self, url: str, schema: str) -> None:
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._schema = schema
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        # In the order of their coming. Who waits in asyncpg's own pool is overtaken while it is handed a connection and
        # begins at the end of the queue again: one look in a hundred took ten times as long as most.
        self._turn = asyncio.Semaphore(_CONNECTIONS)

    async def find(self, lookup: Lookup, values: Mapping[str, Any]) -> Found | None:
        """The row, or None."""
        found = await self.find_all(lookup, values)
        return found[0] if found else None

    async def find_all(self, lookup: Lookup, values: Mapping[str, Any]) -> Sequence[Found]:
        """The rows. A connection that died unnoticed is replaced once: a look may be taken again."""
        given = [values[name] for name in lookup.names]
        pool = self._pool or await self._open()
        async with self._turn:
            try:
                return await _fetched(pool, lookup.text, given)
            except _GONE:
                await pool.expire_connections()
                return await _fetched(pool, lookup.text, given)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._address,
                    min_size=0,
                    max_size=_CONNECTIONS,
                    timeout=_CONNECT_SECONDS,
                    command_timeout=_STATEMENT_SECONDS,
                    server_settings={"search_path": self._schema},
                    reset=_nothing_to_reset,
                )
        return self._pool


async def _fetched(pool: asyncpg.Pool, text: str, given: list[Any]) -> Sequence[Found]:
    async with pool.acquire() as connection:
        found: Sequence[Found] = await connection.fetch(text, *given)
        return found


async def _nothing_to_reset(_connection: object) -> None:
    """A statement that only reads leaves nothing behind; asyncpg would ask the server to forget it each time."""
