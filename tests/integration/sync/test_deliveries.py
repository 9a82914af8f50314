"""Deliveries to subscribers: in order, without gaps, again until they arrive, nobody waits for a neighbour (G13)."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from services.sync.webhooks.domain.patience import ATTEMPTS, IN_A_ROW, LEASE
from services.sync.webhooks.lane import AT_ONCE
from services.sync.webhooks.replay import What
from services.sync.webhooks.sequence import number_changes
from shared.outbound.client import NotSent, Uncertain
from shared.outbound.egress import AddressRefused, Posted
from shared.vocabulary import PORTALS_OF, Audience
from tests.support.subscriber_fake import URL, Received, SubscriberHouse, until
from tests.support.sync_house import SyncHouse, offline, online, record_id

PORTALS = len(PORTALS_OF[Audience.CREDIT_SITES])
LONG = timedelta(days=2)


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    return SubscriberHouse(house)


async def test_a_subscriber_gets_every_change_once_with_a_sequence_of_its_own(subs: SubscriberHouse) -> None:
    early, _ = await subs.enter()
    await subs.house.hear(online(1))
    await subs.number()
    late, _ = await subs.enter("https://late.example/hook")
    await subs.house.hear(online(2), online(3))
    await subs.deliver(early)
    await subs.deliver(late)
    assert sorted(subs.network.sequences()) == list(range(1, 3 * PORTALS + 1))
    assert sorted(subs.network.sequences("https://late.example/hook")) == list(range(1, 2 * PORTALS + 1))
    assert (await subs.row(late)).from_position == PORTALS
    told = subs.network.received[URL][0].data
    assert told["record_id"] == record_id(1)
    assert set(told) == {
        "sequence", "position", "record_id", "portal", "generation", "kind", "region", "drift", "tombstone", "link",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"types": ["display.hide_ordered"]}, PORTALS),
        ({"types": ["drift.found"]}, 0),
        ({"kinds": ["penalty"]}, 3 * PORTALS),
        ({"kinds": ["licence"]}, 0),
        ({"regions": ["3206"]}, 3 * PORTALS),
        ({"regions": ["32", "11"]}, 3 * PORTALS),
        ({"regions": ["3201", "320601"]}, 0),
        ({"types": ["display.show_ordered"], "kinds": ["penalty"], "regions": ["320600"]}, 2 * PORTALS),
    ],
)
async def test_a_subscriber_hears_what_it_asked_for_and_its_sequence_has_no_gap(
    subs: SubscriberHouse, wanted: Mapping[str, Any], count: int
) -> None:
    subscriber_id, _ = await subs.enter(**wanted)
    await subs.house.hear(online(1), online(2))
    await subs.house.hear(offline(1))
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(1, count + 1))


async def test_a_later_event_of_a_record_waits_for_the_earlier_and_others_go_on(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter(types=["display.show_ordered", "display.hide_ordered"])

    async def refuses_the_first(one: Received) -> Posted:
        return Posted(500 if one.data["record_id"] == record_id(1) and not one.data["tombstone"] else 200)

    subs.network.answers[URL] = refuses_the_first
    await subs.house.hear(online(1), online(2))
    await subs.house.hear(offline(1))
    await subs.deliver(subscriber_id)
    told = {(one.data["record_id"], one.data["tombstone"]) for one in subs.network.received[URL]}
    assert told == {(record_id(1), False), (record_id(2), False)}
    subs.network.answer(200)
    subs.house.clock.advance(timedelta(seconds=10))
    await subs.deliver(subscriber_id)
    mine = [one.data for one in subs.network.received[URL] if one.data["record_id"] == record_id(1)]
    assert [one["tombstone"] for one in mine[-2 * PORTALS :]] == [False] * PORTALS + [True] * PORTALS
    assert set(await subs.states(subscriber_id)) == {"delivered"}


async def test_an_event_is_tried_over_three_days_and_then_kept_as_failed(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter(types=["display.show_ordered"])
    subs.network.answer(500)
    await subs.house.hear(online(1))
    began = subs.house.clock.now()
    for _ in range(400):
        await subs.deliver(subscriber_id)
        if "pending" not in await subs.states(subscriber_id):
            break
        await subs.resume(subscriber_id) if (await subs.row(subscriber_id)).state == "paused" else None
        subs.house.clock.advance(timedelta(hours=1))
    assert set(await subs.states(subscriber_id)) == {"failed"}
    assert {row.attempts for row in await subs.deliveries(subscriber_id)} == {ATTEMPTS}
    assert len(await subs.attempts(subscriber_id)) == ATTEMPTS * PORTALS
    assert subs.house.clock.now() - began > timedelta(hours=12)
    subs.network.answer(200)
    await subs.replay(subscriber_id, What.FAILED)
    await subs.resume(subscriber_id)
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}


async def test_a_dead_endpoint_costs_few_attempts_and_loses_none_of_its_events(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    subs.network.answer(503)
    await subs.house.hear(*(online(number) for number in range(1, 60)))
    await subs.deliver(subscriber_id)
    assert len(subs.network.received[URL]) < 30
    row = await subs.row(subscriber_id)
    assert row.failures == IN_A_ROW
    assert row.held_until > subs.house.clock.now()
    subs.network.answer(200)
    subs.house.clock.advance(timedelta(hours=2))
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}
    assert (await subs.row(subscriber_id)).failures == 0


@pytest.mark.parametrize("asked", ["600", "Sun, 06 Nov 2950 08:49:37 GMT"])
async def test_retry_after_is_honoured_within_a_day(subs: SubscriberHouse, asked: str) -> None:
    subscriber_id, _ = await subs.enter()
    subs.network.answer(429, asked)
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    sent = len(subs.network.received[URL])
    subs.network.answer(200)
    subs.house.clock.advance(timedelta(seconds=590))
    await subs.deliver(subscriber_id)
    assert len(subs.network.received[URL]) == sent
    subs.house.clock.advance(timedelta(days=1))
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}


async def test_an_answer_with_a_senseless_retry_after_is_noted_like_any_other(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    subs.network.answer(503, "Fri, 31 Dec 99999999999999999999 23:59:59 GMT")
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    assert (await subs.row(subscriber_id)).failures == len(subs.network.received[URL]) > 0


async def test_an_endpoint_that_is_gone_is_paused_at_once_and_its_events_are_kept(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    subs.network.answer(410)
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    assert (await subs.row(subscriber_id)).state == "paused"
    await subs.house.hear(online(2))
    await subs.number()
    assert await subs.states(subscriber_id) == ["pending"] * 2 * PORTALS


async def test_after_hours_of_failure_it_is_paused_and_resuming_brings_everything_in_order(
    subs: SubscriberHouse,
) -> None:
    subscriber_id, _ = await subs.enter()
    subs.network.answer(500)
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    subs.house.clock.advance(timedelta(hours=25))
    await subs.deliver(subscriber_id)
    row = await subs.row(subscriber_id)
    assert (row.state, row.state_by) == ("paused", "system:sync.deliver")
    assert "no success since" in row.state_reason
    await subs.house.hear(offline(1))
    subs.network.answer(200)
    subs.network.received.clear()
    await subs.deliver(subscriber_id)
    assert subs.network.received[URL] == []
    await subs.resume(subscriber_id)
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(1, 2 * PORTALS + 1))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotSent("no connection"), "unreachable"),
        (Uncertain("no answer"), "uncertain"),
        (AddressRefused("10.0.0.1 is no public address"), "forbidden"),
    ],
)
async def test_each_failure_has_its_name(subs: SubscriberHouse, error: Exception, outcome: str) -> None:
    subscriber_id, _ = await subs.enter()

    async def fails(_one: Received) -> Posted:
        raise error

    subs.network.answers[URL] = fails
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    found = await subs.attempts(subscriber_id)
    assert {(row.outcome, row.status, row.message) for row in found} == {(outcome, None, str(error))}


async def test_a_deliverer_killed_after_sending_is_followed_by_the_same_id(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    sent = asyncio.Event()

    async def takes_and_never_answers(_one: Received) -> Posted:
        sent.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    subs.network.answers[URL] = takes_and_never_answers
    await subs.house.hear(online(1))
    await subs.number()
    dying = asyncio.create_task(subs.deliverer().deliver(subscriber_id))
    await asyncio.wait_for(sent.wait(), 60)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    before = {one.headers["webhook-id"]: one.body for one in subs.network.received[URL]}
    subs.network.answer(200)
    subs.network.received.clear()
    await subs.deliver(subscriber_id)
    assert subs.network.received[URL] == []  # the lease of the dead one still runs
    subs.house.clock.advance(LEASE)
    await subs.deliver(subscriber_id)
    after = {one.headers["webhook-id"]: one.body for one in subs.network.received[URL]}
    assert before
    assert before.items() <= after.items()
    assert sorted(subs.network.sequences()) == list(range(1, PORTALS + 1))


async def test_two_deliverers_share_the_work(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(*(online(number) for number in range(1, 81)))
    await subs.number()

    async def until_empty() -> None:
        deliverer = subs.deliverer()
        while await deliverer.deliver(subscriber_id):
            pass

    await asyncio.gather(until_empty(), until_empty())
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(1, 80 * PORTALS + 1))
    assert [row.attempts for row in await subs.deliveries(subscriber_id)] == [1] * 80 * PORTALS


async def test_an_endpoint_that_never_answers_delays_nobody_else(subs: SubscriberHouse) -> None:
    slow = "https://slow.example/hook"
    others = [f"https://other-{number}.example/hook" for number in range(9)]
    for url in (slow, *others):
        await subs.enter(url)

    async def never(_one: Received) -> Posted:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    subs.network.answers[slow] = never
    await subs.house.hear(*(online(number) for number in range(1, 31)))
    await subs.number()
    stop = asyncio.Event()
    running = asyncio.create_task(subs.deliverer().run(stop))
    async with asyncio.timeout(60):
        while any(len(subs.network.received[url]) < 30 * PORTALS for url in others):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert 0 < len(subs.network.received[slow]) < 30 * PORTALS
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Gate:
    """An endpoint that keeps the first request until it is opened, and counts how many are under way."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.taken = asyncio.Event()
        self.under_way = self.most = 0

    async def answer(self, _one: Received) -> Posted:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if not self.taken.is_set():
            self.taken.set()
            await self.opened.wait()
        else:
            await asyncio.sleep(0)
        self.under_way -= 1
        return Posted(200)


async def test_one_request_without_answer_holds_up_neither_the_next_claims_nor_the_notes(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    gate = Gate()
    subs.network.answers[URL] = gate.answer
    await subs.house.hear(*(online(number) for number in range(1, 101)))
    await subs.number()
    running = asyncio.create_task(subs.deliverer().deliver(subscriber_id))

    async def all_of_other_records_are_noted() -> bool:
        return Counter(await subs.states(subscriber_id))["delivered"] == 99 * PORTALS

    await until(all_of_other_records_are_noted)
    gate.opened.set()
    assert await running == 100 * PORTALS
    assert set(await subs.states(subscriber_id)) == {"delivered"}
    assert len(subs.network.received[URL]) == 100 * PORTALS


async def test_an_endpoint_is_asked_a_few_things_at_once_however_much_waits(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    gate = Gate()
    gate.opened.set()
    subs.network.answers[URL] = gate.answer
    await subs.house.hear(*(online(number) for number in range(1, 101)))
    await subs.deliver(subscriber_id)
    assert 1 < gate.most <= AT_ONCE


async def test_a_lane_that_is_stopped_ends_what_it_began_and_gives_back_the_rest(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    gate, stop = Gate(), asyncio.Event()

    async def stops(one: Received) -> Posted:
        stop.set()
        await asyncio.sleep(0.3)
        return await gate.answer(one)

    gate.opened.set()
    subs.network.answers[URL] = stops
    await subs.house.hear(*(online(number) for number in range(1, 31)))
    await subs.number()
    async with asyncio.timeout(60):
        await subs.deliverer().run(stop)
    begun = len(subs.network.received[URL])
    assert 0 < begun < 30 * PORTALS
    assert Counter(await subs.states(subscriber_id)) == {"delivered": begun, "pending": 30 * PORTALS - begun}
    await subs.deliver(subscriber_id)  # at once: no lease is left
    assert sorted(subs.network.sequences()) == list(range(1, 30 * PORTALS + 1))


async def test_what_is_dealt_out_while_a_request_has_no_answer_leaves_all_the_same(subs: SubscriberHouse) -> None:
    await subs.enter()
    gate, stop, deliverer = Gate(), asyncio.Event(), subs.deliverer()
    subs.network.answers[URL] = gate.answer
    await subs.house.hear(online(1))
    await subs.number()
    running = asyncio.create_task(deliverer.run(stop))
    await asyncio.wait_for(gate.taken.wait(), 60)
    await subs.house.hear(online(2))
    deliverer.dealt.to((await number_changes(subs.house.database, subs.house.clock)).subscribers)

    async def all_of_the_other_record_came() -> bool:
        return len(subs.network.received[URL]) == 1 + PORTALS

    await until(all_of_the_other_record_came)
    gate.opened.set()
    stop.set()
    await asyncio.wait_for(running, 60)


async def test_an_endpoint_that_asks_for_a_pause_is_spared_what_was_not_begun(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()

    async def busy(one: Received) -> Posted:
        await asyncio.sleep(0.1)
        return Posted(503, "600") if one.sequence == 1 else Posted(200)

    subs.network.answers[URL] = busy
    await subs.house.hear(*(online(number) for number in range(1, 31)))
    await subs.deliver(subscriber_id)
    assert 1 < len(subs.network.received[URL]) <= 2 * AT_ONCE
    assert await subs.states(subscriber_id) != ["delivered"] * 30 * PORTALS
    assert (await subs.row(subscriber_id)).held_until == subs.house.clock.now() + timedelta(seconds=600)
    subs.network.answer(200)
    subs.house.clock.advance(timedelta(seconds=601))
    await subs.deliver(subscriber_id)
    assert set(await subs.states(subscriber_id)) == {"delivered"}


async def test_numbering_names_those_who_were_dealt_something(subs: SubscriberHouse) -> None:
    every, _ = await subs.enter()
    hides, _ = await subs.enter("https://hides.example/hook", types=["display.hide_ordered"])
    ground = subs.house
    assert (await number_changes(ground.database, ground.clock)).subscribers == ()
    await ground.hear(online(1))
    assert list((await number_changes(ground.database, ground.clock)).subscribers) == [every]
    await ground.hear(offline(1))
    assert sorted((await number_changes(ground.database, ground.clock)).subscribers) == sorted([every, hides])


async def test_a_replay_sends_again_what_was_asked_for_and_nothing_else(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    subs.house.clock.advance(LONG)
    since = subs.house.clock.now()
    await subs.house.hear(online(2))
    await subs.deliver(subscriber_id)
    first = {one.headers["webhook-id"] for one in subs.network.received[URL]}
    subs.network.received.clear()
    await subs.replay(subscriber_id, What.ONE, sequence=1)
    await subs.deliver(subscriber_id)
    assert subs.network.sequences() == [1]
    subs.network.received.clear()
    await subs.replay(subscriber_id, What.SINCE, since=since)
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(PORTALS + 1, 2 * PORTALS + 1))
    assert {one.headers["webhook-id"] for one in subs.network.received[URL]} <= first


async def test_what_is_sent_names_no_person(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.publish(1)
    await subs.deliver(subscriber_id)
    bodies = b"".join(one.body for one in subs.network.received[URL]).decode()
    assert bodies
    assert "name" not in bodies
    assert "应急" not in bodies
    assert max(len(one.body) for one in subs.network.received[URL]) < 1000
