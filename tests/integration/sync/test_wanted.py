"""The wanted column: orders of disclosure in any sequence, and the fence (guarantee G06)."""

from prometheus_client import REGISTRY

from services.sync.portals.base import Outcome
from shared.vocabulary import Audience, Portal, RecordKind
from tests.support.portal_fake import FACES, PortalFake
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

JIANGSU = Portal.CREDIT_JIANGSU


def _stale_orders(portal: Portal = CHINA) -> float:
    return REGISTRY.get_sample_value("g06_stale_orders_refused_total", {"portal": portal}) or 0.0


async def test_an_online_order_is_pushed_acknowledged_looked_at_and_observed(house: SyncHouse) -> None:
    told = await house.hear(online(1))
    assert {(order.portal, order.generation, order.take_down) for order in told} == {
        (CHINA, 1, False),
        (JIANGSU, 1, False),
    }
    await house.push()
    row = await house.placement(1)
    assert (row.acknowledged_generation, row.observed_generation) == (1, 0)
    assert not await house.green(1)
    assert await house.look() == 1
    row = await house.placement(1)
    assert (row.observed, row.observed_generation, row.next_look_at) == ("present", 1, None)
    assert house.china.faces(record(1)) == set(FACES)
    assert await house.attempts(1) == [Outcome.TAKEN]
    assert [(one.sight, one.as_wanted) for one in await house.observations(1)] == [("present", True)]


async def test_each_audience_reaches_its_own_portals_only(house: SyncHouse) -> None:
    told = await house.hear(online(1, audience=Audience.MARKET_SUPERVISION))
    assert [order.portal for order in told] == [Portal.MARKET_SUPERVISION]
    assert await house.hear(online(2, audience=Audience.OWN_COLUMN)) == []


async def test_an_amendment_is_a_new_generation_with_the_new_content(house: SyncHouse) -> None:
    await house.publish(1)
    told = await house.hear(online(1, 2, facts="更正后"))
    assert (CHINA, 2) in {(order.portal, order.generation) for order in told}
    assert not await house.green(1)
    await house.settle(rounds=2)
    assert house.china.entry(record(1)).fields["facts"] == "更正后"
    assert await house.green(1)


async def test_duplicate_events_are_harmless(house: SyncHouse) -> None:
    await house.hear(online(1), online(1))
    await house.hear(online(1))
    await house.push()
    await house.push(numbers=[1])
    await house.hear(online(1))
    await house.settle(rounds=3)
    assert house.china.effects(record(1)) == {1: 1}
    assert len(house.china.pushed) == 1
    assert (await house.placement(1)).generation == 1


async def test_a_stale_order_is_refused_and_counted_and_nothing_rises_again(house: SyncHouse) -> None:
    await house.publish(1)
    await house.take_down(1)
    before = _stale_orders()
    await house.hear(online(1, 1))
    assert _stale_orders() == before + 1
    await house.settle(rounds=3)
    row = await house.placement(1)
    assert (row.take_down, row.source_generation, row.generation) == (True, 2, 2)
    assert house.china.faces(record(1)) == set()
    assert await house.green(1)


async def test_an_offline_order_that_overtook_its_online_order_is_a_fence_and_absence_is_still_verified(
    house: SyncHouse,
) -> None:
    assert await house.hear(offline(1)) == []
    await house.settle(rounds=2)
    assert house.china.pushed == []
    assert not await house.green(1)
    told = await house.hear(online(1, 1))
    assert {(order.portal, order.take_down) for order in told} == {(CHINA, True), (JIANGSU, True)}
    await house.settle(rounds=2)
    assert [order.take_down for order in house.china.pushed] == [True]
    assert house.china.faces(record(1)) == set()
    assert await house.green(1)
    assert [(one.record_id, one.generation) for one in house.absences] == [(record_id(1), 2)]


async def test_both_orders_of_a_record_in_any_sequence_of_messages_end_offline(house: SyncHouse) -> None:
    await house.hear(offline(1), offline(2, 3), online(2, 2))
    await house.hear(online(1), online(2, 1))
    await house.settle(rounds=3)
    for number in (1, 2):
        assert house.china.faces(record(number)) == set()
        assert await house.green(number)


async def test_a_record_may_be_shown_again_by_a_newer_order(house: SyncHouse) -> None:
    await house.publish(1)
    await house.take_down(1)
    await house.hear(online(1, 3))
    await house.settle(rounds=2)
    assert house.china.faces(record(1)) == set(FACES)
    assert (await house.placement(1)).reason is None
    assert await house.green(1)


async def test_a_portal_that_does_not_show_a_kind_gets_no_order_for_it(house: SyncHouse) -> None:
    fake = PortalFake(JIANGSU, kinds=frozenset({RecordKind.LICENCE}))
    house.fakes = {**house.fakes, JIANGSU: fake}
    assert [order.portal for order in await house.hear(online(1))] == [CHINA]
    assert [order.portal for order in await house.hear(offline(1))] == [CHINA]
    house.clock.advance(10 * MINUTE)
    await house.sweep()
    await house.settle(JIANGSU, rounds=2)
    assert fake.pushed == []


async def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(house: SyncHouse) -> None:
    small = await house.statements_of(lambda: house.hear(*(online(number) for number in range(3))))
    large = await house.statements_of(lambda: house.hear(*(online(number) for number in range(100, 180))))
    assert len(large) == len(small)
