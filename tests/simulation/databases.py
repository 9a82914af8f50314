"""Databases in which a process may die before or after each commit, and a second way to look into them.

The second way is a plain connection that asks whether there is work at all: it makes the simulation fast and has no
part in what the house does.
"""

import asyncio
import gc
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import MetaData, create_engine

from shared.database.connection import AsyncConnection
from shared.errors import Unavailable
from tests.simulation.chance import Weather
from tests.simulation.inline import InlineDatabase, commits, loop_without_threads

_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')"
)
_MASTER = "SELECT type, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'trigger')"
FASTEST = Path("/dev/shm")  # noqa: S108 - of this process alone, by a name that nobody can guess


class FragileDatabase(InlineDatabase):
    """A service's database on a machine that fails."""

    def __init__(self, path: Path, schema: str, weather: Weather) -> None:
        super().__init__(f"sqlite+aiosqlite:///{path}", schema)
        self.weather = weather

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
            self.weather.may_kill(f"{self.schema} before the commit")
            if self.weather.strikes("aborted", self.schema):
                raise Unavailable(f"the database of {self.schema} broke the transaction off")
        self.weather.may_kill(f"{self.schema} after the commit")


class Peek:
    """Reads a SQLite file beside whoever works with it, and remembers what it read until a table of it was written."""

    def __init__(self, path: Path) -> None:
        self._file = str(path)
        self._known: dict[tuple[object, ...], tuple[int, list[sqlite3.Row]]] = {}
        self._of_statement: dict[str, list[tuple[str, str]]] = {}
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row

    @property
    def commits(self) -> int:
        """Grows with every commit, also of what changes nothing."""
        return commits[self._file, ""]

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """The same list as before while nothing of it was written."""
        tables = self._of_statement.get(statement) or self._tables(statement)
        written = sum([commits[table] for table in tables])
        asked = (statement, *values)
        known = self._known.get(asked)
        if known is None or known[0] != written:
            rows = self._connection.execute(statement, values).fetchall()
            known = self._known[asked] = written, rows
        return known[1]

    def _tables(self, statement: str) -> list[tuple[str, str]]:
        """Which tables a statement names, and those from which triggers write into them."""
        master = [tuple(row) for row in self._connection.execute(_MASTER)]
        named = {name for kind, name, _ in master if kind == "table" and re.search(rf"\b{name}\b", statement)}
        fed = {of for kind, of, text in master if kind == "trigger" and any(name in text for name in named)}
        found = self._of_statement[statement] = [(self._file, name) for name in sorted(named | fed)]
        return found

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of the first row."""
        rows = self.rows(statement, *values)
        return rows[0][0] if rows else None

    def write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self._connection.executemany(statement, rows)
        commits.update([(self._file, ""), *self._tables(statement)])

    def empty(self) -> None:
        """Delete every row of the file, what triggers write meanwhile and what it remembers of row numbers."""
        self._known.clear()
        tables = [row[0] for row in self._connection.execute(_TABLES)]
        while filled := [table for table in tables if self.one(f"SELECT EXISTS (SELECT 1 FROM {table})")]:  # noqa: S608
            for table in filled:
                self.write(f"DELETE FROM {table}", [()])  # noqa: S608

    def close(self) -> None:
        self._connection.close()


class Bench:
    """Where the runs of one process take place, one after the other.

    Loop, connections and engines stay: they keep the statements that they have compiled and prepared, which is half of
    the time of a run. Each run finds the files empty.
    """

    def __init__(self, folder: Path, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.portals = folder / "portals"
        self._folder = folder
        self._of_services: dict[str, FragileDatabase] = {}
        self._of_portals: dict[str, InlineDatabase] = {}
        self._peeks: dict[Path, Peek] = {}

    def of_service(self, name: str, weather: Weather, *tables: MetaData) -> tuple[FragileDatabase, Peek]:
        """A database with these tables and a way to look into it."""
        path = self._folder / f"{name}.db"
        database = self._of_services.get(name)
        if database is None:
            _lay(path, tables)
            database = self._of_services[name] = FragileDatabase(path, name, weather)
        database.weather = weather
        return database, self.peek(path)

    def of_portal(self, url: str, schema: str) -> InlineDatabase:
        """A file of a stand-in, for itself and for who writes into it."""
        if url not in self._of_portals:
            self._of_portals[url] = InlineDatabase(url, schema)
        return self._of_portals[url]

    def peek(self, path: Path) -> Peek:
        """To be asked for when the file is there."""
        if path not in self._peeks:
            self._peeks[path] = Peek(path)
        return self._peeks[path]

    def empty(self) -> None:
        """No row is left of the run before."""
        for peek in self._peeks.values():
            peek.empty()

    def close(self) -> None:
        for peek in self._peeks.values():
            peek.close()
        for database in (*self._of_services.values(), *self._of_portals.values()):
            database.shut()


def _lay(path: Path, tables: Sequence[MetaData]) -> None:
    engine = create_engine(f"sqlite:///{path}")
    for metadata in tables:
        metadata.create_all(engine)
    engine.dispose()


@contextmanager
def bench() -> Iterator[Bench]:
    """In memory where there is such a folder: nothing here must survive anything.

    The collector looks when a run has ended: a tenth of the time otherwise, and in a run it would find files open that
    the dead held.
    """
    gc.freeze()
    gc.disable()
    with ExitStack() as stack:
        stack.callback(gc.unfreeze)
        stack.callback(gc.enable)
        folder = stack.enter_context(TemporaryDirectory(dir=FASTEST if FASTEST.is_dir() else None))
        own = Bench(Path(folder), stack.enter_context(asyncio.Runner(loop_factory=loop_without_threads)))
        stack.callback(own.close)
        yield own
