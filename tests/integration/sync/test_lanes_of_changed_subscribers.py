"""What a person does with a subscriber, and what another worker hears of it, reaches what is claimed already (G13)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from services.sync.webhooks import endpoints, subscribers
from services.sync.webhooks.claiming import CLAIM
from services.sync.webhooks.domain.patience import LEASE
from services.sync.webhooks.lane import AT_ONCE
from services.sync.webhooks.sequence import number_changes
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.egress import Posted
from tests.support.subscriber_fake import URL, WHY, Received, SubscriberHouse, until
from tests.support.sync_house import SyncHouse, online

NEW_URL = "https://new.example/hook"


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    return SubscriberHouse(house)


async def begin(subs: SubscriberHouse, records: int) -> tuple[str, asyncio.Event, asyncio.Task[int]]:
    """As many requests are under way as may be, until the gate is opened, and the lane has claimed what it can."""
    subscriber_id, _ = await subs.enter()
    opened = asyncio.Event()

    async def waits(_one: Received) -> Posted:
        await opened.wait()
        return Posted(200)

    subs.network.answers[URL] = waits
    await subs.house.hear(*(online(number) for number in range(1, records + 1)))
    await subs.number()
    running = asyncio.create_task(subs.deliverer().deliver(subscriber_id))

    async def all_are_begun() -> bool:
        is_full = len(subs.network.received[URL]) == AT_ONCE
        return is_full and await _keeps(subs, subscriber_id, min(records, 2 * CLAIM))

    await until(all_are_begun)
    return subscriber_id, opened, running


async def _keeps(subs: SubscriberHouse, subscriber_id: str, count: int) -> bool:
    """So many are kept from other deliverers."""
    now = subs.house.clock.now()
    return sum(row.next_try_at > now for row in await subs.deliveries(subscriber_id)) == count


async def remove(subs: SubscriberHouse, subscriber_id: str) -> None:
    await subs.remove(subscriber_id)


async def pause(subs: SubscriberHouse, subscriber_id: str) -> None:
    await subs.pause(subscriber_id)


async def move(subs: SubscriberHouse, subscriber_id: str) -> None:
    async with unit_of_work(subs.house.database, subs.house.clock) as work:
        await subscribers.change_some(work, subscriber_id, {"url": NEW_URL}, subs.rules, WHY)


async def rotate(subs: SubscriberHouse, subscriber_id: str) -> str:
    async with unit_of_work(subs.house.database, subs.house.clock) as work:
        made = await subscribers.rotate(work, subscriber_id, subs.ring, timedelta(0), WHY)
    assert made.secret
    return made.secret


@pytest.mark.parametrize("act", [remove, pause, move, rotate])
async def test_what_a_person_does_reaches_what_was_claimed_before(
    subs: SubscriberHouse, act: Callable[[SubscriberHouse, str], Awaitable[object]]
) -> None:
    subscriber_id, opened, running = await begin(subs, 100)
    await act(subs, subscriber_id)
    await until(lambda: _keeps(subs, subscriber_id, AT_ONCE))  # the rest was given back
    opened.set()
    assert await asyncio.wait_for(running, 60) == AT_ONCE
    assert len(subs.network.received[URL]) == AT_ONCE


async def test_what_waited_for_another_address_goes_there(subs: SubscriberHouse) -> None:
    subscriber_id, opened, running = await begin(subs, 20)
    await move(subs, subscriber_id)
    await until(lambda: _keeps(subs, subscriber_id, AT_ONCE))
    opened.set()
    await asyncio.wait_for(running, 60)
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}
    assert len(subs.network.received[URL]) == AT_ONCE
    both = subs.network.sequences() + subs.network.sequences(NEW_URL)
    assert sorted(both) == list(range(1, len(await subs.deliveries(subscriber_id)) + 1))


async def test_what_waited_for_another_key_is_signed_with_it(subs: SubscriberHouse) -> None:
    subscriber_id, opened, running = await begin(subs, 20)
    secret = await rotate(subs, subscriber_id)
    await until(lambda: _keeps(subs, subscriber_id, AT_ONCE))
    opened.set()
    await asyncio.wait_for(running, 60)
    await subs.deliver(subscriber_id)
    later = subs.network.received[URL][AT_ONCE:]
    assert len(later) == len(await subs.deliveries(subscriber_id)) - AT_ONCE
    for one in later:
        assert Webhook(secret).verify(one.body, dict(one.headers))


async def test_a_pause_that_one_worker_was_asked_for_is_kept_by_the_other(subs: SubscriberHouse) -> None:
    subscriber_id, opened, running = await begin(subs, 2 * CLAIM + 20)
    waits = subs.network.answers[URL]
    subs.network.answer(429, "600")
    assert await subs.deliverer().deliver(subscriber_id) == 1
    subs.network.answers[URL] = waits
    await until(lambda: _keeps(subs, subscriber_id, AT_ONCE + 1))  # the one that was refused is tried again later
    opened.set()
    assert await asyncio.wait_for(running, 60) == AT_ONCE
    assert len(subs.network.received[URL]) == AT_ONCE + 1
    assert (await subs.row(subscriber_id)).held_until == subs.house.clock.now() + timedelta(seconds=600)


async def test_each_worker_has_its_own_requests_under_way(subs: SubscriberHouse) -> None:
    subscriber_id, opened, running = await begin(subs, 2 * CLAIM + 20)
    other = asyncio.create_task(subs.deliverer().deliver(subscriber_id))

    async def both_are_full() -> bool:
        return len(subs.network.received[URL]) == 2 * AT_ONCE

    await until(both_are_full)
    opened.set()
    await asyncio.wait_for(asyncio.gather(running, other), 60)
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}


async def test_an_endpoint_that_nobody_changed_is_found_the_same_however_it_is_found(subs: SubscriberHouse) -> None:
    """Or a lane would end again and again."""
    subscriber_id, _ = await subs.enter()
    async with unit_of_work(subs.house.database, subs.house.clock) as work:
        await subscribers.rotate(work, subscriber_id, subs.ring, timedelta(hours=24), WHY)
    database, clock = subs.house.database, subs.house.clock
    await subs.house.hear(online(1))
    handed = (await number_changes(database, clock, busy=())).handed
    well = await endpoints.find(database, subs.ring, subscriber_id, clock.now())
    assert well
    assert len(well.signing) == 2
    assert [endpoints.of_handed(subs.ring, one) for one in handed] == [well] * len(handed)
    subs.network.answer(500)
    clock.advance(LEASE)
    await subs.deliver(subscriber_id)
    clock.advance(timedelta(minutes=1))
    failing = await endpoints.find(database, subs.ring, subscriber_id, clock.now())
    assert failing
    assert failing.failures > well.failures
    assert failing == well
