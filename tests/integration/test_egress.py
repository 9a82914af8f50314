"""Posting to addresses that others gave us, over real sockets on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from services.local.ports import LOOPBACK
from shared.outbound.client import NotSent, Timeouts, Uncertain
from shared.outbound.egress import AddressRefused, Egress
from shared.outbound.guard import EgressRules

HERE = EgressRules([ip_network("127.0.0.0/8")], https_only=False)


@asynccontextmanager
async def answering(answer: bytes, *, then_hang: bool = False) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on a port of its own that gives every request the same answer."""
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
            if then_hang:
                await asyncio.sleep(30)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()


@asynccontextmanager
async def egress(rules: EgressRules = HERE, whole: float = 5) -> AsyncIterator[Egress]:
    one = Egress(rules, Timeouts(connect=2, silence=2, whole=whole))
    try:
        yield one
    finally:
        await one.close()


async def test_a_post_arrives_with_its_headers_and_the_status_comes_back() -> None:
    answer = b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"
    async with answering(answer) as (port, asked), egress() as client:
        posted = await client.post(f"http://{LOOPBACK}:{port}/hook", b"{}", {"webhook-id": "msg_1"})
    assert (posted.status, posted.ok, posted.retry_after) == (503, False, "7")
    assert b"POST /hook" in asked[0]
    assert b"webhook-id: msg_1" in asked[0]


@pytest.mark.parametrize("host", ["localhost", LOOPBACK])
async def test_a_name_is_judged_by_what_it_resolves_to(host: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    async with answering(answer) as (port, asked), egress(EgressRules(https_only=False)) as client:
        with pytest.raises(NotSent) as refused:
            await client.post(f"http://{host}:{port}/hook", b"{}", {})
    assert asked == []
    if host == LOOPBACK:
        assert isinstance(refused.value, AddressRefused)


class Names(AbstractResolver):
    """A name server that leads every name to the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = [ip_address(one) for one in addresses]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=str(one),
                port=port,
                family=socket.AF_INET if one.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in self._addresses
        ]

    async def close(self) -> None:
        """There is nothing to close."""


@pytest.mark.parametrize("addresses", [["10.0.0.7"], ["10.0.0.7", "fd00::7"], ["10.0.0.7", "10.0.0.8", "fd00::7"]])
async def test_a_name_of_which_every_address_is_refused_is_refused(addresses: list[str]) -> None:
    client = Egress(EgressRules(https_only=False), resolver=Names(*addresses))
    try:
        with pytest.raises(AddressRefused, match="no public address"):
            await client.post("http://inside.example/hook", b"{}", {})
    finally:
        await client.close()


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (inside, visited):
        moved = f"HTTP/1.1 307 Moved\r\nlocation: http://{LOOPBACK}:{inside}/\r\ncontent-length: 0\r\n\r\n".encode()
        async with answering(moved) as (port, _), egress() as client:
            assert (await client.post(f"http://{LOOPBACK}:{port}/", b"{}", {})).status == 307
    assert visited == []


async def test_an_endpoint_that_never_answers_is_given_up_in_time() -> None:
    async with answering(b"", then_hang=True) as (port, _), egress(whole=0.5) as client:
        with pytest.raises(Uncertain):
            await client.post(f"http://{LOOPBACK}:{port}/", b"{}", {})


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n" + b"x" * 100_000
    async with answering(endless, then_hang=True) as (port, _), egress() as client:
        assert (await client.post(f"http://{LOOPBACK}:{port}/", b"{}", {})).ok


async def test_nobody_there_means_surely_not_sent() -> None:
    async with answering(b"") as (port, _):
        pass
    async with egress() as client:
        with pytest.raises(NotSent):
            await client.post(f"http://{LOOPBACK}:{port}/", b"{}", {})


async def test_a_broken_answer_leaves_it_uncertain() -> None:
    async with answering(b"HTTP/1.1 200") as (port, _), egress() as client:
        with pytest.raises(Uncertain):
            await client.post(f"http://{LOOPBACK}:{port}/", b"{}", {})
