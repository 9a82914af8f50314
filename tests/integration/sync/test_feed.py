"""The change feed: numbered in the order of commits, without gaps, whoever writes and whoever numbers (G13)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.feed import Sight, Watch, prune, read
from services.sync.webhooks.replay import What
from services.sync.webhooks.sequence import number_changes
from shared.clock import stopwatch
from shared.database.connection import AsyncConnection
from shared.errors import FEED_GONE, Problem
from tests.support.subscriber_fake import SubscriberHouse
from tests.support.sync_house import CHINA, SyncHouse, offline, online, record, record_id


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    return SubscriberHouse(house)


async def test_what_is_ordered_and_what_is_seen_is_told_in_its_order(subs: SubscriberHouse) -> None:
    await subs.house.publish(1)
    await subs.house.take_down(1)
    await subs.number()
    rows = [row for row in (await subs.feed()).rows if row.portal == CHINA]
    assert [row.type for row in rows] == [
        ChangeType.SHOW_ORDERED,
        ChangeType.PRESENCE_OBSERVED,
        ChangeType.HIDE_ORDERED,
        ChangeType.ABSENCE_OBSERVED,
    ]
    assert {(row.record_id, row.kind, row.region) for row in rows} == {(record_id(1), "penalty", "320600")}
    assert [row.generation for row in rows] == [1, 1, 2, 2]


async def test_a_repeated_or_older_order_changes_nothing(subs: SubscriberHouse) -> None:
    await subs.house.hear(online(1, 3))
    told = await subs.number()
    subs.house.clock.advance(timedelta(seconds=1))
    await subs.house.hear(online(1, 3), offline(1, 2))
    assert told > 0
    assert await subs.number() == 0


async def test_a_difference_that_was_found_and_mended_is_told(subs: SubscriberHouse) -> None:
    await subs.house.publish(1, 2)
    subs.house.china.lose(record(1))
    await subs.house.reconcile()
    await subs.house.settle()
    await subs.number()
    drifts = [row for row in (await subs.feed()).rows if row.type.startswith("drift.")]
    assert [(row.type, row.record_id, row.detail) for row in drifts] == [
        (ChangeType.DRIFT_FOUND, record_id(1), "missing"),
        (ChangeType.DRIFT_MENDED, record_id(1), "missing"),
    ]


async def test_positions_have_no_gaps_when_many_write_and_several_number_at_once(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()

    async def write(first: int) -> None:
        for number in range(first, first + 4):
            await subs.house.hear(online(number))

    async def keep_numbering() -> None:
        for _ in range(15):
            await number_changes(subs.house.database, subs.house.clock)
            await asyncio.sleep(0.01)

    await asyncio.gather(*(write(10 * one) for one in range(1, 5)), keep_numbering(), keep_numbering())
    await subs.number()
    rows = (await subs.feed()).rows
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == len({(row.record_id, row.portal) for row in rows}) >= 16
    dealt = await subs.deliveries(subscriber_id)
    assert [row.sequence for row in dealt] == list(range(1, len(rows) + 1))
    assert [row.position for row in dealt] == [row.position for row in rows]


async def test_a_page_covers_its_stretch_and_says_what_was_not_for_the_reader(subs: SubscriberHouse) -> None:
    await subs.house.hear(online(1), online(2), online(3))
    head = await subs.number()
    first = await subs.feed(0, 2)
    assert (first.after, first.position, first.head, first.skipped) == (0, 2, head, 0)
    rest = await subs.feed(first.position)
    assert [row.position for row in (*first.rows, *rest.rows)] == list(range(1, head + 1))
    nothing = await subs.feed(0, sight=Sight(region="3301"))
    assert (len(nothing.rows), nothing.skipped, nothing.position) == (0, head, head)
    foreign = await subs.feed(0, sight=Sight(authorities={"999999"}))
    assert (len(foreign.rows), foreign.skipped) == (0, head)
    assert len((await subs.feed(0, sight=Sight(region="3206", kind="penalty"))).rows) == head


async def test_old_changes_are_forgotten_and_a_reader_who_missed_them_is_told(subs: SubscriberHouse) -> None:
    await subs.house.hear(online(1))
    gone = await subs.number()
    subs.house.clock.advance(timedelta(days=100))
    await subs.house.hear(online(2))
    head = await subs.number()
    while await prune(subs.house.database, subs.house.clock, timedelta(days=90)):
        pass
    with pytest.raises(Problem) as refused:
        await subs.feed(0)
    assert refused.value.kind.status == 410
    kept = await subs.feed()
    assert [row.position for row in kept.rows] == list(range(gone + 1, gone + head + 1))
    assert (await subs.feed(gone)).position == gone + head


class PrunedMeanwhile:
    """A connection after whose first statement the oldest changes are forgotten."""

    def __init__(self, connection: AsyncConnection, house: SyncHouse) -> None:
        self._connection, self._house = connection, house
        self._asked = 0

    async def execute(self, statement: Any) -> Any:
        found = await self._connection.execute(statement)
        self._asked += 1
        if self._asked == 1:
            assert await prune(self._house.database, self._house.clock, timedelta(days=90))
        return found


@pytest.mark.parametrize("after", [0, None])
async def test_what_is_forgotten_while_a_page_is_read_is_not_told_as_skipped(
    subs: SubscriberHouse, after: int | None
) -> None:
    await subs.house.hear(online(1))
    gone = await subs.number()
    subs.house.clock.advance(timedelta(days=100))
    await subs.house.hear(online(2))
    head = gone + await subs.number()
    async with subs.house.database.reading() as connection:
        meanwhile: Any = PrunedMeanwhile(connection, subs.house)
        try:
            stretch = await read(meanwhile, after, 1000, Sight())
        except Problem as refused:
            assert (after, refused.kind, refused.members) == (0, FEED_GONE, {"oldest": gone + 1})
        else:
            assert (stretch.position, stretch.skipped) == (head, 0)


async def test_a_reader_who_is_ahead_of_the_feed_is_never_told_to_be_in_step(subs: SubscriberHouse) -> None:
    await subs.house.hear(online(1))
    head = await subs.number()
    with pytest.raises(Problem) as refused:
        await subs.feed(head + 1)
    assert (refused.value.kind.status, refused.value.members["head"]) == (410, head)
    assert (await subs.feed(head)).position == head


async def test_a_change_that_a_paused_subscriber_still_waits_for_is_kept(subs: SubscriberHouse) -> None:
    removed, _ = await subs.enter("https://removed.example/hook")
    await subs.house.hear(online(1))
    first = await subs.number()
    await subs.remove(removed)
    paused, _ = await subs.enter()
    await subs.house.hear(online(2))
    await subs.number()
    await subs.pause(paused)
    subs.house.clock.advance(timedelta(days=100))
    keep = timedelta(days=90)
    forgotten = [await prune(subs.house.database, subs.house.clock, keep) for _ in range(2)]
    assert forgotten == [first, 0], "what only a removed subscriber would have been told is forgotten"
    await subs.resume(paused)
    await subs.deliver(paused)
    assert set(await subs.states(paused)) == {"delivered"}
    assert await prune(subs.house.database, subs.house.clock, keep) == len(await subs.deliveries(paused))


async def test_a_delivery_whose_change_is_forgotten_fails_with_a_message_and_the_others_go_on(
    subs: SubscriberHouse,
) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    subs.house.clock.advance(timedelta(days=100))
    gone = await prune(subs.house.database, subs.house.clock, timedelta(days=90))
    sent = len(subs.network.sequences())
    await subs.replay(subscriber_id, What.SINCE)
    await subs.house.hear(online(2))
    await subs.deliver(subscriber_id)
    states = await subs.states(subscriber_id)
    assert states == ["failed"] * gone + ["delivered"] * (len(states) - gone)
    assert subs.network.sequences()[sent:] == list(range(gone + 1, len(states) + 1))
    last = {row.sequence: row for row in await subs.attempts(subscriber_id)}
    assert {(last[one].outcome, last[one].message) for one in range(1, gone + 1)} == {
        ("forgotten", "The change is no longer kept; read the record itself.")
    }
    assert (await subs.row(subscriber_id)).failures == 0, "it is no fault of the endpoint"


async def test_a_waiting_reader_holds_no_connection_and_wakes_when_something_comes(subs: SubscriberHouse) -> None:
    watch = Watch(subs.house.database)
    readers = [asyncio.create_task(watch.grown(0, 20)) for _ in range(30)]
    await asyncio.sleep(0.4)
    assert not any(reader.done() for reader in readers)
    assert subs.house.connections_in_use() <= 1
    await subs.house.hear(online(1))
    await subs.number()
    async with asyncio.timeout(60):
        await asyncio.gather(*readers)


async def test_a_wait_ends_by_itself(subs: SubscriberHouse) -> None:
    started = stopwatch()
    await Watch(subs.house.database).grown(0, 0.3)
    assert 0.3 <= stopwatch() - started < 60
