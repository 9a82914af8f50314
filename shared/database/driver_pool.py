"""A few connections of the driver's own for single statements, handed out in the order of asking (PostgreSQL).

The driver's own pool costs a short statement twice what its execution does (10 µs of 16), as it asks for a reset, in a
task of its own, before it lets the caller go on; and who waits in it is overtaken while he is handed a connection and
begins at the end again. Here is no reset: whoever leaves anything behind in a session must not use this.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from shared.database.connection import to_the_end

GONE = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
"""What the driver says when the server is away, or was."""

_CONNECTIONS = 8
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 60
_REST_SECONDS = 300.0
_PARTING_SECONDS = 2.0


class DriverPool:
    """Opened by the first statement; a connection that is not used for some minutes is closed."""

    def __init__(self, address: str, settings: Mapping[str, str]) -> None:
        self._address = address
        self._settings = dict(settings)
        self._turn = asyncio.Semaphore(_CONNECTIONS)
        self._resting: list[tuple[float, asyncpg.Connection]] = []
        self._tidying: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def fetch(self, text: str, given: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """The rows of one statement, which is a transaction by itself."""
        async with self._turn:
            connection = self._rested() or await self._opened()
            try:
                found: Sequence[Mapping[str, Any]] = await connection.fetch(text, *given)
            except BaseException as error:
                await self._judge(connection, error)
                raise
            self._rest(connection)
            return found

    async def close(self) -> None:
        """Waits for those that are in use."""
        self._is_closed = True
        if self._tidying is not None:
            self._tidying.cancel()
        for _ in range(_CONNECTIONS):
            await self._turn.acquire()
        try:
            for _, connection in self._resting:
                with suppress(OSError, *GONE):
                    await connection.close(timeout=_CONNECT_SECONDS)
        finally:
            self._resting.clear()
            for _ in range(_CONNECTIONS):
                self._turn.release()

    def _rested(self) -> asyncpg.Connection | None:
        """The one that was used last, so that the others can be closed."""
        while self._resting:
            _, connection = self._resting.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _opened(self) -> asyncpg.Connection:
        if self._is_closed:
            raise asyncpg.InterfaceError("these connections are closed for good")
        return await asyncpg.connect(
            self._address,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings=self._settings,
        )

    async def _judge(self, connection: asyncpg.Connection, error: BaseException) -> None:
        """A statement that the server refused leaves its connection sound. One that was cut short does not; and when
        the server was away, none is."""
        if isinstance(error, asyncpg.PostgresError) and not isinstance(error, GONE):
            self._rest(connection)
            return
        await to_the_end(_parted(connection))
        if isinstance(error, GONE):
            self._terminate_until(asyncio.get_running_loop().time())

    def _rest(self, connection: asyncpg.Connection) -> None:
        loop = asyncio.get_running_loop()
        self._resting.append((loop.time(), connection))
        if self._tidying is None:
            self._tidying = loop.call_later(_REST_SECONDS, self._tidy)

    def _tidy(self) -> None:
        loop = asyncio.get_running_loop()
        self._terminate_until(loop.time() - _REST_SECONDS)
        self._tidying = loop.call_later(_REST_SECONDS, self._tidy) if self._resting else None

    def _terminate_until(self, moment: float) -> None:
        """Those that rest since then or longer."""
        for since, connection in self._resting:
            if since <= moment:
                connection.terminate()
        self._resting = [one for one in self._resting if not one[1].is_closed()]


async def _parted(connection: asyncpg.Connection) -> None:
    """Ended together with its statement. Who only hangs up leaves that at the server, where it waits behind a lock for
    as long as the lock is held, and the next one beside it, until the server takes no more connections."""
    with suppress(Exception):  # it is thrown away either way
        await connection.close(timeout=_PARTING_SECONDS)
