"""The broker alone: what one record a message and a hundred records a message cost, published, consumed, acknowledged.

On RabbitMQ through aio-pika as anybody would use it; in the embedded place through the embedded bus, the only broker
there is.
"""

import asyncio
from itertools import islice
from pathlib import Path

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from shared.clock import stopwatch
from shared.database.engine import Database
from shared.ids import new_id
from shared.messaging.bus import Message
from shared.messaging.embedded import SCHEMA, EmbeddedBus
from shared.web.server import run
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place
from tests.bench.processes import own_peak_mb

_QUEUE = "bench"
_AT_ONCE = 100
_ONE_RECORD_BYTES = 1024
_RECORDS = 100
_FEWER = 20  # one message of many records for so many of one
_SECONDS = 300


def broker_1_record(place: Place, sizes: Sizes) -> Figures:
    return _measure(place, _record(place)[:_ONE_RECORD_BYTES], sizes.messages, 1)


def broker_100_records(place: Place, sizes: Sizes) -> Figures:
    body = b"[" + b",".join([_record(place)] * _RECORDS) + b"]"
    return _measure(place, body, max(_AT_ONCE, sizes.messages // _FEWER), _RECORDS)


def _record(place: Place) -> bytes:
    with Path(place.rows_file).open("rb") as file:
        return next(islice(file, 1)).rstrip()


def _measure(place: Place, body: bytes, count: int, records: int) -> Figures:
    there_and_back = _rabbitmq if place.is_real else _embedded
    published, consumed, seen = run(there_and_back(place, body, count))
    demand(seen == count, f"{seen} of {count} messages came back")
    return {
        "records_per_s": count * records / (published + consumed),
        "published_records_per_s": count * records / published,
        "consumed_records_per_s": count * records / consumed,
        "peak_mb": own_peak_mb(),
    }


async def _rabbitmq(place: Place, body: bytes, count: int) -> tuple[float, float, int]:
    """Persistent, mandatory, confirmed, a hundred in flight; a quorum queue; acknowledged one by one."""
    connection = await aio_pika.connect_robust(place.amqp_url)
    async with connection, asyncio.timeout(_SECONDS):
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.set_qos(prefetch_count=_AT_ONCE)
        queue = await channel.declare_queue(_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        start = stopwatch()
        for at in range(0, count, _AT_ONCE):
            await asyncio.gather(
                *(
                    channel.default_exchange.publish(
                        aio_pika.Message(body, delivery_mode=2, message_id=new_id()), _QUEUE, timeout=30
                    )
                    for _ in range(min(_AT_ONCE, count - at))
                )
            )
        published, seen, all_seen = stopwatch() - start, 0, asyncio.Event()

        async def take(message: AbstractIncomingMessage) -> None:
            nonlocal seen
            await message.ack()
            seen += 1
            if seen == count:
                all_seen.set()

        start = stopwatch()
        await queue.consume(take)
        await all_seen.wait()
        return published, stopwatch() - start, seen


async def _embedded(place: Place, body: bytes, count: int) -> tuple[float, float, int]:
    """A hundred messages a transaction, as the relay does it."""
    database = Database(f"sqlite+aiosqlite:///{place.folder / 'bus.db'}", SCHEMA)
    bus = EmbeddedBus(database, topology={_QUEUE: (_QUEUE,)})
    await bus.open()
    try:
        async with asyncio.timeout(_SECONDS):
            start = stopwatch()
            for at in range(0, count, _AT_ONCE):
                size = min(_AT_ONCE, count - at)
                await bus.publish([Message(new_id(), _QUEUE, _QUEUE, body) for _ in range(size)])
            published, seen, start = stopwatch() - start, 0, stopwatch()
            async with bus.consume(_QUEUE, prefetch=_AT_ONCE) as deliveries:
                async for delivery in deliveries:
                    await delivery.ack()
                    seen += 1
                    if seen == count:
                        break
            return published, stopwatch() - start, seen
    finally:
        await bus.close()
