"""One database of one service: a schema on PostgreSQL, a file on SQLite.

`writing`, `writing_once`, `reading`, `looking`, `find` and `find_all` are the only ways to a connection. On SQLite a
writer takes the write lock at once (`BEGIN IMMEDIATE`): a deferred transaction that reads and then writes failed 537 of
1,200 times with four processes, and no busy time-out helps it. Within a process writers queue for the single write
connection instead of polling the file lock. Errors name no parameters, because their text reaches logs (guarantee G12).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.util import await_only

from shared.bells import Bells
from shared.clock import stopwatch
from shared.database.connection import AsyncConnection, to_the_end
from shared.database.lookup import Found, Lookup, LookupPool
from shared.database.outages import is_unavailable
from shared.database.pooled import AsyncEngine
from shared.errors import StartRefused, Unavailable

BEGIN_WRITING, BEGIN_READING = "BEGIN IMMEDIATE", "BEGIN"
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 60
_REST_SECONDS = 1.0
_STATEMENTS_PREPARED = 500
_RESTED_SINCE = "rested_since"
# Large statements for a few rows. Planned by its values the first five times, as is usual, one took 1 to 3 ms more on
# every connection, so they have their own; planned while tables were empty it read them whole: 0.8 ms, now 0.28.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
_WRITERS = 8
_READERS = 8


class Database:
    """Connections to one service's tables.

    `url` is `postgresql+asyncpg://…` or `sqlite+aiosqlite:///file`; `schema` names the PostgreSQL schema and is
    ignored on SQLite.
    """

    def __init__(self, url: str, schema: str) -> None:
        self.url = url
        self.schema = schema
        self.dialect = make_url(url).get_backend_name()
        self.outbox_filled = asyncio.Event()
        self.bells = Bells()
        self._lookups: LookupPool | None
        self._actors: LookupPool | None
        if self.dialect == "sqlite":
            self._writer = _sqlite_engine(url, begin=BEGIN_WRITING, connections=1)
            self._reader = self._looker = _sqlite_engine(url, begin=BEGIN_READING, connections=_READERS)
            self._lookups = self._actors = None
        else:
            self._writer = self._reader = _postgresql_engine(url, schema)
            self._looker = self._reader.execution_options(isolation_level="AUTOCOMMIT")
            self._lookups = LookupPool(url, schema)
            self._actors = LookupPool(url, schema, _PLANNED_ONCE)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with _unreachable_is_unavailable(self.schema):
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing_once(self) -> AsyncIterator[AsyncConnection]:
        """For one statement that writes (`write_together` makes one of several). On PostgreSQL it is a transaction by
        itself, committed when it has been executed, and spares two journeys to the server."""
        with _unreachable_is_unavailable(self.schema):
            if self.dialect == "sqlite":
                async with self._writer.begin() as connection:
                    yield connection
            else:
                async with self._looker.connect() as connection:
                    yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A consistent look without the right to change anything; always rolled back."""
        with _unreachable_is_unavailable(self.schema):
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncConnection]:
        """Single looks one after another, for statements that are not read as a stream. On PostgreSQL each is a
        transaction by itself, which sees what `reading` would see and spares two journeys to the server."""
        with _unreachable_is_unavailable(self.schema):
            async with self._looker.connect() as connection:
                yield connection

    async def find(self, lookup: Lookup, **values: Any) -> Found | None:
        """One row by its key, as it stands now. Two look-ups may see different moments; `reading` is for those."""
        if self._lookups is None:
            async with self.reading() as connection:
                return await lookup.on(connection, values)
        with _unreachable_is_unavailable(self.schema):
            return await self._lookups.find(lookup, values)

    async def find_all(self, lookup: Lookup, **values: Any) -> Sequence[Found]:
        """The same for a few rows."""
        if self._lookups is None:
            async with self.reading() as connection:
                return await lookup.all_on(connection, values)
        with _unreachable_is_unavailable(self.schema):
            return await self._lookups.find_all(lookup, values)

    async def act(self, statement: Lookup, **values: Any) -> Sequence[Found]:
        """A single statement that writes and tells what it wrote, committed when it has been executed. Where it is
        executed a hundred times a second: `writing_once` costs the process three times as much."""
        if self._actors is None:
            async with self.writing() as connection:
                return await statement.all_on(connection, values)
        with _unreachable_is_unavailable(self.schema):
            return await self._actors.act(statement, values)

    async def check(self) -> None:
        """Answer a trivial query, or raise `Unavailable`."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        for pool in (self._lookups, self._actors):
            if pool is not None:
                await pool.close()
        await self._writer.dispose()
        await self._reader.dispose()


class _unreachable_is_unavailable:  # noqa: N801 - reads as a phrase where it is used
    """Turns 'the server is not there' into `Unavailable`; every other database error is our own fault and stays."""

    def __init__(self, schema: str) -> None:
        self._schema = schema

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and is_unavailable(error):
            raise Unavailable(f"the database of {self._schema} does not answer: {error}") from error


def _sqlite_engine(url: str, *, begin: str, connections: int) -> AsyncEngine:
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=60,
        hide_parameters=True,
        connect_args={"cached_statements": _STATEMENTS_PREPARED},
    )
    set_up_sqlite(engine, begin)
    _undo_the_abandoned(engine)
    return AsyncEngine(engine)


def set_up_sqlite(engine: Engine, begin: str) -> None:
    """Let each connection be set up as all of ours are, and each transaction begin with this statement."""
    from sqlite3 import OperationalError as Refused  # a megabyte that a process on PostgreSQL does without

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None
        for pragma in ("busy_timeout=15000", "synchronous=NORMAL", "foreign_keys=ON"):
            _run(raw, f"PRAGMA {pragma}")
        # The switch does not wait for locks. Who is refused loses nothing: the mode stays in the file, and whoever
        # holds the lock is just switching it or has done so.
        with suppress(Refused):
            _run(raw, "PRAGMA journal_mode=WAL")

    # Not by an event: with one listener on an engine SQLAlchemy looks for listeners at each step of every statement.
    engine.dialect.do_begin = partial(_run, statement=begin)  # type: ignore[method-assign]


def _undo_the_abandoned(engine: Engine) -> None:
    """A connection that is thrown away, as its statement was cancelled, rolls back first. Closing it does not let go of
    the write lock while a cursor is still known to somebody: all writers then waited for the garbage collector."""

    @event.listens_for(engine, "invalidate")
    def _undo(raw: Any, _record: Any, _error: Any) -> None:
        with suppress(asyncio.CancelledError):  # whoever throws it away has an error to tell already
            await_only(to_the_end(_rolled_back(raw.driver_connection)))


async def _rolled_back(driver: Any) -> None:
    with suppress(Exception):  # it is thrown away either way
        await driver.interrupt()
        await driver.rollback()


def _run(raw: Any, statement: str) -> None:
    cursor = raw.cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()


def _postgresql_engine(url: str, schema: str) -> AsyncEngine:
    if not url.startswith("postgresql+asyncpg://"):
        raise StartRefused(
            f"the database address of {schema} must start with postgresql+asyncpg:// or sqlite+aiosqlite:///"
        )
    engine = create_engine(
        url,
        pool_size=_WRITERS,
        max_overflow=_READERS,
        hide_parameters=True,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            # Over a connection that swallows everything a statement would wait for ever.
            "command_timeout": _STATEMENT_SECONDS,
            "server_settings": {"search_path": schema},
        },
    )
    _ask_the_rested(engine)
    return AsyncEngine(engine)


def _ask_the_rested(engine: Engine) -> None:
    """A connection that lay unused is asked whether its server is still there; one that was in use a moment ago, only
    whether its socket is closed. Asking each time was a journey to the server for every transaction."""

    @event.listens_for(engine, "checkin")
    def _note(_raw: Any, record: Any) -> None:
        record.info[_RESTED_SINCE] = stopwatch()

    @event.listens_for(engine, "checkout")
    def _ask(raw: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get(_RESTED_SINCE)
        if since is None:
            return
        rested = stopwatch() - since >= _REST_SECONDS
        if raw.driver_connection.is_closed() or (rested and not _answers(engine, raw)):
            raise InvalidatePoolError


def _answers(engine: Engine, raw: Any) -> bool:
    try:
        return engine.dialect.do_ping(raw)
    except engine.dialect.loaded_dbapi.Error:
        return False
