"""SQLite without threads: a statement runs where it is asked for, so that a run has one sequence and one speed.

With the driver's thread for each connection, two statements at once would end in an order of the machine's choice, and
17,000 hand-overs a run took two thirds of its time. SQLAlchemy works on the connections that the driver wraps.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.util import await_only


class _Done:
    """Waits for nothing: SQLAlchemy refuses an asynchronous statement that never waited."""

    def __await__(self) -> Iterator[None]:
        return iter(())


_DONE = _Done()


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

    async def _async_soft_close(self) -> None:
        """There is nothing left to read."""


class _Here(sqlite3.Connection):
    """What SQLAlchemy's dialect asks of a connection of the driver, and nothing to wait for."""

    @property
    def _connection(self) -> sqlite3.Connection:
        """The driver's own, as the dialect calls it."""
        return self

    def cursor(self, factory: Callable[..., Any] = _Cursor, *, server_side: bool = False) -> Any:
        await_only(_DONE)
        return super().cursor(factory)

    def terminate(self) -> None:
        self.close()


@contextmanager
def sqlite_without_threads() -> Iterator[None]:
    """Every connection that is opened in this block."""

    def connect(dialect: Any, _record: Any, given: Any, named: dict[str, Any]) -> sqlite3.Connection | None:
        if not dialect.is_async:
            return None
        return sqlite3.connect(*given, **named | {"factory": _Here, "check_same_thread": False})

    event.listen(Engine, "do_connect", connect)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", connect)
