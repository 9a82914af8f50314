"""Rings the bells of a service that transactions in other processes asked for: LISTEN on PostgreSQL.

The transaction itself sends NOTIFY (`UnitOfWork.wake`). What is told while nobody listens costs time and nothing else.
"""

import asyncio

import asyncpg
import structlog

from shared.bells import Bells, channel_of, first_of
from shared.database.driver_address import driver_address

log = structlog.get_logger()

_CONNECT_SECONDS = 10.0
_AGAIN_SECONDS = 5.0
_ASK_SECONDS = 10.0
_ANSWER_SECONDS = 5.0


class Listener:
    """Rings what other processes of the service told to be rung.

    Who only listens never learns that its connection swallows everything: so the server is asked every `asks_every`
    seconds, and when no answer comes within `answers_within` seconds another connection is opened.
    """

    def __init__(
        self,
        url: str,
        schema: str,
        bells: Bells,
        *,
        asks_every: float = _ASK_SECONDS,
        answers_within: float = _ANSWER_SECONDS,
    ) -> None:
        self._address = driver_address(url)
        self._schema = schema
        self._bells = bells
        self._asks_every = asks_every
        self._answers_within = answers_within

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. A server that goes away is listened to again when it is back."""
        while not stop.is_set():
            try:
                await self._listen(stop)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("bells_not_heard", service=self._schema, error=type(error).__name__)
            await first_of(stop, seconds=_AGAIN_SECONDS)

    async def _listen(self, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(
            self._address, timeout=_CONNECT_SECONDS, command_timeout=self._answers_within
        )
        lost, channel = asyncio.Event(), channel_of(self._schema)
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(channel, self._hear)
            while not stop.is_set():
                await first_of(stop, lost, seconds=self._asks_every)
                await connection.execute(f'LISTEN "{channel}"')  # asked again it changes nothing, and is answered
            await connection.close(timeout=_CONNECT_SECONDS)
        finally:
            connection.terminate()

    def _hear(self, _connection: object, _server: int, _channel: str, name: object) -> None:
        self._bells.ring([str(name)])
