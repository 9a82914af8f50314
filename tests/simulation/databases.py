"""Databases in which a process may die before or after each commit, and a second way to look into them.

The second way is a plain connection that asks whether there is work at all: it makes the simulation fast and has no
part in what the house does.
"""

import gc
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import MetaData, create_engine
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.engine import Database
from shared.errors import Unavailable
from tests.simulation.chance import Weather

FASTEST = Path("/dev/shm")  # noqa: S108 - of this process alone, by a name that nobody can guess


class FragileDatabase(Database):
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
    """Reads a SQLite file beside whoever works with it."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of the first row."""
        row = self._connection.execute(statement, values).fetchone()
        return row[0] if row else None

    def write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self._connection.executemany(statement, rows)

    def close(self) -> None:
        self._connection.close()


@dataclass
class Bench:
    """Where the runs of one process take place, one after the other.

    The engines stay: they keep the statements that they have compiled, which is half of the time of a run.
    """

    folder: Path
    _databases: dict[str, FragileDatabase] = field(default_factory=dict)

    def empty(self, name: str, weather: Weather, *tables: MetaData) -> tuple[FragileDatabase, Path]:
        """An empty database with these tables, and where it lies."""
        path = self.folder / f"{name}.db"
        template = self.folder / f"{name}.template"
        if not template.exists():
            engine = create_engine(f"sqlite:///{template}")
            for metadata in tables:
                metadata.create_all(engine)
            engine.dispose()
        for left in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            left.unlink(missing_ok=True)
        copyfile(template, path)
        database = self._databases.get(name) or FragileDatabase(path, name, weather)
        self._databases[name], database.weather = database, weather
        return database, path

    def portals(self) -> Path:
        """An empty folder for the stand-ins."""
        folder = self.folder / "portals"
        rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


@contextmanager
def bench() -> Iterator[Bench]:
    """In memory where there is such a folder: nothing here must survive anything.

    The collector looks seldom meanwhile, as in a server: a tenth of the time otherwise.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        with TemporaryDirectory(dir=FASTEST if FASTEST.is_dir() else None) as folder:
            yield Bench(Path(folder))
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
