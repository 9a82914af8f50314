"""Where connections come from and go back to, whatever becomes of the task that holds one (decision 0020)."""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import RootTransaction
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import greenlet_spawn

from shared.database.connection import AsyncConnection, to_the_end


class AsyncEngine:
    """Where connections come from and go back to."""

    __slots__ = ("sync_engine",)

    def __init__(self, sync_engine: Engine) -> None:
        self.sync_engine = sync_engine

    def connect(self) -> "Connected":
        """`async with`: a connection, given back when the block ends; what was not committed is rolled back."""
        return Connected(self.sync_engine)

    def begin(self) -> "Begun":
        """`async with`: a connection and its transaction, committed when the block ends, rolled back when it raises."""
        return Begun(self.sync_engine)

    def execution_options(self, **options: Any) -> "AsyncEngine":
        return AsyncEngine(self.sync_engine.execution_options(**options))

    async def dispose(self) -> None:
        """Close every connection: those in use when they come back, and so whatever is used afterwards. The library
        would keep them open until the garbage collector comes."""
        if _close not in self.sync_engine.pool.dispatch.checkin:  # the next pool inherits it
            event.listen(self.sync_engine.pool, "checkin", _close)
        await greenlet_spawn(self.sync_engine.dispose)


def _close(_raw: Any, entry: ConnectionPoolEntry) -> None:
    entry.close()


class Connected:
    """A connection for the length of a block."""

    __slots__ = ("_connection", "_engine")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    async def __aenter__(self) -> AsyncConnection:
        self._connection = await greenlet_spawn(self._engine.connect)
        return AsyncConnection(self._connection)

    async def __aexit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: object) -> None:
        await self._give_back()

    async def _give_back(self) -> None:
        if self._connection is not None:
            await to_the_end(greenlet_spawn(self._connection.close))


class Begun(Connected):
    """A transaction for the length of a block."""

    __slots__ = ("_transaction",)

    async def __aenter__(self) -> AsyncConnection:
        try:
            return AsyncConnection(await greenlet_spawn(self._begin))
        except BaseException:
            await self._give_back()
            raise

    def _begin(self) -> Connection:
        self._connection = self._engine.connect()
        self._transaction: RootTransaction = self._connection.begin()
        self._transaction.__enter__()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            await greenlet_spawn(self._transaction.__exit__, kind, error, trace)
        finally:
            await self._give_back()
