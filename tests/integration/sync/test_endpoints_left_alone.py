"""What an endpoint asks for and how it fails, while other requests to it are under way (G13)."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.sync.webhooks.domain.patience import HOLD, IN_A_ROW
from services.sync.webhooks.lane import AT_ONCE
from shared.database.mechanics import audit_entry
from shared.outbound.egress import Posted
from tests.support.subscriber_fake import URL, Received, SubscriberHouse, until
from tests.support.sync_house import SyncHouse, online

ASKED = timedelta(seconds=600)


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    return SubscriberHouse(house)


class Crowd:
    """Answers nothing before all that may be are under way; then `first` of them at once, the others when opened."""

    def __init__(self, first: int, answer: Posted, others: Posted) -> None:
        self.first, self.answer, self.others = first, answer, others
        self.full, self.opened = asyncio.Event(), asyncio.Event()
        self.begun = 0

    async def __call__(self, _one: Received) -> Posted:
        self.begun += 1
        place = self.begun
        if place == AT_ONCE:
            self.full.set()
        await self.full.wait()
        if place <= self.first:
            return self.answer
        await self.opened.wait()
        return self.others


async def begin(subs: SubscriberHouse, crowd: Crowd) -> tuple[str, asyncio.Task[int]]:
    """A run of the lane in which the first answers are noted and the others are still under way."""
    subscriber_id, _ = await subs.enter()
    subs.network.answers[URL] = crowd
    await subs.house.hear(*(online(number) for number in range(1, 61)))
    await subs.number()
    running = asyncio.create_task(subs.deliverer().deliver(subscriber_id))

    async def first_are_noted() -> bool:
        return len(await subs.attempts(subscriber_id)) == crowd.first

    await until(first_are_noted)
    return subscriber_id, running


@pytest.mark.parametrize("others", [200, 500, 503])
async def test_a_pause_that_is_asked_for_stands_whatever_was_under_way(subs: SubscriberHouse, others: int) -> None:
    crowd = Crowd(1, Posted(429, str(int(ASKED.total_seconds()))), Posted(others))
    subscriber_id, running = await begin(subs, crowd)
    crowd.opened.set()
    assert await asyncio.wait_for(running, 60) == AT_ONCE
    assert (await subs.row(subscriber_id)).held_until == subs.house.clock.now() + ASKED
    subs.network.answer(200)
    subs.house.clock.advance(ASKED - timedelta(seconds=1))
    await subs.deliver(subscriber_id)
    assert len(subs.network.received[URL]) == AT_ONCE
    subs.house.clock.advance(timedelta(seconds=1))
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}


async def test_of_two_pauses_that_are_asked_for_the_later_end_counts(subs: SubscriberHouse) -> None:
    crowd = Crowd(1, Posted(503, "600"), Posted(503, "5"))
    subscriber_id, running = await begin(subs, crowd)
    crowd.opened.set()
    await asyncio.wait_for(running, 60)
    assert (await subs.row(subscriber_id)).held_until == subs.house.clock.now() + ASKED


async def test_whoever_resumes_ends_the_pause_that_was_asked_for(subs: SubscriberHouse) -> None:
    crowd = Crowd(1, Posted(429, "600"), Posted(200))
    subscriber_id, running = await begin(subs, crowd)
    crowd.opened.set()
    await asyncio.wait_for(running, 60)
    subs.network.answer(200)
    await subs.resume(subscriber_id)
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}


@pytest.mark.parametrize("first", [1, 2, IN_A_ROW, AT_ONCE])
async def test_a_blip_costs_seconds_however_many_requests_it_hits_at_once(subs: SubscriberHouse, first: int) -> None:
    crowd = Crowd(first, Posted(503), Posted(500))
    subscriber_id, running = await begin(subs, crowd)
    crowd.opened.set()
    await asyncio.wait_for(running, 60)
    assert (await subs.row(subscriber_id)).failures == IN_A_ROW
    subs.network.answer(200)
    subs.house.clock.advance(timedelta(seconds=30))
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}


async def test_requests_that_fail_late_show_nothing_that_those_before_them_did_not(subs: SubscriberHouse) -> None:
    crowd = Crowd(IN_A_ROW, Posted(503), Posted(503))
    subscriber_id, running = await begin(subs, crowd)
    subs.house.clock.advance(timedelta(seconds=15))  # the first pause is over
    crowd.opened.set()
    await asyncio.wait_for(running, 60)
    row = await subs.row(subscriber_id)
    assert row.failures == IN_A_ROW
    assert row.held_until - subs.house.clock.now() < timedelta(seconds=10)


async def test_an_endpoint_that_stays_dead_is_asked_ever_more_rarely_one_thing_at_a_time(subs: SubscriberHouse) -> None:
    crowd = Crowd(AT_ONCE, Posted(503), Posted(503))
    subscriber_id, running = await begin(subs, crowd)
    crowd.opened.set()
    await asyncio.wait_for(running, 60)
    pauses, begun = [], len(subs.network.received[URL])
    for round_ in range(len(HOLD)):
        held_until = (await subs.row(subscriber_id)).held_until
        pauses.append((held_until - subs.house.clock.now()).total_seconds())
        subs.house.clock.advance(held_until - subs.house.clock.now())
        await subs.deliver(subscriber_id)
        assert len(subs.network.received[URL]) == begun + round_ + 1
    expected = [*HOLD[IN_A_ROW - 1 :], *[HOLD[-1]] * (IN_A_ROW - 1)]
    assert pauses == [pytest.approx(seconds, rel=0.2) for seconds in expected]


async def test_a_410_after_a_persons_pause_is_no_second_pause(subs: SubscriberHouse) -> None:
    crowd = Crowd(1, Posted(200), Posted(410))
    subscriber_id, running = await begin(subs, crowd)
    await subs.pause(subscriber_id)
    crowd.opened.set()
    with capture_logs() as logs:
        await asyncio.wait_for(running, 60)
    row = await subs.row(subscriber_id)
    assert (row.state, row.state_by, row.state_reason) == ("paused", "operator", "a test")
    acts = [one for one in await subs.house.rows(audit_entry.select()) if one.action == "subscriber.paused"]
    assert [one.actor for one in acts] == ["operator"]
    assert [line for line in logs if line["event"] == "subscriber_paused"] == []


async def test_a_410_of_many_at_once_is_one_pause(subs: SubscriberHouse) -> None:
    crowd = Crowd(1, Posted(410), Posted(410))
    subscriber_id, running = await begin(subs, crowd)
    crowd.opened.set()
    await asyncio.wait_for(running, 60)
    acts = [one for one in await subs.house.rows(audit_entry.select()) if one.action == "subscriber.paused"]
    assert [(one.actor, one.subject) for one in acts] == [("system:sync.deliver", f"subscriber/{subscriber_id}")]
