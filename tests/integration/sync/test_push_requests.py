"""The channel counts what a portal really gets: one request an enterprise at market supervision (guarantee G09)."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.sync.channel import ChannelHeld, read_channels
from services.sync.domain.channel import Breaker, Pace
from services.sync.domain.patience import SPREAD
from services.sync.portals.base import PortalLimits, PortalUnavailable, PushOrder, PushResult
from services.sync.push import TURNS_A_CLAIM, PushDesk
from shared.contracts.records import Record
from shared.vocabulary import Audience, Portal
from tests.support.portal_fake import Act, PortalFake
from tests.support.sync_house import SyncHouse, offline, online, record, record_id

MARKET = Portal.MARKET_SUPERVISION
SECOND = timedelta(seconds=1)


class Enterprises(PortalFake):
    """A portal that takes one enterprise at a time, and may ask some of them to come back later."""

    def __init__(self, pace: Pace | None = None, *, at_once: int = 1) -> None:
        limits = PortalLimits(orders_a_request=200, requests_at_once=at_once, looks_at_once=4, pace=pace or Pace())
        super().__init__(MARKET, limits=limits)
        self.turned_away: set[str] = set()
        self.asked: list[str] = []

    def request_of(self, record: Record) -> str:
        return record.subject.key

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        [enterprise] = {order.record.subject.key for order in orders}
        self.asked.append(enterprise)
        if enterprise in self.turned_away:
            raise PortalUnavailable("the portal answered 429", 120.0)
        return await super().push(orders)


async def told(house: SyncHouse, portal: PortalFake, *numbers: int) -> PushDesk:
    house.fakes = {**house.fakes, MARKET: portal}
    await house.hear(*(online(number, audience=Audience.MARKET_SUPERVISION) for number in numbers))
    return PushDesk(house.database, house.clock, portal)


async def test_each_enterprise_costs_the_budget_a_request(house: SyncHouse) -> None:
    portal = Enterprises(Pace(0.001, 5))
    desk = await told(house, portal, *range(20))
    for _ in range(3):
        with contextlib.suppress(ChannelHeld):
            await desk.push(20)
    assert len(portal.asked) == 5


async def test_records_of_one_enterprise_share_a_request(house: SyncHouse) -> None:
    portal = Enterprises()
    house.fakes = {**house.fakes, MARKET: portal}
    same = [
        one.model_copy(update={"record": one.record.model_copy(update={"subject": record(1).subject})})
        for one in (online(number, audience=Audience.MARKET_SUPERVISION) for number in range(5))
    ]
    await house.hear(*same)
    await PushDesk(house.database, house.clock, portal).push(5)
    assert len(portal.asked) == 1
    assert len(portal.pushed) == 5


async def test_what_one_enterprise_is_told_holds_for_the_portal_and_nobody_comes_earlier(house: SyncHouse) -> None:
    portal = Enterprises()
    desk = await told(house, portal, *range(8))
    portal.turned_away = {record(3).subject.key}
    with contextlib.suppress(ChannelHeld):
        await desk.push(8)
    asked = len(portal.asked)
    assert portal.asked[-1] == record(3).subject.key
    async with house.database.reading() as connection:
        channel = (await read_channels(connection))[MARKET]
    assert channel.breaker is Breaker.OPEN
    assert channel.probe_at is not None
    assert channel.probe_at >= house.clock.now() + 120 * SECOND
    house.clock.advance(119 * SECOND)
    with pytest.raises(ChannelHeld):
        await desk.push(8)
    assert len(portal.asked) == asked
    assert not [order for order in await house.sweep() if order.record_id == record_id(3)]
    portal.turned_away.clear()
    house.clock.advance(SECOND + 120 * SECOND * SPREAD)
    for _ in range(5):
        with contextlib.suppress(ChannelHeld):
            await desk.push(8)
    assert {order.record_id for order in portal.pushed} == {record_id(number) for number in range(8)}
    assert all(effects == {1: 1} for effects in (portal.effects(record(number)) for number in range(8)))


async def test_a_dead_portal_is_asked_a_few_times_and_not_once_an_enterprise(house: SyncHouse) -> None:
    portal = Enterprises(at_once=8)
    desk = await told(house, portal, *range(16))
    portal.unavailable = True
    with contextlib.suppress(ChannelHeld):
        await desk.push(16)
    assert len(portal.asked) <= 8
    assert portal.requests == []


async def test_take_downs_of_any_enterprise_go_before_publications(house: SyncHouse) -> None:
    portal = Enterprises()
    desk = await told(house, portal, *range(4))
    await desk.push(4)
    await told(house, portal, *range(10, 14))
    await house.hear(*(offline(number, audience=Audience.MARKET_SUPERVISION) for number in range(4)))
    portal.requests.clear()
    await desk.push(8)
    ways = [order.take_down for order in portal.pushed]
    assert ways == sorted(ways, reverse=True)
    assert len(ways) == 8


async def test_a_claim_takes_no_more_requests_than_the_portal_takes_in_two_turns(house: SyncHouse) -> None:
    portal = Enterprises(at_once=2)
    desk = await told(house, portal, *range(30))
    turn = await desk._take(30, take_downs_only=False)
    assert len(turn.requests) == 2 * TURNS_A_CLAIM


async def test_halves_of_a_request_on_which_the_adapter_fails_are_paid_for(house: SyncHouse) -> None:
    limits = PortalLimits(orders_a_request=8, requests_at_once=1, looks_at_once=1, pace=Pace(0.001, 20))
    portal = PortalFake(MARKET, limits=limits)
    portal.plan(record(5), *[Act.BREAK] * 10)
    desk = await told(house, portal, *range(8))
    await desk.push(8)
    async with house.database.reading() as connection:
        channel = (await read_channels(connection))[MARKET]
    assert 20 - channel.tokens == pytest.approx(1 + 2 + 2 + 2, abs=0.01)


async def test_many_small_requests_are_noted_with_few_statements(house: SyncHouse) -> None:
    small, large = Enterprises(at_once=16), Enterprises(at_once=16)
    few = await told(house, small, 1)
    statements = await house.statements_of(lambda: few.push(1))
    many = await told(house, large, *range(10, 26))
    more = await house.statements_of(lambda: many.push(16))
    assert len(more) <= 4 * len(statements)
