"""SQLite and a loop without threads: what is asked for is done where it is asked, so that a run has one sequence.

Nor does the loop have a time of its own: who waits is woken at once, and the clock of the run has moved by the wait.

With the driver's thread for each connection, two statements at once would end in an order of the machine's choice, and
17,000 hand-overs a run took two thirds of its time. SQLAlchemy's own connections work here, without the layer that lets
a statement wait.
"""

import asyncio
import selectors
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Executable, create_engine, make_url

from shared.clock import FrozenClock
from shared.database.connection import AsyncConnection
from shared.database.engine import BEGIN_READING, BEGIN_WRITING, Database, set_up_sqlite
from shared.database.pooled import AsyncEngine
from tests.simulation.statements import Values, carry_out

T = TypeVar("T")

commits: Counter[tuple[str, str]] = Counter()
"""How often each table of each file may have changed, and the file under no name, for who looks beside the house."""


class InlineDatabase(Database):
    """A database of the house whose connections stay open from run to run."""

    def __init__(self, url: str, schema: str) -> None:
        super().__init__(url, schema)
        file = make_url(url).database or ""
        self._writer = cast(AsyncEngine, _Door(file, BEGIN_WRITING))
        self._reader = self._looker = cast(AsyncEngine, _Door(file, BEGIN_READING))

    async def close(self) -> None:
        """The connections are needed again."""

    def shut(self) -> None:
        for door in (self._writer, self._reader):
            cast(_Door, door).shut()


class _Door:
    """What a database asks of its engine. Writers wait for each other; each reader has a connection of its own."""

    def __init__(self, file: str, begin: str) -> None:
        self.file = file
        self.turn = asyncio.Lock()
        self._free: list[_Connection] = []
        self._engine = create_engine(
            f"sqlite:///{file}",
            hide_parameters=True,
            pool_size=0,
            connect_args={"factory": _Driver, "check_same_thread": False, "cached_statements": 500},
        )
        set_up_sqlite(self._engine, begin)
        for step in ("do_begin", "do_commit", "do_rollback"):  # the doors do that
            setattr(self._engine.dialect, step, _nothing)
        self.begins = begin

    def begin(self) -> "_Writing":
        return _Writing(self)

    def connect(self) -> "_Reading":
        return _Reading(self)

    def take(self) -> "_Connection":
        """With a transaction that has begun."""
        connection = self._free.pop() if self._free else _Connection(self._engine.connect())
        connection.begin(self.begins)
        return connection

    def give_back(self, connection: "_Connection") -> None:
        self._free.append(connection)

    def shut(self) -> None:
        for connection in self._free:
            connection.sync_connection.close()
        self._engine.dispose()


def _nothing(_connection: Any) -> None:
    """What the library would do at the beginning or the end of a transaction."""


async def _at_once(work: Callable[..., T], *given: Any, **named: Any) -> T:
    return work(*given, **named)


class _Connection(AsyncConnection):
    """A connection of the house with nothing to wait for."""

    __slots__ = ("changes", "driver", "written")
    wait = staticmethod(_at_once)

    def __init__(self, sync_connection: Connection) -> None:
        super().__init__(sync_connection)
        self.driver = cast(sqlite3.Connection, sync_connection.connection.driver_connection)
        self.written: set[str] = set()

    async def execute(self, statement: Executable, values: Values = None) -> Any:
        return self._carried_out(statement, values)

    async def scalar(self, statement: Executable, values: Values = None) -> Any:
        return self._carried_out(statement, values).scalar()

    async def scalars(self, statement: Executable, values: Values = None) -> Any:
        return self._carried_out(statement, values).scalars()

    def _carried_out(self, statement: Any, values: Values) -> Any:
        result = carry_out(self.sync_connection, self.driver, statement, values)
        if statement.is_dml:
            self.written.add(statement.table.name)
        return result

    def begin(self, how: str) -> None:
        sqlite3.Cursor(self.driver).execute(how)
        self.changes = self.driver.total_changes
        self.written.clear()

    def tell_of(self, file: str) -> None:
        """What was committed. A row that changed past `execute` would be read by nobody who looks beside the house."""
        changed = self.driver.total_changes != self.changes
        if changed and not self.written:
            raise AssertionError(f"something wrote into {file} unnoticed")
        commits.update((file, table) for table in (("", *self.written) if changed else ("",)))

    def end(self, how: str) -> None:
        """Of the transaction, also for the library where it has carried out a statement of it."""
        sqlite3.Cursor(self.driver).execute(how)
        if self.sync_connection.in_transaction():
            self.sync_connection.rollback()


class _Writing:
    """One transaction."""

    __slots__ = ("_connection", "_door")

    def __init__(self, door: _Door) -> None:
        self._door = door

    async def __aenter__(self) -> _Connection:
        await self._door.turn.acquire()
        try:
            self._connection = self._door.take()
        except BaseException:
            self._door.turn.release()
            raise
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._connection.end("COMMIT")
                self._connection.tell_of(self._door.file)
            else:
                self._connection.end("ROLLBACK")
        finally:
            self._door.give_back(self._connection)
            self._door.turn.release()


class _Reading:
    """One consistent look."""

    __slots__ = ("_connection", "_door")

    def __init__(self, door: _Door) -> None:
        self._door = door

    async def __aenter__(self) -> _Connection:
        self._connection = self._door.take()
        return self._connection

    async def __aexit__(self, *_raised: object) -> None:
        self._connection.end("ROLLBACK")
        self._door.give_back(self._connection)


class _Cursor(sqlite3.Cursor):
    """Has all rows as soon as a statement was carried out, as the driver's cursor does."""

    _rows: Iterator[Any] = iter(())

    def execute(self, *statement: Any) -> "_Cursor":
        super().execute(*statement)
        if self.description:
            self._rows = iter(super().fetchall())
        return self

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [row for row, _ in zip(self._rows, range(size or self.arraysize), strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class _Driver(sqlite3.Connection):
    """Makes such cursors."""

    def cursor(self, factory: Callable[..., Any] = _Cursor) -> Any:
        return super().cursor(factory)


class _SparedSelector(selectors.DefaultSelector):
    """Nothing comes from outside while there is something to do: 5,000 questions to the system a run less. When there
    is nothing to do before some moment, that moment has come."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self.clock: FrozenClock | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select()
        if timeout > 0:
            self.passed += timeout
            if self.clock is not None:
                self.clock.advance(timedelta(seconds=timeout))
        return []


class _Loop(asyncio.SelectorEventLoop):
    """What is handed to a thread is done at once, in the sequence of the run."""

    def __init__(self) -> None:
        self.selector = _SparedSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.passed

    def run_in_executor(self, _executor: Any, work: Callable[..., T], *given: Any) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(work(*given))
        except Exception as error:
            done.set_exception(error)
        return done


def loop_without_threads() -> asyncio.AbstractEventLoop:
    return _Loop()


@contextmanager
def moved_by_waiting(clock: FrozenClock) -> Iterator[None]:
    """Within such a loop: let this clock move when somebody waits for a time."""
    selector = cast(_Loop, asyncio.get_running_loop()).selector
    selector.clock, selector.passed = clock, 0.0
    try:
        yield
    finally:
        selector.clock = None
