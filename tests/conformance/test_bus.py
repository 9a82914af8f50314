"""What every bus promises, on RabbitMQ, on the embedded bus in SQLite and on the embedded bus in PostgreSQL."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from shared.clock import wall_time
from shared.messaging.bus import Bus, Delivery, Unroutable, Which
from shared.messaging.topology import DELIVERY_LIMIT, own_key
from tests.support.buses import (
    LEASE_SECONDS,
    PATIENCE,
    consumer_process,
    drain,
    line_of,
    make_bus,
    message,
    next_of,
    nothing_within,
    opened,
)

FIRST, SECOND = "test.first", "test.second"
_COARSE = timedelta(seconds=5)
"""A broker tells whole seconds, by its own clock."""
KINDS = [
    pytest.param("amqp_url", id="rabbitmq", marks=pytest.mark.real),
    pytest.param("tmp_sqlite_url", id="embedded-sqlite"),
    pytest.param("postgres_url", id="embedded-postgresql", marks=pytest.mark.real),
]


@pytest.fixture(params=KINDS)
def bus_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Bus]:
    async with opened(make_bus(bus_url)) as bus:
        yield bus


async def test_a_message_reaches_every_queue_that_hears_its_key_unchanged(bus: Bus) -> None:
    sent = message(bytes(range(256)) * 1200, "thing.ended", trace="00-ab-cd-01")
    await bus.publish([sent])
    assert await drain(bus, FIRST, 1) == [sent]
    assert await drain(bus, SECOND, 1) == [sent]


async def test_a_key_that_one_queue_hears_stays_out_of_the_others(bus: Bus) -> None:
    await bus.publish([message(), message(key=own_key(FIRST))])
    assert await bus.depths() == {FIRST: 2, SECOND: 0, f"{FIRST}.dead": 0, f"{SECOND}.dead": 0}


async def test_an_unroutable_message_is_reported_and_its_neighbours_are_stored(bus: Bus) -> None:
    before, after = message(), message()
    with pytest.raises(Unroutable) as refused:
        await bus.publish([before, message(key="nobody.hears"), after])
    assert refused.value.routing_keys == {"nobody.hears"}
    assert await drain(bus, FIRST, 2) == [before, after]


async def test_one_consumer_gets_messages_in_the_order_of_publication(bus: Bus) -> None:
    sent = [message() for _ in range(200)]
    await bus.publish(sent[:120])
    await bus.publish(sent[120:])
    assert await drain(bus, FIRST, 200) == sent


async def test_a_consumer_that_waits_hears_of_a_new_message(bus: Bus) -> None:
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        waiting = asyncio.create_task(next_of(deliveries))
        await asyncio.sleep(0.1)
        sent = message()
        await bus.publish([sent])
        assert (await waiting).message == sent


async def test_a_consumer_hears_what_another_process_published(bus: Bus, bus_url: str) -> None:
    async with opened(make_bus(bus_url)) as other, bus.consume(FIRST, prefetch=1) as deliveries:
        assert await nothing_within(deliveries, 0.3)
        sent = message()
        await other.publish([sent])
        assert (await next_of(deliveries)).message == sent


async def test_two_consumers_share_a_queue_without_doubling(bus: Bus, bus_url: str) -> None:
    sent = [message() for _ in range(100)]
    await bus.publish(sent)
    taken: list[str] = []

    async def work(deliveries: AsyncIterator[Delivery]) -> int:
        mine = 0
        while len(taken) < len(sent):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    delivery = await anext(deliveries)
                taken.append(delivery.message.message_id)
                mine += 1
                await asyncio.sleep(0.01)  # work, so that one alone cannot be through before the other has begun
                await delivery.ack()
        return mine

    async with (
        opened(make_bus(bus_url)) as other,
        bus.consume(FIRST, prefetch=5) as one,
        other.consume(FIRST, prefetch=5) as two,
        asyncio.timeout(PATIENCE),
    ):
        shares = await asyncio.gather(work(one), work(two))
    assert sorted(taken) == sorted(one.message_id for one in sent)
    assert all(shares)
    assert (await bus.depths())[FIRST] == 0


async def test_no_more_than_prefetch_are_unanswered_at_a_time(bus: Bus) -> None:
    await bus.publish([message() for _ in range(10)])
    async with bus.consume(FIRST, prefetch=3) as deliveries:
        held = [await next_of(deliveries) for _ in range(3)]
        assert await nothing_within(deliveries, 0.5)
        assert (await bus.depths())[FIRST] == 7
        for delivery in held:
            await delivery.ack()
        assert (await next_of(deliveries)).message.message_id not in {one.message.message_id for one in held}


async def test_stopping_in_order_gives_unanswered_messages_back_to_their_places(bus: Bus) -> None:
    sent = [message() for _ in range(6)]
    await bus.publish(sent)
    async with bus.consume(FIRST, prefetch=4) as deliveries:
        await (await next_of(deliveries)).ack()
        await next_of(deliveries)
    assert await drain(bus, FIRST, 5) == sent[1:]


async def test_a_killed_consumers_message_is_delivered_again(bus: Bus, bus_url: str) -> None:
    sent = [message(), message()]
    await bus.publish(sent)
    async with consumer_process(bus_url, FIRST) as consumer:
        taken = [await line_of(consumer) for _ in sent]
        consumer.send_signal(signal.SIGKILL)
    assert taken == [one.message_id for one in sent]
    async with bus.consume(FIRST, prefetch=2) as deliveries:
        again = [await next_of(deliveries) for _ in sent]
        assert [one.message for one in again] == sent
        assert [one.attempt for one in again] == [2, 2]


async def test_a_message_that_is_being_handled_for_long_stays_with_its_consumer(bus: Bus, bus_url: str) -> None:
    await bus.publish([message()])
    async with opened(make_bus(bus_url)) as other, bus.consume(FIRST, prefetch=1) as one:
        delivery = await next_of(one)
        async with other.consume(FIRST, prefetch=1) as two:
            assert await nothing_within(two, LEASE_SECONDS * 2.5)
            await delivery.ack()
    assert (await bus.depths())[FIRST] == 0


async def test_a_retried_message_comes_later_as_another_attempt_and_is_otherwise_the_same(bus: Bus) -> None:
    sent = message(b"[1]", "thing.ended", trace="abc")
    await bus.publish([sent])
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        await (await next_of(deliveries)).retry(0.1)
        assert await nothing_within(deliveries, 0.1)
        again = await next_of(deliveries)
        assert (again.message, again.attempt) == (sent, 2)
        await again.ack()
    assert (await bus.depths())[SECOND] == 1


async def test_a_delayed_message_lets_the_next_one_pass(bus: Bus) -> None:
    first, second = message(), message()
    await bus.publish([first, second])
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        await (await next_of(deliveries)).retry(1)
        passing = await next_of(deliveries)
        assert passing.message == second
        await passing.ack()
        assert (await next_of(deliveries)).message == first


async def test_a_postponed_message_is_no_further_attempt(bus: Bus) -> None:
    await bus.publish([message()])
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        await (await next_of(deliveries)).retry(0)
        await (await next_of(deliveries)).postpone(0)
        assert (await next_of(deliveries)).attempt == 2


async def test_a_message_that_no_consumer_survives_ends_as_a_dead_letter_at_the_limit(bus: Bus) -> None:
    began = wall_time() - _COARSE
    await bus.publish([message()])
    for attempt in range(1, DELIVERY_LIMIT + 1):
        async with bus.consume(FIRST, prefetch=1) as deliveries:
            assert (await next_of(deliveries)).attempt == attempt
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        assert await nothing_within(deliveries, 0.3)
    assert await bus.depths() == {FIRST: 0, SECOND: 0, f"{FIRST}.dead": 1, f"{SECOND}.dead": 0}
    for _ in range(2):
        [found] = await bus.dead_causes(FIRST, limit=10)
        assert found.cause == "delivery limit"
        assert found.oldest_at is not None and began <= found.oldest_at <= wall_time() + _COARSE


async def test_a_retry_beyond_the_limit_is_a_dead_letter(bus: Bus) -> None:
    await bus.publish([message()])
    for _ in range(1, DELIVERY_LIMIT):
        async with bus.consume(FIRST, prefetch=1) as deliveries:
            await next_of(deliveries)
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        await (await next_of(deliveries)).retry(0)
        assert await nothing_within(deliveries, 0.5)
    assert (await bus.depths())[f"{FIRST}.dead"] == 1


async def test_a_dead_letter_leaves_its_queue(bus: Bus) -> None:
    await bus.publish([message(), message()])
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        await (await next_of(deliveries)).dead_letter("test")
        await (await next_of(deliveries)).ack()
    assert await bus.depths() == {FIRST: 0, SECOND: 0, f"{FIRST}.dead": 1, f"{SECOND}.dead": 0}


async def test_what_was_published_outlives_the_bus_object(bus: Bus, bus_url: str) -> None:
    sent = [message() for _ in range(3)]
    await bus.publish(sent)
    await bus.close()
    async with opened(make_bus(bus_url)) as again:
        assert await drain(again, FIRST, 3) == sent


async def test_opening_at_the_same_time_is_harmless(bus_url: str) -> None:
    buses = [make_bus(bus_url) for _ in range(4)]
    await asyncio.gather(*(one.open() for one in buses))
    await buses[0].publish([message()])
    assert (await buses[3].depths())[FIRST] == 1
    await asyncio.gather(*(one.close() for one in buses))


async def _bury(bus: Bus, *reasons: str) -> list[str]:
    """As many dead letters in the first queue; their message ids."""
    sent = [message(key=own_key(FIRST), trace=reason) for reason in reasons]
    await bus.publish(sent)
    async with bus.consume(FIRST, prefetch=len(sent)) as deliveries:
        for reason in reasons:
            await (await next_of(deliveries)).dead_letter(reason)
    return [one.message_id for one in sent]


async def test_dead_letters_are_read_with_their_reasons_and_stay(bus: Bus) -> None:
    ids = await _bury(bus, "no such type", "not readable", "no such type")
    for _ in range(2):
        letters = await bus.dead_letters(FIRST, limit=10)
        assert sorted(one.message.message_id for one in letters) == sorted(ids)
        assert sorted((one.reason, one.attempts) for one in letters) == [
            ("no such type", 1),
            ("no such type", 1),
            ("not readable", 1),
        ]
        assert all(one.message.routing_key == own_key(FIRST) for one in letters)
    assert len(await bus.dead_letters(FIRST, limit=2)) == 2
    assert await bus.dead_letters(SECOND, limit=10) == []
    assert (await bus.depths())[f"{FIRST}.dead"] == 3


async def test_dead_letters_are_merged_by_type_and_cause_with_their_times_and_counted(bus: Bus) -> None:
    began = wall_time() - _COARSE
    await _bury(bus, "no such type", "not readable", "no such type")
    for _ in range(2):
        found = await bus.dead_causes(FIRST, limit=10)
        assert [(one.type, one.cause, one.letters) for one in found] == [
            (own_key(FIRST), "no such type", 2),
            (own_key(FIRST), "not readable", 1),
        ]
        assert [(one.sample.reason, one.sample.attempts) for one in found] == [("no such type", 1), ("not readable", 1)]
        for one in found:
            assert one.oldest_at is not None and one.newest_at is not None
            assert began <= one.oldest_at <= one.newest_at <= wall_time()
    assert await bus.dead_causes(SECOND, limit=10) == []
    assert await bus.dead_counts() == {FIRST: 3, SECOND: 0}


async def test_only_the_dead_letters_that_are_meant_are_replayed_and_the_others_stay(bus: Bus) -> None:
    ids = await _bury(bus, "one", "two", "one", "one")
    earlier = wall_time() - timedelta(hours=1)
    assert await bus.replay(FIRST, limit=10, which=Which(cause="three")) == 0
    assert await bus.replay(FIRST, limit=10, which=Which(type="no.such")) == 0
    assert await bus.replay(FIRST, limit=10, which=Which(died_before=earlier)) == 0
    assert await bus.replay(FIRST, limit=2, which=Which(own_key(FIRST), "one", wall_time() + _COARSE)) == 2
    again = {one.message_id for one in await drain(bus, FIRST, 2)}
    assert len(again) == 2 and again < {ids[0], ids[2], ids[3]}
    left = {one.message.message_id: one.reason for one in await bus.dead_letters(FIRST, limit=10)}
    assert sorted(left.values()) == ["one", "two"] and ids[1] in left


async def test_only_the_dead_letters_that_are_named_are_replayed_wherever_they_stand(bus: Bus) -> None:
    ids = await _bury(bus, "one", "one", "one", "two")
    named = frozenset((ids[1], ids[3]))
    assert await bus.replay(FIRST, limit=10, which=Which(cause="one", names=named)) == 1
    assert await bus.replay(FIRST, limit=10, which=Which(cause="one", names=named)) == 0
    assert await bus.replay(FIRST, limit=10, which=Which(names=frozenset())) == 0
    assert [one.message_id for one in await drain(bus, FIRST, 1)] == [ids[1]]
    left = {one.message.message_id for one in await bus.dead_letters(FIRST, limit=10)}
    assert left == {ids[0], ids[2], ids[3]}


async def test_only_the_dead_letters_that_were_marked_are_discarded_and_the_others_stay(bus: Bus) -> None:
    ids = await _bury(bus, "one", "two", "one")
    marks = await bus.dead_marks(FIRST, limit=10, which=Which(cause="one"))
    assert sorted(one.name for one in marks) == sorted([ids[0], ids[2]])
    letters = await bus.dead_letters(FIRST, limit=10)
    assert {one.mark for one in letters if one.reason == "one"} == set(marks)
    assert (len(await bus.dead_marks(FIRST, limit=10)), len(await bus.dead_marks(FIRST, limit=2))) == (3, 2)
    [later] = await _bury(bus, "one")
    assert await bus.discard(FIRST, [one.name for one in marks]) == 2
    assert await bus.discard(FIRST, [one.name for one in marks]) == 0
    assert await bus.discard(SECOND, [later]) == 0
    left = await bus.dead_letters(FIRST, limit=10)
    assert sorted(one.message.message_id for one in left) == sorted([ids[1], later])
    assert sorted((one.reason, one.attempts) for one in left) == [("one", 1), ("two", 1)]
    assert await bus.depths() == {FIRST: 0, SECOND: 0, f"{FIRST}.dead": 2, f"{SECOND}.dead": 0}


async def test_replayed_dead_letters_come_again_unchanged_to_their_queue_alone_as_if_they_were_new(bus: Bus) -> None:
    shared = message(key="thing.ended", trace="00-ab-cd-01")
    await bus.publish([shared])
    assert await drain(bus, SECOND, 1) == [shared]
    async with bus.consume(FIRST, prefetch=1) as deliveries:
        await (await next_of(deliveries)).dead_letter("test")
    ids = await _bury(bus, "one", "two")
    assert await bus.replay(FIRST, limit=2) == 2
    assert await bus.replay(FIRST, limit=2) == 1
    assert await bus.replay(FIRST, limit=2) == 0
    async with bus.consume(FIRST, prefetch=10) as deliveries:
        again = [await next_of(deliveries) for _ in range(3)]
        assert {one.message.message_id for one in again} == {shared.message_id, *ids}
        assert [one.attempt for one in again] == [1, 1, 1]
        assert next(one.message for one in again if one.message.message_id == shared.message_id).body == shared.body
        for one in again:
            await one.ack()
    assert await bus.depths() == {FIRST: 0, SECOND: 0, f"{FIRST}.dead": 0, f"{SECOND}.dead": 0}
