"""SQLite without threads: a statement runs where it is asked for, so that a run has one sequence and one speed.

With the driver's thread for each connection, two statements at once would end in an order of the machine's choice, and
17,000 hand-overs a run took two thirds of its time.
"""

from asyncio import Future
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiosqlite
from sqlalchemy import Engine, event


class _Here:
    """Takes the place of the driver's queue and of its thread: what is put in is done at once."""

    daemon = True

    def start(self) -> None:
        """There is nothing to start."""

    def put_nowait(self, task: tuple[Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = task
        try:
            result = function()
        except Exception as error:
            if future is None:
                raise
            future.set_exception(error)
        else:
            if future is not None:
                future.set_result(result)


class _Driver:
    """`aiosqlite` as far as SQLAlchemy asks for it, with connections that work here."""

    def __getattr__(self, name: str) -> Any:
        return getattr(aiosqlite, name)

    def connect(self, *given: Any, **named: Any) -> aiosqlite.Connection:
        connection = aiosqlite.connect(*given, **named)
        here = _Here()
        vars(connection).update(_tx=here, _thread=here)
        return connection


@contextmanager
def sqlite_without_threads() -> Iterator[None]:
    """Every connection that is opened in this block."""

    def prepare(dialect: Any, *_rest: Any) -> None:
        dialect.loaded_dbapi.aiosqlite = _Driver()

    event.listen(Engine, "do_connect", prepare)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", prepare)
