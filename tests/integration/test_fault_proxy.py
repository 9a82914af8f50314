"""The fault proxy does what it says: otherwise the tests that rely on it would prove nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from services.local.ports import LOOPBACK
from tests.support.fault_proxy import FaultMode, FaultProxy

_PATIENCE = 60
_SILENCE = 0.2


@dataclass(frozen=True)
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, question: bytes) -> bytes:
        self.writer.write(question)
        await self.writer.drain()
        return await asyncio.wait_for(self.reader.readexactly(len(question)), _PATIENCE)

    async def hears_nothing(self) -> bool:
        try:
            await asyncio.wait_for(self.reader.read(1), _SILENCE)
        except TimeoutError:
            return True
        return False


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    except ConnectionResetError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """A proxy in front of a server that sends back what it gets."""
    server = await asyncio.start_server(_echo, LOOPBACK, 0)
    async with server, FaultProxy(LOOPBACK, server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: FaultProxy) -> AsyncIterator[Client]:
    client = await _connect(proxy)
    yield client
    client.writer.close()


async def _connect(proxy: FaultProxy) -> Client:
    return Client(*await asyncio.open_connection(proxy.host, proxy.port))


async def _is_reset(client: Client) -> bool:
    try:
        await asyncio.wait_for(client.reader.read(), _PATIENCE)
    except ConnectionResetError:
        return True
    return False


async def test_what_is_sent_arrives_whole_and_in_order(client: Client) -> None:
    question = bytes(range(256)) * 4096
    assert await client.ask(question) == question


async def test_the_end_of_one_direction_leaves_the_other_open(client: Client) -> None:
    client.writer.write(b"last words")
    client.writer.write_eof()
    assert await asyncio.wait_for(client.reader.read(), _PATIENCE) == b"last words"


async def test_a_closed_connection_is_forgotten(proxy: FaultProxy, client: Client) -> None:
    await client.ask(b"hello")
    assert proxy.connections == 1
    client.writer.close()
    await asyncio.wait_for(proxy.emptied.wait(), _PATIENCE)
    assert proxy.connections == 0


async def test_a_black_hole_answers_nothing_and_closes_nothing(proxy: FaultProxy, client: Client) -> None:
    await client.ask(b"before")
    await proxy.set_mode(FaultMode.BLACK_HOLE)
    client.writer.write(b"into the dark" * 10_000)
    await client.writer.drain()
    newcomer = await _connect(proxy)
    newcomer.writer.write(b"hello?")
    assert await client.hears_nothing()
    assert await newcomer.hears_nothing()
    newcomer.writer.close()


async def test_a_connection_that_lost_bytes_is_reset_when_the_black_hole_ends(
    proxy: FaultProxy, client: Client
) -> None:
    await proxy.set_mode(FaultMode.BLACK_HOLE)
    client.writer.write(b"lost")
    assert await client.hears_nothing()
    await proxy.set_mode(FaultMode.PASS)
    assert await _is_reset(client)


async def test_a_connection_that_was_silent_survives_a_black_hole(proxy: FaultProxy, client: Client) -> None:
    await client.ask(b"before")
    await proxy.set_mode(FaultMode.BLACK_HOLE)
    assert await client.hears_nothing()
    await proxy.set_mode(FaultMode.PASS)
    assert await client.ask(b"after") == b"after"


async def test_reset_ends_open_and_new_connections_hard(proxy: FaultProxy, client: Client) -> None:
    await client.ask(b"before")
    await proxy.set_mode(FaultMode.RESET)
    assert await _is_reset(client)
    with pytest.raises(ConnectionResetError):
        newcomer = await _connect(proxy)
        await asyncio.wait_for(newcomer.reader.readexactly(1), _PATIENCE)


async def test_nobody_listens_while_refusing_and_the_same_port_answers_afterwards(
    proxy: FaultProxy, client: Client
) -> None:
    await client.ask(b"before")
    await proxy.set_mode(FaultMode.REFUSE)
    assert await _is_reset(client)
    with pytest.raises(ConnectionRefusedError):
        await _connect(proxy)
    await proxy.set_mode(FaultMode.PASS)
    newcomer = await _connect(proxy)
    assert await newcomer.ask(b"again") == b"again"
    newcomer.writer.close()


async def test_latency_delays_each_way_and_loses_nothing(proxy: FaultProxy, client: Client) -> None:
    await proxy.set_mode(FaultMode.LATENCY, latency=0.3)
    client.writer.write(b"slow")
    assert await client.hears_nothing()
    assert await asyncio.wait_for(client.reader.readexactly(4), _PATIENCE) == b"slow"


async def test_a_target_that_is_down_resets_the_client() -> None:
    server = await asyncio.start_server(_echo, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    async with FaultProxy(LOOPBACK, port) as proxy:
        client = await _connect(proxy)
        assert await _is_reset(client)
        client.writer.close()


def test_a_url_keeps_everything_but_host_and_port() -> None:
    async def through() -> tuple[str, int]:
        proxy = FaultProxy(LOOPBACK, 1)
        return proxy.url("amqp://guest:se@cret@127.0.0.1:5672/house?heartbeat=2"), proxy.port

    url, port = asyncio.run(through())
    assert url == f"amqp://guest:se@cret@127.0.0.1:{port}/house?heartbeat=2"
