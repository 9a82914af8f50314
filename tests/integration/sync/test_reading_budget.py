"""Looks, receipts and rounds draw on the portal's budget: orders come first, and a portal that names a time gets it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.types import Receive, Scope, Send

from services.sync.budget import PATIENCE, Budget
from services.sync.channel import read_channels
from services.sync.domain.channel import READING, Breaker, Channel, Errand, Pace
from services.sync.portals.base import PortalUnavailable
from services.sync.portals.http import PortalHttp
from services.sync.portals.options import PortalOptions
from services.sync.portals.spending import paid_by
from services.sync.tables import portal_channel
from shared.messaging.unit_of_work import unit_of_work
from tests.support.sync_house import CHINA, SyncHouse, online, record

PACE = Pace(requests_a_second=50.0, burst=100)


class Pages:
    """A portal's pages: every request is counted, and turned away while `busy`."""

    def __init__(self) -> None:
        self.asked = 0
        self.busy = False

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(b"retry-after", b"60")] if self.busy else []
        await send({"type": "http.response.start", "status": 429 if self.busy else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def portal() -> AsyncIterator[tuple[Pages, PortalHttp]]:
    pages = Pages()
    http = PortalHttp(PortalOptions("http://portal.test", app=pages), connections=4)
    try:
        yield pages, http
    finally:
        await http.close()


def purse(house: SyncHouse, errand: Errand = Errand.LOOK, pace: Pace = PACE) -> Budget:
    """On a clock that goes on while somebody waits."""

    async def wait(seconds: float) -> None:
        house.clock.advance(timedelta(seconds=seconds))

    return Budget(house.database, house.clock, CHINA, pace, errand, sleep=wait)


async def test_requests_are_drawn_by_the_handful_and_what_is_left_goes_back(house: SyncHouse) -> None:
    own = purse(house)
    async with portal() as (pages, http):
        with paid_by(own):
            await asyncio.gather(*(http.get("/") for _ in range(13)))
        async with unit_of_work(house.database, house.clock) as work:
            await own.end(work)
    assert pages.asked == 13
    assert (await _channel(house)).tokens == PACE.burst - 13


async def test_reading_waits_for_its_share_while_orders_take_everything_else(house: SyncHouse) -> None:
    began = house.clock.now()
    async with portal() as (pages, http):
        with paid_by(purse(house)):
            await http.get("/")
            async with house.database.writing() as connection:
                await connection.execute(update(portal_channel).values(tokens=-10_000.0, read_tokens=0.0))
            await asyncio.gather(*(http.get("/") for _ in range(49)))
    seconds = (house.clock.now() - began).total_seconds()
    assert pages.asked == 50
    assert seconds >= 40 / (READING * PACE.requests_a_second) - 0.1


async def test_who_reads_spares_a_portal_that_names_a_time_and_orders_go_on(house: SyncHouse) -> None:
    own, other = purse(house), purse(house, Errand.ROUND)
    async with portal() as (pages, http):
        pages.busy = True
        with paid_by(own):
            for _ in range(3):
                with pytest.raises(PortalUnavailable):
                    await http.get("/")
        assert pages.asked == 1
        with paid_by(other), pytest.raises(PortalUnavailable, match="asked not to be read until 2026-03-02 01:01:00"):
            await http.get("/")
        assert pages.asked == 1
    assert own.refused and other.refused
    await house.hear(online(1))
    await house.push()
    assert house.china.effects(record(1)) == {1: 1}
    assert (await _channel(house)).breaker is Breaker.CLOSED


async def test_no_look_is_begun_before_the_time_that_the_portal_named(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.push()
    await purse(house).told_to_wait(60)
    assert await house.look() == 0
    assert (await house.placement(1)).looks == 0
    house.clock.advance(timedelta(seconds=60))
    assert await house.look() == 1
    assert await house.green(1)


async def test_a_request_that_would_wait_too_long_is_not_made(house: SyncHouse) -> None:
    slow = Pace(requests_a_second=0.01, burst=1)
    began = house.clock.now()
    own = purse(house, pace=slow)
    async with portal() as (pages, http):
        with paid_by(own):
            await http.get("/")
            with pytest.raises(PortalUnavailable, match="nothing is left for reading"):
                await http.get("/")
    assert (pages.asked, own.refused) == (1, True)
    assert (house.clock.now() - began).total_seconds() <= PATIENCE


async def test_pushes_pay_nothing_twice(house: SyncHouse) -> None:
    async with portal() as (pages, http):
        await http.post("/api", b"{}", {})
    assert pages.asked == 1
    async with house.database.reading() as connection:
        assert await read_channels(connection) == {}


async def _channel(house: SyncHouse) -> Channel:
    async with house.database.reading() as connection:
        return (await read_channels(connection))[CHINA]
