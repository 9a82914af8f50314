"""Endpoints behind one host and port, over real sockets: who never answers takes no connection of the others (G13)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

from services.local.ports import LOOPBACK
from services.sync.webhooks.egress import egress_of_lanes
from services.sync.webhooks.lane import AT_ONCE
from shared.outbound.client import Timeouts
from shared.outbound.guard import EgressRules
from shared.vocabulary import PORTALS_OF, Audience
from tests.support.subscriber_fake import SubscriberHouse
from tests.support.sync_house import SyncHouse, online

RECORDS = 20
PORTALS = len(PORTALS_OF[Audience.CREDIT_SITES])


class Gateway:
    """Passes on what is for `/c`; whoever stands behind the other paths never answers."""

    def __init__(self) -> None:
        self.port = 0
        self.came: Counter[str] = Counter()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("ascii").lower():
                path = head.split(" ")[1]
                await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
                self.came[path] += 1
                if path == "/c":
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    one = Gateway()
    server = await asyncio.start_server(one.talk, LOOPBACK, 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()


@asynccontextmanager
async def delivering(subs: SubscriberHouse) -> AsyncIterator[None]:
    """With nothing given up meanwhile: what has no answer goes on."""
    patient = Timeouts(connect=600, silence=600, whole=600)
    running = asyncio.create_task(subs.deliverer(egress_of_lanes(subs.rules, patient)).run(asyncio.Event()))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_endpoints_that_never_answer_take_no_connection_of_their_neighbour(house: SyncHouse) -> None:
    subs = SubscriberHouse(house, rules=EgressRules([ip_network("127.0.0.0/8")], https_only=False))
    async with gateway() as there, delivering(subs):
        for path in ("/a", "/b"):
            await subs.enter(f"http://{LOOPBACK}:{there.port}{path}")
        await house.hear(*(online(number) for number in range(1, RECORDS + 1)))
        await subs.number()

        async def more_than_one_lane_holds_its_connections() -> bool:
            return there.came.total() > AT_ONCE

        await until(more_than_one_lane_holds_its_connections)
        healthy, _ = await subs.enter(f"http://{LOOPBACK}:{there.port}/c")
        await house.hear(*(online(number) for number in range(RECORDS + 1, 2 * RECORDS + 1)))
        await subs.number()

        async def all_of_the_neighbour_arrived() -> bool:
            return Counter(await subs.states(healthy))["delivered"] == RECORDS * PORTALS

        await until(all_of_the_neighbour_arrived)
        assert there.came["/c"] == RECORDS * PORTALS
        assert {row.outcome for row in await subs.attempts(healthy)} == {"delivered"}
