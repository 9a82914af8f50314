"""The bus on RabbitMQ: quorum queues, publisher confirms, mandatory publishing, time-outs on everything.

One connection a process, one channel for publishing and one for each consumer. Connection, channels and consumers
come back by themselves after a broker restart; until then every call raises `Unavailable`. Serves guarantee G01.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import structlog
from aio_pika import Message as AmqpMessage
from aio_pika import RobustConnection
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.connection import make_url

from shared.errors import Unavailable
from shared.messaging import rabbitmq_dead
from shared.messaging.bus import ALL, DeadCause, DeadLetter, Delivery, Mark, Message, Unroutable, Which
from shared.messaging.rabbitmq_delivery import RabbitDelivery, to_amqp
from shared.messaging.rabbitmq_guard import answered, unroutable_key
from shared.messaging.rabbitmq_topology import EVENTS, declare
from shared.messaging.topology import QUEUES, Topology, dead_queue

_IN_FLIGHT = 64  # messages of one call on the wire at once; gathering 100 gave three times the rate of one by one
_CLOSE_SECONDS = 5
# What the address itself says goes before.
_DEFAULTS = {"heartbeat": "10", "reconnect_interval": "1"}

log = structlog.get_logger()


class RabbitBus:
    """`Bus` on RabbitMQ. `name` tells the connection apart in the broker's own screens."""

    def __init__(self, url: str, *, name: str, seconds: float = 10, topology: Topology = QUEUES) -> None:
        given = make_url(url)
        self._url = given.update_query(_DEFAULTS | {"name": name} | dict(given.query))
        self._seconds = seconds
        self._topology = topology
        self._connection: RobustConnection | None = None
        self._channel: AbstractChannel | None = None

    async def open(self) -> None:
        try:
            async with answered("connect", self._seconds):
                self._connection = RobustConnection(self._url)
                await self._connection.connect(timeout=self._seconds)
            async with answered("declare the topology", self._seconds * 3):
                async with self._connection.channel() as channel:
                    await declare(channel, self._topology)
                self._channel = await self._connection.channel(on_return_raises=True)
        except BaseException:
            await self.close()
            raise

    async def publish(self, messages: Sequence[Message]) -> None:
        unroutable: set[str] = set()
        for at in range(0, len(messages), _IN_FLIGHT):
            unroutable |= await self._publish_at_once(messages[at : at + _IN_FLIGHT])
        if unroutable:
            raise Unroutable(unroutable)

    @asynccontextmanager
    async def consume(self, queue: str, *, prefetch: int) -> AsyncIterator[AsyncIterator[Delivery]]:
        channel = self._open_connection().channel(publisher_confirms=False)
        try:
            arrived: asyncio.Queue[RabbitDelivery] = asyncio.Queue(maxsize=prefetch)
            async with answered(f"consume {queue}", self._seconds):
                await self._start(channel, queue, prefetch, arrived)
            yield _Deliveries(arrived)
        finally:
            # The broker gives back what is unanswered when the channel closes, or when it misses the connection.
            with suppress(Unavailable):
                async with answered("stop consuming", min(_CLOSE_SECONDS, self._seconds)):
                    await channel.close()

    async def dead_letters(self, queue: str, *, limit: int) -> Sequence[DeadLetter]:
        async with self._dead_channel("read dead letters") as channel:
            return await rabbitmq_dead.read(channel, queue, limit, self._publish_one)

    async def dead_causes(self, queue: str, *, limit: int) -> Sequence[DeadCause]:
        async with self._dead_channel("merge dead letters") as channel:
            return await rabbitmq_dead.causes(channel, queue, limit, self._publish_one)

    async def dead_counts(self) -> Mapping[str, int]:
        found = await self._counts(dead_queue(queue) for queue in self._topology)
        return {queue: found[dead_queue(queue)] for queue in self._topology}

    async def replay(self, queue: str, *, limit: int, which: Which = ALL) -> int:
        async with self._dead_channel("replay dead letters") as channel:
            return await rabbitmq_dead.replay(channel, queue, limit, which, self._publish_one)

    async def dead_marks(self, queue: str, *, limit: int, which: Which = ALL) -> Sequence[Mark]:
        async with self._dead_channel("mark dead letters") as channel:
            return await rabbitmq_dead.marks(channel, queue, limit, which, self._publish_one)

    async def discard(self, queue: str, names: Collection[str]) -> int:
        async with self._dead_channel("discard dead letters") as channel:
            return await rabbitmq_dead.discard(channel, queue, names, self._publish_one)

    @asynccontextmanager
    async def _dead_channel(self, action: str) -> AsyncIterator[AbstractChannel]:
        """A channel of its own: whatever is unanswered when it closes is given back."""
        async with (
            answered(action, self._seconds * 6),
            self._open_connection().channel(publisher_confirms=False) as channel,
        ):
            yield channel

    async def depths(self) -> Mapping[str, int]:
        return await self._counts([*self._topology, *map(dead_queue, self._topology)])

    async def _counts(self, queues: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        async with (
            answered("count messages", self._seconds),
            self._open_connection().channel(publisher_confirms=False) as channel,
        ):
            for queue in queues:
                known = await channel.declare_queue(queue, passive=True)
                found[queue] = known.declaration_result.message_count or 0
        return found

    async def close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            # Always: a process that ends while a reconnect is under way would hang for ever.
            with suppress(Unavailable):
                async with answered("close", min(_CLOSE_SECONDS, self._seconds)):
                    await connection.close()

    def _open_connection(self) -> RobustConnection:
        if self._connection is None:
            raise Unavailable("the connection to RabbitMQ is not open")
        return self._connection

    async def _publish_at_once(self, messages: Sequence[Message]) -> set[str]:
        async with answered("publish", self._seconds):
            results = await asyncio.gather(
                *(self._send(EVENTS, message.routing_key, to_amqp(message)) for message in messages),
                return_exceptions=True,
            )
            return {key for key in map(unroutable_key, results) if key is not None}

    async def _publish_one(self, exchange: str, routing_key: str, message: AmqpMessage) -> None:
        async with answered("publish", self._seconds):
            await self._send(exchange, routing_key, message)

    async def _send(self, exchange: str, routing_key: str, message: AmqpMessage) -> None:
        if self._channel is None:
            raise Unavailable("the connection to RabbitMQ is not open")
        target = await self._channel.get_exchange(exchange, ensure=False)
        await target.publish(message, routing_key, mandatory=True)

    async def _start(
        self, channel: AbstractChannel, queue: str, prefetch: int, arrived: asyncio.Queue[RabbitDelivery]
    ) -> None:
        async def arrive(incoming: AbstractIncomingMessage) -> None:
            await arrived.put(RabbitDelivery(incoming, queue, self._publish_one, self._seconds))

        await channel.initialize()
        await channel.set_qos(prefetch_count=prefetch)
        source = await channel.declare_queue(queue, passive=True)
        await source.consume(arrive)


class _Deliveries:
    """What arrived, in order, without what a lost connection made unanswerable."""

    def __init__(self, arrived: asyncio.Queue[RabbitDelivery]) -> None:
        self._arrived = arrived

    def __aiter__(self) -> AsyncIterator[Delivery]:
        return self

    async def __anext__(self) -> Delivery:
        while (delivery := await self._arrived.get()).is_stale:
            log.info("stale_delivery_dropped", message_id=delivery.message.message_id)
        return delivery
