"""Who looks at what: another follows a killed worker soon and a slow one not at all; a paused one changes nothing."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from services.sync import look_claims
from services.sync.domain.patience import LOOK_LEASE, LOOKS_BEGIN_WITHIN
from services.sync.portals.base import PortalLimits
from services.sync.verify import Watch, verify
from services.sync.watch.ask_again import look_now
from shared.messaging.unit_of_work import unit_of_work
from tests.support.messaging_house import until
from tests.support.portal_fake import PortalFake
from tests.support.sync_house import CHINA, SyncHouse, offline, online, record, record_id

SECOND = timedelta(seconds=1)
USUAL, OFTEN = Watch(), Watch(renew_every=timedelta(milliseconds=10))


async def test_what_a_killed_worker_had_in_hand_is_looked_at_by_another_after_the_lease(house: SyncHouse) -> None:
    killed = await _looking(house, house.china)
    killed.cancel()
    await asyncio.wait({killed})
    house.clock.advance(LOOK_LEASE - SECOND)
    assert await _look(house, PortalFake(CHINA)) == 0
    house.clock.advance(SECOND)
    assert await _look(house, PortalFake(CHINA)) == 1
    assert await house.green(1)
    assert house.connections_in_use() == 0


async def test_looks_at_a_slow_portal_stay_with_their_worker_which_renews_them(house: SyncHouse) -> None:
    slow = await _looking(house, house.china, OFTEN, numbers=(1, 2, 3))
    for _ in range(3):
        house.clock.advance(timedelta(seconds=20))
        await until(lambda: _is_kept(house))
        assert await _look(house, PortalFake(CHINA)) == 0
    house.china.gate.set()
    assert await slow == 3
    assert [await house.green(number) for number in (1, 2, 3)] == [True] * 3
    assert [row.sight for row in await house.observations(1)] == ["present", "absent"]


async def test_a_worker_renews_what_it_has_with_one_statement_and_nothing_that_another_one_took(
    house: SyncHouse,
) -> None:
    await house.publish(1)
    await house.hear(offline(1), online(2))
    await house.push()
    async with unit_of_work(house.database, house.clock) as work:
        first = await look_claims.take(work, CHINA)
    house.clock.advance(LOOK_LEASE)
    await house.hear(offline(2))
    async with unit_of_work(house.database, house.clock) as work:
        second = await look_claims.take(work, CHINA)
    assert first and second
    assert ([row.record_id for row in first.rows], len(second.rows)) == ([record_id(1), record_id(2)], 1)
    house.clock.advance(SECOND)
    statements = await house.statements_of(lambda: _keep(house, first))
    assert len([one for one in statements if one.startswith("UPDATE")]) == 1
    assert (await house.placement(1)).next_look_at == second.until
    assert await _keep(house, first) is None
    assert await _keep(house, second) == house.clock.now() + LOOK_LEASE


async def test_a_worker_that_was_paused_writes_nothing_over_a_newer_sight_though_the_count_of_looks_began_anew(
    house: SyncHouse,
) -> None:
    """Its own claim was the first, and so is the one of a look that a person asked for since."""
    paused = await _looking(house, house.china)
    house.clock.advance(LOOK_LEASE)
    assert await _look(house, PortalFake(CHINA)) == 1
    assert await house.green(1)
    async with unit_of_work(house.database, house.clock) as work:
        await look_now(work, record_id(1), CHINA, "operator")
    newest = PortalFake(CHINA)
    newest.gate.clear()
    asked_for = asyncio.create_task(verify(house.database, house.clock, newest))
    await until(lambda: _claims(house, 1))
    house.china.resurrect(record(1), "list")
    house.china.gate.set()
    await paused
    assert await house.green(1)
    newest.gate.set()
    assert await asked_for == 1
    assert await house.green(1)


async def test_a_look_that_a_person_asks_for_is_made_though_another_one_is_under_way(house: SyncHouse) -> None:
    """The one under way may have read its pages before the person asked."""
    under_way = await _looking(house, house.china)
    async with unit_of_work(house.database, house.clock) as work:
        assert await look_now(work, record_id(1), CHINA, "operator") == [CHINA]
    house.china.gate.set()
    await under_way
    assert not await house.green(1)
    assert await _look(house, PortalFake(CHINA)) == 1
    assert await house.green(1)


async def test_what_a_renewed_claim_had_no_time_for_goes_back_at_once(house: SyncHouse) -> None:
    one_at_a_time = PortalLimits(orders_a_request=50, requests_at_once=1, looks_at_once=1)
    china = house.fakes[CHINA] = PortalFake(CHINA, limits=one_at_a_time)  # type: ignore[index]
    await house.publish(1, 2)
    before = len(china.looks)
    watch = Watch(lambda: (len(china.looks) - before) * LOOKS_BEGIN_WITHIN, OFTEN.renew_every)
    slow = await _looking(house, china, watch, numbers=(1, 2))
    house.clock.advance(timedelta(seconds=20))
    await until(lambda: _is_kept(house))
    china.gate.set()
    assert await slow == 1
    assert await house.look() == 1


async def _looking(
    house: SyncHouse, adapter: PortalFake, watch: Watch = USUAL, numbers: Sequence[int] = (1,)
) -> "asyncio.Task[int]":
    """A worker that has begun to look whether these records are gone, and waits for the portal."""
    await house.publish(*numbers)
    await house.hear(*(offline(number) for number in numbers))
    await house.push()
    adapter.gate.clear()
    looking = asyncio.create_task(verify(house.database, house.clock, adapter, watch))
    await until(lambda: _claims(house, 1))
    return looking


async def _claims(house: SyncHouse, looks: int) -> bool:
    return bool((await house.placement(1)).looks == looks)


async def _is_kept(house: SyncHouse) -> bool:
    return bool((await house.placement(1)).next_look_at == house.clock.now() + LOOK_LEASE)


async def _look(house: SyncHouse, adapter: PortalFake) -> int:
    return await verify(house.database, house.clock, adapter)


async def _keep(house: SyncHouse, claim: look_claims.LookClaim) -> object:
    async with unit_of_work(house.database, house.clock) as work:
        return await look_claims.keep(work, claim)
