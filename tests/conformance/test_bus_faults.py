"""What every bus promises when what it stands on goes away: it says so in bounded time, and it comes back."""

import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from services.local.ports import LOOPBACK, free_port
from services.local.private_postgres import PostgresServer
from services.local.private_rabbitmq import RabbitServer
from shared.clock import stopwatch
from shared.errors import Unavailable
from shared.messaging.bus import Bus
from shared.messaging.embedded_tables import dead_letter
from tests.support.buses import PATIENCE, consumer_process, drain, make_bus, message, next_of, opened
from tests.support.fault_proxy import FaultMode, FaultProxy

FIRST = "test.first"
LIMIT_SECONDS = 0.7
Call = Callable[[Bus], Coroutine[Any, Any, object]]
CALLS = [
    pytest.param(lambda bus: bus.publish([message()]), id="publish"),
    pytest.param(lambda bus: bus.depths(), id="depths"),
]
SERVERS = [
    pytest.param("amqp_url", id="rabbitmq", marks=pytest.mark.real),
    pytest.param("postgres_url", id="embedded-postgresql", marks=pytest.mark.real),
]


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def proxy(server_url: str) -> AsyncIterator[FaultProxy]:
    at = make_url(server_url)
    async with FaultProxy(at.host or "", at.port or 0) as proxy:
        yield proxy


async def _again(call: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """As a relay does: try until it works."""
    async with asyncio.timeout(PATIENCE * 3):
        while True:
            try:
                return await call()
            except Unavailable:
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("call", CALLS)
async def test_a_connection_that_swallows_everything_ends_in_unavailable_and_heals(
    proxy: FaultProxy, server_url: str, call: Call
) -> None:
    async with opened(make_bus(proxy.url(server_url), seconds=LIMIT_SECONDS)) as bus:
        await proxy.set_mode(FaultMode.BLACK_HOLE)
        began = stopwatch()
        with pytest.raises(Unavailable):
            await call(bus)
        assert stopwatch() - began < LIMIT_SECONDS * 8
        await proxy.set_mode(FaultMode.PASS)
        await _again(lambda: bus.publish([message(key="thing.ended")]))
        assert (await bus.depths())["test.second"] >= 1


async def test_answering_over_a_connection_that_swallows_everything_loses_nothing(
    proxy: FaultProxy, server_url: str
) -> None:
    sent = message()
    async with opened(make_bus(proxy.url(server_url), seconds=LIMIT_SECONDS)) as bus:
        await bus.publish([sent])
        async with bus.consume(FIRST, prefetch=1) as deliveries:
            delivery = await next_of(deliveries)
            await proxy.set_mode(FaultMode.BLACK_HOLE)
            with pytest.raises(Unavailable):
                await delivery.retry(0)
    await proxy.set_mode(FaultMode.PASS)
    async with opened(make_bus(server_url)) as bus:
        assert await drain(bus, FIRST, 1) == [sent]


async def test_a_consumer_goes_on_after_its_connection_was_reset(proxy: FaultProxy, server_url: str) -> None:
    async with opened(make_bus(proxy.url(server_url))) as bus, bus.consume(FIRST, prefetch=5) as deliveries:
        await proxy.set_mode(FaultMode.RESET)
        await asyncio.sleep(0.3)
        await proxy.set_mode(FaultMode.PASS)
        sent = message()
        await _again(lambda: bus.publish([sent]))
        assert (await next_of(deliveries)).message == sent


async def test_a_process_ends_though_its_server_is_away(proxy: FaultProxy, server_url: str) -> None:
    async with consumer_process(proxy.url(server_url), FIRST) as process:
        await proxy.set_mode(FaultMode.REFUSE)
        await asyncio.sleep(1.5)  # a reconnect is under way
        async with asyncio.timeout(PATIENCE):
            await process.communicate(b"")
        assert process.returncode == 0


@pytest.mark.real
async def test_missed_heartbeats_are_unavailable_and_no_cancellation(amqp_url: str) -> None:
    at = make_url(amqp_url)
    async with (
        FaultProxy(at.host or "", at.port or 0) as proxy,
        opened(make_bus(proxy.url(amqp_url) + "?heartbeat=1", seconds=60)) as bus,
    ):
        await proxy.set_mode(FaultMode.BLACK_HOLE)
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Unavailable):
                await bus.publish([message()])


@pytest.mark.parametrize("url", [f"amqp://guest:guest@{LOOPBACK}", f"postgresql+asyncpg://nobody@{LOOPBACK}"])
async def test_opening_without_a_server_is_unavailable(url: str) -> None:
    bus = make_bus(f"{url}:{free_port()}/", seconds=LIMIT_SECONDS)
    with pytest.raises(Unavailable):
        await bus.open()
    await bus.close()


async def test_opening_over_a_connection_that_swallows_everything_is_unavailable(
    proxy: FaultProxy, server_url: str
) -> None:
    await proxy.set_mode(FaultMode.BLACK_HOLE)
    bus = make_bus(proxy.url(server_url), seconds=LIMIT_SECONDS)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(Unavailable):
            await bus.open()
        await bus.close()


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    bus = make_bus(f"sqlite+aiosqlite:///{tmp_path}")
    with pytest.raises(Unavailable):
        await bus.open()
    await bus.close()
    await asyncio.sleep(0.2)  # the driver's thread reports its end to this loop, and nobody can wait for it


async def test_a_file_in_which_the_tables_cannot_be_made_is_left_closed(tmp_path: Path) -> None:
    await _refused_by_the_tables_of_another(tmp_path / "bus.db")
    gc.collect()  # a connection that is found open fails the test


async def _refused_by_the_tables_of_another(file: Path) -> None:
    [index] = dead_letter.indexes
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(f"CREATE TABLE other (queue TEXT); CREATE INDEX {index.name} ON other (queue)")
    with pytest.raises(DBAPIError, match=f"{index.name} already exists"):
        await make_bus(f"sqlite+aiosqlite:///{file}").open()


async def _publish_over_a_crash(url: str, crash: Callable[[], None]) -> tuple[set[str], set[str]]:
    """Publish and consume while the server is killed and started again: what was confirmed, what arrived."""
    confirmed: set[str] = set()
    arrived: set[str] = set()
    crashed, busy = asyncio.Event(), asyncio.Event()

    async def publish(bus: Bus) -> None:
        while not crashed.is_set() or len(confirmed) < 300:
            sent = [message() for _ in range(10)]
            await _again(lambda: bus.publish(sent))  # noqa: B023 - awaited at once
            confirmed.update(one.message_id for one in sent)
            await asyncio.sleep(0.01)

    async def consume(bus: Bus, published: asyncio.Task[None]) -> None:
        async with bus.consume(FIRST, prefetch=20) as deliveries:
            while not (published.done() and confirmed <= arrived):
                with suppress(TimeoutError, Unavailable):
                    async with asyncio.timeout(0.5):
                        delivery = await anext(deliveries)
                    arrived.add(delivery.message.message_id)
                    if len(arrived) >= 100:
                        busy.set()
                    await delivery.ack()

    async with opened(make_bus(url, seconds=3)) as one, opened(make_bus(url, seconds=3)) as two:
        publishing = asyncio.create_task(publish(one))
        consuming = asyncio.create_task(consume(two, publishing))
        async with asyncio.timeout(PATIENCE * 4):
            await busy.wait()
            await asyncio.to_thread(crash)
            crashed.set()
            await asyncio.gather(publishing, consuming)
    return confirmed, arrived


@pytest.mark.real
async def test_nothing_confirmed_is_lost_when_rabbitmq_is_killed_and_comes_back(own_rabbitmq: RabbitServer) -> None:
    def crash() -> None:
        own_rabbitmq.kill()
        own_rabbitmq.restart()

    confirmed, arrived = await _publish_over_a_crash(own_rabbitmq.url, crash)
    assert len(confirmed) >= 300
    assert confirmed <= arrived


@pytest.mark.real
async def test_nothing_confirmed_is_lost_when_postgresql_is_killed_and_comes_back(own_postgres: PostgresServer) -> None:
    def crash() -> None:
        own_postgres.kill()
        own_postgres.restart()

    confirmed, arrived = await _publish_over_a_crash(own_postgres.url, crash)
    assert len(confirmed) >= 300
    assert confirmed <= arrived
