"""The observed column: a take-down is finished when absence was seen (guarantee G05)."""

import asyncio
from datetime import timedelta

import pytest

from services.sync.answers import Answered, note_results
from services.sync.domain.patience import LOOK_LEASE, LOOKS_BEGIN_WITHIN, MENDS_BY_ITSELF
from services.sync.portals.base import Outcome, PortalLimits, PushResult
from services.sync.verify import Watch, verify
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Portal
from tests.support.messaging_house import until
from tests.support.portal_fake import Act, PortalFake
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("faces", [("detail",), ("search",), ("list",), ("search", "list")])
async def test_a_take_down_is_never_green_while_any_face_shows_the_record(
    house: SyncHouse, faces: tuple[str, ...]
) -> None:
    await house.publish(1)
    await house.hear(offline(1))
    await house.push()
    house.china.resurrect(record(1), *faces)
    for _ in range(5):
        await house.look()
        assert not await house.green(1)
        house.clock.advance(SECOND)
    assert house.absences == []
    house.china.lose(record(1))
    await house.settle(rounds=3)
    assert await house.green(1)
    assert [(one.record_id, one.generation, one.portal) for one in house.absences] == [(record_id(1), 2, CHINA)]


async def test_a_portal_that_takes_the_order_and_keeps_showing_is_told_again_and_then_left_red(
    house: SyncHouse,
) -> None:
    await house.publish(1)
    house.china.plan(record(1), *[Act.KEEP] * 50)
    await house.hear(offline(1))
    await house.settle(rounds=200, step=10 * SECOND)
    sent = [order.generation for order in house.china.pushed if order.take_down]
    assert sent == list(range(2, 2 + 1 + MENDS_BY_ITSELF))
    assert (await house.placement(1)).mends == MENDS_BY_ITSELF
    assert not await house.green(1)
    assert house.absences == []
    house.china.lose(record(1))
    await house.settle(rounds=60, step=10 * SECOND)
    assert await house.green(1)
    assert len(house.absences) == 1


async def test_half_a_take_down_is_mended_by_verification(house: SyncHouse) -> None:
    await house.publish(1)
    house.china.plan(record(1), Act.HIDE_DETAIL_ONLY)
    await house.hear(offline(1))
    await house.settle(rounds=30)
    assert house.china.effects(record(1)) == {1: 1, 2: 1, 3: 1}
    assert await house.green(1)
    assert [one.generation for one in house.absences] == [2]


async def test_an_altered_and_a_lost_record_are_mended_by_verification(house: SyncHouse) -> None:
    house.china.plan(record(1), Act.ALTER)
    house.china.plan(record(2), Act.KEEP)
    await house.hear(online(1), online(2))
    await house.settle(rounds=30)
    assert await house.green(1)
    assert await house.green(2)
    assert house.china.entry(record(1)).fields["facts"] == "台账缺失"
    first = (await house.observations(1))[0]
    assert (first.as_wanted, "台账缺失（改）" in first.differences) == (False, True)


async def test_a_short_lag_is_no_reason_to_push_again(house: SyncHouse) -> None:
    await house.publish(1)
    await house.hear(offline(1))
    await house.push()
    house.china.resurrect(record(1), "list")
    await house.look()
    house.clock.advance(SECOND)
    await house.look()
    house.china.lose(record(1))
    await house.settle(rounds=5)
    assert len([order for order in house.china.pushed if order.take_down]) == 1
    assert await house.green(1)


async def test_a_look_that_cannot_be_made_proves_nothing(house: SyncHouse) -> None:
    await house.publish(1, 2)
    house.china.blind_for = {house.china.portal_key(record(1))}
    await house.hear(offline(1), offline(2))
    await house.settle(rounds=60, step=5 * SECOND)
    row = await house.placement(1)
    assert (row.observed, row.mends, row.generation) == ("present", 0, 2)
    assert not await house.green(1)
    assert await house.green(2)
    house.china.face_down = True
    await house.settle(rounds=30, step=MINUTE)
    assert len(house.absences) == 1
    house.china.face_down, house.china.blind_for = False, set()
    await house.settle(rounds=30, step=MINUTE)
    assert await house.green(1)


async def test_absence_is_told_once_even_when_two_workers_saw_it(house: SyncHouse) -> None:
    await house.publish(1)
    await house.hear(offline(1))
    await house.push()
    house.china.gate.clear()
    first = asyncio.create_task(verify(house.database, house.clock, house.china))
    await _looks_begun(house, 1)
    house.clock.advance(LOOK_LEASE + SECOND)
    second = asyncio.create_task(verify(house.database, house.clock, house.china))
    await _looks_begun(house, 2)
    house.china.gate.set()
    assert [await first, await second] == [1, 1]
    await house.heard()
    assert len(house.absences) == 1
    assert [one.sight for one in await house.observations(1)] == ["present", "absent", "absent"]


async def test_a_late_look_that_finds_the_record_again_asks_for_another_which_takes_the_green_away(
    house: SyncHouse,
) -> None:
    await house.publish(1)
    await house.hear(offline(1))
    await house.push()
    house.china.gate.clear()
    slow = asyncio.create_task(verify(house.database, house.clock, house.china))
    await _looks_begun(house, 1)
    house.clock.advance(LOOK_LEASE + SECOND)
    quick = PortalFake(CHINA)
    assert await verify(house.database, house.clock, quick) == 1
    assert await house.green(1)
    house.china.resurrect(record(1), "list")
    house.china.gate.set()
    await slow
    assert await house.green(1)
    assert await house.look() == 1
    assert not await house.green(1)
    house.china.lose(record(1))
    await house.settle(rounds=5)
    assert await house.green(1)


async def test_a_record_that_rises_and_is_taken_down_again_is_a_second_absence(house: SyncHouse) -> None:
    await house.publish(1)
    await house.take_down(1)
    house.china.resurrect(record(1))
    await house.publish(2)
    await house.reconcile()
    await house.settle(rounds=3)
    assert [one.generation for one in house.absences] == [2, 2]


async def test_a_look_at_an_order_that_was_replaced_meanwhile_is_kept_as_evidence_only(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.push()
    house.china.gate.clear()
    looking = asyncio.create_task(verify(house.database, house.clock, house.china))
    await _looks_begun(house, 1)
    told = await house.hear(offline(1))
    house.china.gate.set()
    await looking
    row = await house.placement(1)
    assert (row.acknowledged_generation, row.observed_generation, row.generation) == (1, 0, 2)
    assert [one.generation for one in await house.observations(1)] == [1]
    assert len(told) == 2


async def test_a_late_look_does_not_overwrite_what_was_learned_meanwhile(house: SyncHouse) -> None:
    """The order was in doubt when the look began; the portal took it before the look ended."""
    house.china.plan(record(1), Act.UNCERTAIN_UNDONE)
    await house.hear(online(1))
    await house.push()
    house.china.gate.clear()
    slow = asyncio.create_task(verify(house.database, house.clock, house.china))
    await _looks_begun(house, 1)
    async with unit_of_work(house.database, house.clock) as work:
        await note_results(work, CHINA, Answered([PushResult(record_id(1), 1, Outcome.TAKEN)], {}, 0.0))
    house.china.gate.set()
    await slow
    row = await house.placement(1)
    assert (row.acknowledged_generation, row.next_look_at) == (1, house.clock.now())
    assert [one.sight for one in await house.observations(1)] == ["absent"]


async def test_what_a_slow_portal_leaves_no_time_for_goes_back_and_a_take_down_goes_before_it(house: SyncHouse) -> None:
    limits = PortalLimits(orders_a_request=50, requests_at_once=1, looks_at_once=1)
    china = house.fakes[CHINA] = PortalFake(CHINA, limits=limits)  # type: ignore[index]
    await house.publish(1)
    await house.hear(*(online(number) for number in range(10, 16)))
    await house.push()
    china.looks.clear()
    watch = Watch(seconds=lambda: len(china.looks) * LOOKS_BEGIN_WITHIN / 2)
    looked = await verify(house.database, house.clock, china, watch)
    assert looked == 2
    waiting = [await house.placement(number) for number in range(10, 16) if not await house.green(number)]
    assert [row.looks for row in waiting] == [0] * 4
    await house.hear(offline(1))
    await house.push()
    china.looks.clear()
    assert await house.look() == 5
    assert china.looks[0] == china.portal_key(record(1))
    assert len(china.looks) == len(set(china.looks))


async def test_take_downs_are_looked_at_first(house: SyncHouse) -> None:
    await house.publish(1)
    await house.hear(*(online(number) for number in range(10, 14)))
    await house.push()
    house.clock.advance(SECOND)
    await house.hear(offline(1))
    await house.push()
    house.china.looks.clear()
    await house.look()
    assert house.china.looks[0] == house.china.portal_key(record(1))


async def test_a_look_costs_the_same_number_of_statements_whatever_its_size(house: SyncHouse) -> None:
    await house.hear(*(online(number) for number in range(3)))
    await house.push()
    small = await house.statements_of(house.look)
    await house.hear(*(online(number) for number in range(10, 50)))
    await house.push()
    large = await house.statements_of(house.look)
    assert len(large) == len(small)


async def test_portals_are_looked_at_each_by_its_own(house: SyncHouse) -> None:
    await house.hear(online(1))
    await house.settle(Portal.CREDIT_JIANGSU, rounds=2)
    assert await house.green(1, Portal.CREDIT_JIANGSU)
    assert not await house.green(1, CHINA)


async def _looks_begun(house: SyncHouse, looks: int) -> None:
    async def begun() -> bool:
        return bool((await house.placement(1)).looks >= looks)

    await until(begun)
