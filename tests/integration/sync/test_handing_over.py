"""Deliveries dealt out as claimed: they leave at once, in order, and are not lost with their process (G13)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from services.sync.webhooks import claiming, subscribers
from services.sync.webhooks.deliver import Dealt, Deliverer
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.domain.patience import LEASE
from services.sync.webhooks.numbering import Numbered
from services.sync.webhooks.numbering_at_once import HANDED, at_once
from services.sync.webhooks.sequence import number_changes
from services.sync.webhooks.tables import change, subscriber_key
from services.sync.webhooks.timers import webhook_timers
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.egress import Posted
from shared.runtime import Ground
from shared.vocabulary import PORTALS_OF, Audience
from tests.support.subscriber_fake import URL, Received, SubscriberHouse
from tests.support.sync_house import SyncHouse, offline, online, record_id, sync_house

PORTALS = len(PORTALS_OF[Audience.CREDIT_SITES])
OTHER = "https://other.example/hook"
PATIENCE = 120.0


@pytest.fixture
def subs(house: SyncHouse) -> SubscriberHouse:
    return SubscriberHouse(house)


def hands_over(subs: SubscriberHouse) -> bool:
    """SQLite numbers by several statements and hands nothing over: everything is claimed there."""
    return subs.house.database.dialect == "postgresql"


async def numbered(subs: SubscriberHouse, busy: tuple[str, ...] | None = ()) -> Numbered:
    """Until nothing waits, as the timer does; the last that numbered something."""
    found = Numbered()
    while (more := await number_changes(subs.house.database, subs.house.clock, busy=busy)).changes or more.is_late:
        found = more
    return found


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def delivering(subs: SubscriberHouse) -> AsyncIterator[Deliverer]:
    """The timer that numbers and the deliverer, as they run in a worker."""
    deliverer, stop = subs.deliverer(), asyncio.Event()
    ground = Ground(subs.house.database, subs.house.bus, subs.house.clock)
    timers = webhook_timers(ground, feed_days=30, delivery_days=30, dealt=deliverer.dealt)
    running = [asyncio.create_task(one.run(stop)) for one in timers if one.name == "sync.changes"]
    running.append(asyncio.create_task(deliverer.run(stop)))
    try:
        yield deliverer
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*running), PATIENCE)


async def test_changes_that_come_one_by_one_arrive_once_each_in_their_order(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    other_id, _ = await subs.enter(OTHER, types=["display.hide_ordered"])
    generations: Counter[int] = Counter()
    async with delivering(subs):
        for number in (1, 2, 1, 3, 1, 1, 2):
            generations[number] += 1
            told = online if generations[number] % 2 else offline
            await subs.house.hear(told(number, generations[number]))

        async def all_are_noted() -> bool:
            noted = [await subs.states(one) for one in (subscriber_id, other_id)]
            return noted == [["delivered"] * 7 * PORTALS, ["delivered"] * 3 * PORTALS]

        await until(all_are_noted)
    assert sorted(subs.network.sequences()) == list(range(1, 7 * PORTALS + 1))
    assert sorted(subs.network.sequences(OTHER)) == list(range(1, 3 * PORTALS + 1))
    for number in generations:
        mine = [one.data for one in subs.network.received[URL] if one.data["record_id"] == record_id(number)]
        assert [one["position"] for one in mine] == sorted(one["position"] for one in mine)
    assert {row.attempts for row in await subs.deliveries(subscriber_id)} == {1}


async def test_what_is_handed_over_is_claimed_by_nobody_else(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    found = await numbered(subs)
    await subs.deliver(subscriber_id)
    assert len(found.handed) == (1 if hands_over(subs) else 0)  # of a record the first alone
    assert len(subs.network.received[URL]) == (0 if hands_over(subs) else PORTALS)


async def test_a_process_killed_between_dealing_out_and_sending_is_followed_by_another(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    await numbered(subs)  # and with what it returned the process dies
    subs.house.clock.advance(LEASE)
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(1, PORTALS + 1))
    assert await subs.states(subscriber_id) == ["delivered"] * PORTALS


async def test_what_is_dealt_out_to_a_deliverer_that_has_ended_is_free_again_at_once(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    found = await numbered(subs)
    database, clock = subs.house.database, subs.house.clock
    await claiming.give_back(database, clock, Dealt().to(found.subscribers, found.handed))
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(1, PORTALS + 1))


async def test_where_nobody_delivers_nothing_is_handed_over(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    found = await numbered(subs, Dealt().busy())
    assert (list(found.subscribers), list(found.handed)) == ([subscriber_id], [])


@pytest.mark.parametrize("how", ["busy", "paused", "held"])
async def test_who_is_busy_paused_or_left_alone_is_handed_nothing(subs: SubscriberHouse, how: str) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.enter(OTHER)
    if how == "paused":
        await subs.pause(subscriber_id)
    elif how == "held":
        await _fails_until_it_is_left_alone(subs, subscriber_id)
    await subs.house.hear(online(2))
    found = await numbered(subs, (subscriber_id,) if how == "busy" else ())
    assert {one.url for one in found.handed} == ({OTHER} if hands_over(subs) else set())
    assert subscriber_id in found.subscribers
    assert {row.next_try_at for row in await subs.deliveries(subscriber_id) if row.record_id == record_id(2)} == {
        subs.house.clock.now()
    }


async def _fails_until_it_is_left_alone(subs: SubscriberHouse, subscriber_id: str) -> None:
    subs.network.answer(500)
    await subs.house.hear(online(1))
    await subs.deliver(subscriber_id)
    assert (await subs.row(subscriber_id)).failures


async def test_a_record_of_which_something_waits_is_not_overtaken(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    await numbered(subs, None)
    await subs.house.hear(offline(1))
    await subs.house.hear(online(2))
    found = await numbered(subs)
    assert {one.record_id for one in found.handed} <= {record_id(2)}
    subs.house.clock.advance(LEASE)
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(1, 3 * PORTALS + 1))


async def test_of_many_changes_at_once_all_are_claimed(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(*(online(number) for number in range(1, HANDED + 2)))
    found = await numbered(subs)
    assert (list(found.subscribers), list(found.handed)) == ([subscriber_id], [])
    await subs.deliver(subscriber_id)
    assert await subs.states(subscriber_id) == ["delivered"] * (HANDED + 1) * PORTALS


async def test_a_key_that_cannot_be_opened_stops_its_own_subscriber_alone(subs: SubscriberHouse) -> None:
    broken, _ = await subs.enter(OTHER)
    well, _ = await subs.enter()
    async with subs.house.database.writing() as connection:
        spoiled = update(subscriber_key).where(subscriber_key.c.subscriber_id == broken).values(sealed=b"spoiled")
        await connection.execute(spoiled)
    async with delivering(subs):
        await subs.house.hear(online(1))

        async def all_of_the_other_are_noted() -> bool:
            return await subs.states(well) == ["delivered"] * PORTALS

        await until(all_of_the_other_are_noted)
    assert await subs.states(broken) == ["pending"] * PORTALS
    assert subs.network.received[OTHER] == []


async def test_the_next_of_a_record_follows_the_first_without_another_look(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter(types=["display.show_ordered", "display.hide_ordered"])
    taken, opened = asyncio.Event(), asyncio.Event()

    async def waits(_one: Received) -> Posted:
        taken.set()
        await opened.wait()
        return Posted(200)

    subs.network.answers[URL] = waits
    await _note_one(subs, 1)
    await numbered(subs, None)
    lane = subs.deliverer().lane(subscriber_id, asyncio.Event())
    running = asyncio.create_task(lane.run())
    await asyncio.wait_for(taken.wait(), PATIENCE)
    await _note_one(subs, 1)
    await numbered(subs, None)
    lane.look_again()

    async def has_looked() -> bool:
        return not lane.has_more

    await until(has_looked)
    opened.set()
    assert await asyncio.wait_for(running, PATIENCE) == 2


async def _note_one(subs: SubscriberHouse, number: int) -> None:
    row = {
        "type": ChangeType.SHOW_ORDERED,
        "record_id": record_id(number),
        "portal": "credit_china",
        "generation": 1,
        "at": subs.house.clock.now(),
    }
    async with subs.house.database.writing() as connection:
        await connection.execute(insert(change), row)


async def test_a_subscriber_entered_between_look_and_lock_misses_nothing(postgres_url: str, tmp_path: Path) -> None:
    """The statement is stopped right behind its look, by a gate that is put before its lock. SQLite has one writer."""
    async with sync_house(postgres_url, f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}") as house:
        await _enters_between_look_and_lock(SubscriberHouse(house))


async def _enters_between_look_and_lock(subs: SubscriberHouse) -> None:
    database = subs.house.database
    await subs.enter(OTHER)
    await subs.house.hear(online(1))
    statement, names = at_once().text, at_once().names
    gated = statement.replace(_HEAD, _GATED, 1).replace("FOR UPDATE SKIP", "FOR UPDATE OF feed_head SKIP", 1)
    now = subs.house.clock.now()
    values = {"dealt_at": now, "lease": now + timedelta(seconds=1), "busy": None}
    async with database.writing() as keeper, database.writing() as numberer:
        await keeper.execute(text("SELECT pg_advisory_lock(7)"))
        driver = (await numberer.get_raw_connection()).driver_connection
        assert driver is not None
        behind = asyncio.create_task(driver.fetch(gated, *(values[name] for name in names)))
        await until(lambda: _somebody_waits(subs))
        late, _ = await subs.enter()
        await keeper.execute(text("SELECT pg_advisory_unlock(7)"))
        told = (await asyncio.wait_for(behind, PATIENCE))[0]
    assert (told["is_held"], told["is_fresh"], told["changes"]) == (True, False, 0)
    await subs.deliver(late)
    assert (await subs.row(late)).from_position == 0
    assert sorted(subs.network.sequences()) == list(range(1, PORTALS + 1))


_HEAD = "FROM feed_head \nWHERE feed_head.feed = 'changes' AND "
_GATED = "FROM feed_head, (SELECT pg_advisory_xact_lock(7)) AS gate \nWHERE feed_head.feed = 'changes' AND "


async def _somebody_waits(subs: SubscriberHouse) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with subs.house.database.looking() as connection:
        return bool(await connection.scalar(text(waiting)))


async def test_a_test_event_that_is_dealt_out_meanwhile_leaves_no_gap(subs: SubscriberHouse) -> None:
    subscriber_id, _ = await subs.enter()
    await subs.house.hear(online(1))
    async with unit_of_work(subs.house.database, subs.house.clock) as work:
        await subscribers.test(work, subscriber_id, "operator")
        numbering = asyncio.create_task(number_changes(subs.house.database, subs.house.clock, busy=()))
        if subs.house.database.dialect == "postgresql":
            await until(lambda: _somebody_waits(subs))
    await asyncio.wait_for(numbering, PATIENCE)
    subs.house.clock.advance(LEASE)
    await subs.deliver(subscriber_id)
    assert sorted(subs.network.sequences()) == list(range(1, PORTALS + 2))
