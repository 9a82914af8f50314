"""The bus without a broker: durable queues in one SQLite file, or in the schema `bus` of a PostgreSQL database.

The same promises as RabbitMQ, from any number of processes: at least once, acknowledgement, retry with delay,
delivery limit, dead letters, back-pressure. A killed consumer's messages come back when its lease runs out. Serves
guarantee G01; what it cannot do is survive the loss of that one database.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from shared.clock import wall_time
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging import embedded_dead as dead
from shared.messaging import embedded_store as rows
from shared.messaging.bus import ALL, DeadCause, DeadLetter, Delivery, Mark, Message, Unroutable, Which
from shared.messaging.doorbell import Doorbell
from shared.messaging.embedded_consumer import consuming
from shared.messaging.topology import QUEUES, Topology, bound_queues

SCHEMA = "bus"


class EmbeddedBus:
    """`Bus` in a database of its own, which it also closes.

    `seconds` bounds every call; a SQLite file that another process keeps locked is reported after the driver's own
    wait for the lock (15 s), which cannot be interrupted.
    """

    def __init__(
        self, database: Database, *, seconds: float = 20, lease_seconds: float = 15, topology: Topology = QUEUES
    ) -> None:
        self._database = database
        self._seconds = seconds
        self._lease = timedelta(seconds=lease_seconds)
        self._topology = topology
        self._doorbell = Doorbell(database.url, self._look)

    async def open(self) -> None:
        try:
            async with self._writing("make the tables") as connection:
                await rows.create_tables(connection, self._database.schema)
        except BaseException:
            await self._database.close()
            raise
        self._doorbell.start()

    async def publish(self, messages: Sequence[Message]) -> None:
        heard = {message.routing_key: bound_queues(self._topology, message.routing_key) for message in messages}
        async with self._writing("publish") as connection:
            await rows.store(connection, messages, self._topology, wall_time())
        self._doorbell.ring({queue for queues in heard.values() for queue in queues})
        if unroutable := {key for key, queues in heard.items() if not queues}:
            raise Unroutable(unroutable)

    @asynccontextmanager
    async def consume(self, queue: str, *, prefetch: int) -> AsyncIterator[AsyncIterator[Delivery]]:
        async with consuming(self._doorbell, self._writing, queue, prefetch, self._lease) as deliveries:
            yield deliveries

    async def dead_letters(self, queue: str, *, limit: int) -> Sequence[DeadLetter]:
        async with self._reading("read dead letters") as connection:
            return await dead.dead_letters(connection, queue, limit)

    async def dead_causes(self, queue: str, *, limit: int) -> Sequence[DeadCause]:
        """All are looked at: the database merges them."""
        async with self._reading("merge dead letters") as connection:
            return await dead.causes(connection, queue)

    async def dead_counts(self) -> Mapping[str, int]:
        async with self._reading("count dead letters") as connection:
            return await dead.counts(connection, self._topology)

    async def replay(self, queue: str, *, limit: int, which: Which = ALL) -> int:
        async with self._writing("replay dead letters") as connection:
            sent = await dead.replay(connection, queue, limit, which, wall_time())
        self._doorbell.ring({queue})
        return sent

    async def dead_marks(self, queue: str, *, limit: int, which: Which = ALL) -> Sequence[Mark]:
        async with self._reading("mark dead letters") as connection:
            return await dead.marks(connection, queue, limit, which)

    async def discard(self, queue: str, names: Collection[str]) -> int:
        async with self._writing("discard dead letters") as connection:
            return await dead.discard(connection, queue, names)

    async def depths(self) -> Mapping[str, int]:
        async with self._reading("count messages") as connection:
            return await rows.depths(connection, self._topology, wall_time())

    async def close(self) -> None:
        await self._doorbell.stop()
        await self._database.close()

    async def _look(self, queues: Collection[str]) -> set[str]:
        async with self._reading("look for messages") as connection:
            return await rows.queues_with_mail(connection, queues, wall_time())

    @asynccontextmanager
    async def _writing(self, action: str) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(self._seconds), self._database.writing() as connection:
                yield connection
        except TimeoutError as error:
            raise Unavailable(f"the embedded bus did not answer within {self._seconds} s: {action}") from error

    @asynccontextmanager
    async def _reading(self, action: str) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(self._seconds), self._database.reading() as connection:
                yield connection
        except TimeoutError as error:
            raise Unavailable(f"the embedded bus did not answer within {self._seconds} s: {action}") from error
