"""A connection of SQLAlchemy's whose statements are awaited, and nothing more than the house asks of one.

The library's own such layer comes with its whole ORM (decision 0020). What waits is the driver; here it is only let:
each call runs in a greenlet, which the library's adapted drivers leave whenever they have to wait. Whoever is cancelled
in a statement gets a connection that the pool throws away, and whoever is cancelled while one is given back waits until
that is done.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, CursorResult, Executable, Row, ScalarResult
from sqlalchemy.engine import Dialect, NestedTransaction
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.util import greenlet_spawn

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
AnyResult = CursorResult[*tuple[Any, ...]]

_BY_PARTS = {"stream_results": True}


class AsyncConnection:
    """One connection, in use."""

    __slots__ = ("sync_connection",)
    wait = staticmethod(greenlet_spawn)
    """How a call of the library is carried out."""

    def __init__(self, sync_connection: Connection) -> None:
        self.sync_connection = sync_connection

    @property
    def dialect(self) -> Dialect:
        return self.sync_connection.dialect

    @overload
    def execute(
        self, statement: TypedReturnsRows[*Ts], values: Values = None
    ) -> Coroutine[Any, Any, CursorResult[*Ts]]: ...
    @overload
    def execute(self, statement: Executable, values: Values = None) -> Coroutine[Any, Any, AnyResult]: ...
    def execute(self, statement: Executable, values: Values = None) -> Coroutine[Any, Any, AnyResult]:
        return self.wait(self.sync_connection.execute, statement, values)

    @overload
    def scalar(self, statement: TypedReturnsRows[T], values: Values = None) -> Coroutine[Any, Any, T | None]: ...
    @overload
    def scalar(self, statement: Executable, values: Values = None) -> Coroutine[Any, Any, Any]: ...
    def scalar(self, statement: Executable, values: Any = None) -> Coroutine[Any, Any, Any]:
        return self.wait(self.sync_connection.scalar, statement, values)

    @overload
    def scalars(
        self, statement: TypedReturnsRows[T], values: Values = None
    ) -> Coroutine[Any, Any, ScalarResult[T]]: ...
    @overload
    def scalars(self, statement: Executable, values: Values = None) -> Coroutine[Any, Any, ScalarResult[Any]]: ...
    def scalars(self, statement: Executable, values: Values = None) -> Coroutine[Any, Any, ScalarResult[Any]]:
        return self.wait(self.sync_connection.scalars, statement, values)

    @overload
    def stream(self, statement: TypedReturnsRows[*Ts], values: Values = None) -> "Stream[*Ts]": ...
    @overload
    def stream(self, statement: Executable, values: Values = None) -> "Stream[*tuple[Any, ...]]": ...
    def stream(self, statement: Executable, values: Values = None) -> "Stream[*tuple[Any, ...]]":
        """The rows a part at a time: `async with connection.stream(…) as rows`."""
        return Stream(self, statement, values)

    def exec_driver_sql(
        self, statement: str, values: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> Coroutine[Any, Any, AnyResult]:
        return self.wait(self.sync_connection.exec_driver_sql, statement, values)

    def run_sync(self, work: Callable[..., T], *given: Any) -> Coroutine[Any, Any, T]:
        """What the library itself does with a connection, such as making tables."""
        return self.wait(work, self.sync_connection, *given)

    def get_raw_connection(self) -> Coroutine[Any, Any, PoolProxiedConnection]:
        return self.wait(getattr, self.sync_connection, "connection")

    async def begin_nested(self) -> "Savepoint":
        return Savepoint(self, await self.wait(self.sync_connection.begin_nested))

    def commit(self) -> Coroutine[Any, Any, None]:
        return self.wait(self.sync_connection.commit)

    def rollback(self) -> Coroutine[Any, Any, None]:
        return self.wait(self.sync_connection.rollback)


class Savepoint:
    """A point that the transaction can go back to."""

    __slots__ = ("_connection", "_transaction")

    def __init__(self, connection: AsyncConnection, transaction: NestedTransaction) -> None:
        self._connection, self._transaction = connection, transaction

    async def commit(self) -> None:
        await self._connection.wait(self._transaction.commit)

    async def rollback(self) -> None:
        await self._connection.wait(self._transaction.rollback)


class Stream(Generic[*Ts]):
    """Rows as they are asked for. What ends with an error leaves the result to the connection, which is given back."""

    __slots__ = ("_connection", "_result", "_statement", "_values")

    def __init__(self, connection: AsyncConnection, statement: Executable, values: Values) -> None:
        self._connection, self._statement, self._values = connection, statement, values

    async def __aenter__(self) -> "Stream[*Ts]":
        execute = self._connection.sync_connection.execute
        self._result: Any = await self._connection.wait(
            execute, self._statement, self._values, execution_options=_BY_PARTS
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_raised: object) -> None:
        if kind is None:
            await to_the_end(self._connection.wait(self._result.close))

    async def partitions(self, size: int | None = None) -> AsyncIterator[Sequence[Row[*Ts]]]:
        """Parts of so many rows, or of as many as the statement says itself (`yield_per`)."""
        while rows := await self._connection.wait(self._result.fetchmany, size):
            yield rows


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Carried out in a task of its own: whoever is cancelled meanwhile is told when it is done, also when it failed.
    Left half done it would go on beside a pool that may be closed already."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    failure: Exception | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception as error:
            failure = error
    if cancelled is not None:
        raise cancelled from failure
    task.result()
