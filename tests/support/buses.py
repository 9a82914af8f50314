"""Buses for tests: any kind by its address, with short time-outs and leases and a topology of two queues."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from shared.database.engine import Database
from shared.ids import new_id
from shared.messaging.bus import Bus, Delivery, Message
from shared.messaging.embedded import SCHEMA, EmbeddedBus
from shared.messaging.rabbitmq import RabbitBus

PATIENCE = 60
_CHECKOUT = Path(__file__).parents[2]
TOPOLOGY = {"test.first": ("thing.happened", "thing.ended"), "test.second": ("thing.ended",)}
LEASE_SECONDS = 0.6


def make_bus(url: str, *, seconds: float = 10, topology: Mapping[str, tuple[str, ...]] = TOPOLOGY) -> Bus:
    """A bus that is not open yet. A killed consumer's messages come back within a second."""
    if url.startswith("amqp"):
        return RabbitBus(url, name="test", seconds=seconds, topology=topology)
    return EmbeddedBus(Database(url, SCHEMA), seconds=seconds, lease_seconds=LEASE_SECONDS, topology=topology)


@asynccontextmanager
async def opened(bus: Bus) -> AsyncIterator[Bus]:
    """The bus, open for the length of the block."""
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()


def message(body: bytes = b"[]", key: str = "thing.happened", **headers: str) -> Message:
    return Message(new_id(), key, key, body, headers)


async def next_of(deliveries: AsyncIterator[Delivery]) -> Delivery:
    """The next delivery, within the patience of a test."""
    async with asyncio.timeout(PATIENCE):
        return await anext(deliveries)


async def nothing_within(deliveries: AsyncIterator[Delivery], seconds: float) -> bool:
    """Whether a while passes without a delivery."""
    try:
        async with asyncio.timeout(seconds):
            await anext(deliveries)
    except TimeoutError:
        return True
    return False


@asynccontextmanager
async def consumer_process(url: str, queue: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`bus_consumer` in a process of its own, connected. Whatever it takes it prints. It does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.bus_consumer",
        url,
        queue,
        cwd=_CHECKOUT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await line_of(process)  # it says when it is ready
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_of(process: asyncio.subprocess.Process) -> str:
    """The next line that a process prints, within the patience of a test."""
    if process.stdout is None:
        raise ValueError("the process was started without a pipe")
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readline()).decode().strip()


async def drain(bus: Bus, queue: str, count: int) -> list[Message]:
    """So many messages, acknowledged."""
    taken = []
    async with bus.consume(queue, prefetch=20) as deliveries:
        for _ in range(count):
            delivery = await next_of(deliveries)
            await delivery.ack()
            taken.append(delivery.message)
    return taken
