"""A send that fails in a way that nobody foresaw is noted like any other failure, and its neighbours arrive."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.sync.webhooks.domain.patience import ATTEMPTS
from shared.outbound.egress import Posted
from shared.vocabulary import PORTALS_OF, Audience
from tests.support.subscriber_fake import URL, Received, SubscriberHouse
from tests.support.sync_house import SyncHouse, online, record_id

PORTALS = len(PORTALS_OF[Audience.CREDIT_SITES])
LONG = timedelta(days=2)


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    subs = SubscriberHouse(house)

    async def breaks_at_the_first_record(one: Received) -> Posted:
        if one.data["record_id"] == record_id(1):
            raise ZeroDivisionError("a text that quotes what was sent")
        return Posted(200)

    subs.network.answers[URL] = breaks_at_the_first_record
    return subs


async def test_what_nobody_foresaw_is_noted_as_an_attempt_and_the_neighbours_arrive(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(*(online(number) for number in range(1, 5)))
    with capture_logs() as logs:
        await subs.deliver(subscriber_id)
    assert sorted(await subs.states(subscriber_id)) == ["delivered"] * 3 * PORTALS + ["pending"] * PORTALS
    failed = [row for row in await subs.attempts(subscriber_id) if row.outcome != "delivered"]
    expected = ("uncertain", None, "failed with ZeroDivisionError")
    assert [(row.outcome, row.status, row.message) for row in failed] == [expected]  # the next one of it waits
    told = [line for line in logs if line["event"] == "delivery_failed"]
    assert [line["sequence"] for line in told] == sorted(row.sequence for row in failed)
    assert all(line["exc_info"] for line in told)


async def test_what_nobody_foresaw_follows_the_table_of_retries_to_its_end(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    await subs.number()
    for _ in range(ATTEMPTS * PORTALS):
        await subs.deliver(subscriber_id)
        if (await subs.row(subscriber_id)).state == "paused":
            await subs.resume(subscriber_id)
        subs.house.clock.advance(LONG)
    found = {(row.state, row.attempts) for row in await subs.deliveries(subscriber_id)}
    assert found == {("failed", ATTEMPTS)}


async def test_a_lane_that_is_stopped_while_it_sends_notes_nothing(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    sent = asyncio.Event()

    async def never_answers(_one: Received) -> Posted:
        sent.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    subs.network.answers[URL] = never_answers
    await subs.house.hear(online(1))
    await subs.number()
    dying = asyncio.create_task(subs.deliverer().deliver(subscriber_id))
    await asyncio.wait_for(sent.wait(), 60)
    dying.cancel()
    [ended] = await asyncio.gather(dying, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)
    assert await subs.attempts(subscriber_id) == []
