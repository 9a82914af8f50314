"""What brings webhooks in the delivery cases, one process each: `creditsync DATABASE_URL` or `direct BUS_URL HOOK_URL`.

The first numbers changes and delivers them as `creditsync work sync` does. The second is the shortest program that
loses nothing: a quorum queue, fifty messages at once, a signed POST, an acknowledgement after a 2xx.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from time import time

import aio_pika
import aiohttp
from aio_pika.abc import AbstractIncomingMessage

from services.sync.webhooks.deliver import Dealt, Deliverer
from services.sync.webhooks.domain.signing import Algorithm, SigningKey, headers
from services.sync.webhooks.egress import egress_of_lanes
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.timers import webhook_timers
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.database.listening import Listener
from shared.messaging.bus import Delivery
from shared.messaging.embedded import SCHEMA as BUS_SCHEMA
from shared.messaging.embedded import EmbeddedBus
from shared.outbound.guard import EgressRules
from shared.runtime import Ground
from shared.sealing import Sealer
from shared.web.server import run, stop_on_signals

QUEUE = "bench_direct"
KEY = b"0123456789abcdef0123456789abcdef"
RULES = EgressRules((ip_network("127.0.0.0/8"),), https_only=False)
_AT_ONCE = 50
_JSON = "application/json"


def key_ring() -> KeyRing:
    return KeyRing(lambda: Sealer(KEY))


async def creditsync(database_url: str) -> None:
    stop, clock, dealt = stop_on_signals(), SystemClock(), Dealt()
    database = Database(database_url, "sync")
    ground = Ground(database, EmbeddedBus(database, topology={}), clock)
    deliverer = Deliverer(database, clock, key_ring(), egress_of_lanes(RULES), timedelta(hours=24), dealt)
    timers = webhook_timers(ground, feed_days=30, delivery_days=30, dealt=dealt)
    async with asyncio.TaskGroup() as group:
        for timer in timers:
            group.create_task(timer.run(stop))
        group.create_task(deliverer.run(stop))
        if database.dialect == "postgresql":
            group.create_task(Listener(database_url, database.schema, database.bells).run(stop))
    await database.close()


async def direct(bus_url: str, hook_url: str) -> None:
    connector = aiohttp.TCPConnector(limit=_AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        post = Post(session, hook_url)
        await (_from_rabbitmq if bus_url.startswith("amqp") else _from_embedded)(bus_url, post, stop_on_signals())


@dataclass(frozen=True)
class Post:
    """A signed POST; whether it was taken."""

    session: aiohttp.ClientSession
    url: str

    async def __call__(self, message_id: str, body: bytes) -> bool:
        signed = headers([SigningKey(Algorithm.HMAC, KEY)], message_id, int(time()), body)
        async with self.session.post(self.url, data=body, headers={"content-type": _JSON, **signed}) as answer:
            await answer.read()
        return answer.status < 300


async def _from_rabbitmq(url: str, post: Post, stop: asyncio.Event) -> None:
    connection = await aio_pika.connect_robust(url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=_AT_ONCE)
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})

        async def handle(message: AbstractIncomingMessage) -> None:
            taken = await post(message.message_id or "", message.body)
            await (message.ack() if taken else message.reject(requeue=True))

        await queue.consume(handle)
        await stop.wait()


async def _from_embedded(url: str, post: Post, stop: asyncio.Event) -> None:
    bus = embedded_bus(url)
    await bus.open()
    free = asyncio.Semaphore(_AT_ONCE)

    async def handle(delivery: Delivery) -> None:
        async with free:
            if await post(delivery.message.message_id, delivery.message.body):
                await delivery.ack()

    async with asyncio.TaskGroup() as group, bus.consume(QUEUE, prefetch=_AT_ONCE) as deliveries:
        async for delivery in deliveries:
            group.create_task(handle(delivery))
            if stop.is_set():
                break


def embedded_bus(url: str) -> EmbeddedBus:
    return EmbeddedBus(Database(url, BUS_SCHEMA), topology={QUEUE: (QUEUE,)})


if __name__ == "__main__":
    run({"creditsync": creditsync, "direct": direct}[sys.argv[1]](*sys.argv[2:]))
