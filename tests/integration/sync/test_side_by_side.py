"""Several workers, several events and all timers at once: one effect for each order, and nobody is in the way."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from services.sync.app import create_worker
from services.sync.channel import ChannelHeld
from services.sync.handlers import Handlers
from services.sync.push import PushDesk
from services.sync.settings import SyncSettings
from services.sync.tables import calendar_year, placement
from services.sync.timers import reconcile_requested
from services.sync.verify import verify
from shared.calendars.book import CalendarBook
from shared.clock import SystemClock
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging.topology import push_queue
from shared.messaging.unit_of_work import unit_of_work
from shared.runtime import Ground
from shared.vocabulary import PORTALS_OF, Audience
from tests.support.messaging_house import WrappedBus, running, until
from tests.support.portal_fake import FACES, Act
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, event_of, offline, online, record, record_id

RECORDS = 40


@pytest.fixture
async def second(house: SyncHouse) -> AsyncIterator[Database]:
    """The same database as another process sees it."""
    database = Database(house.database.url, house.database.schema)
    yield database
    await database.close()


async def test_several_workers_given_the_same_orders_push_each_of_them_once(house: SyncHouse, second: Database) -> None:
    await house.hear(*(online(number) for number in range(RECORDS)))
    record_ids = [record_id(number) for number in range(RECORDS)]
    desks = [PushDesk(database, house.clock, house.china) for database in (house.database, second) * 3]
    await asyncio.gather(*(desk.push(len(record_ids)) for desk in desks))
    assert Counter(order.idempotency_key for order in house.china.pushed) == Counter(f"{one}-1" for one in record_ids)
    for number in range(RECORDS):
        assert house.china.effects(record(number)) == {1: 1}


async def test_several_workers_look_at_each_record_once(house: SyncHouse, second: Database) -> None:
    await house.hear(*(online(number) for number in range(RECORDS)))
    await house.push()
    found = await asyncio.gather(*(verify(on, house.clock, house.china) for on in (house.database, second) * 3))
    assert sum(found) == RECORDS == len(house.china.looks)


async def test_several_workers_carry_out_a_requested_run_once(house: SyncHouse, second: Database) -> None:
    await house.publish(1)
    run_id = await house.request()
    grounds = [Ground(on, house.bus, house.clock) for on in (house.database, second) * 3]
    done = await asyncio.gather(*(reconcile_requested(ground, house.china, house.limit) for ground in grounds))
    assert sum(done) == 1
    assert (await house.run(run_id)).state == "mended"


async def test_orders_pushes_answers_and_looks_at_the_same_records_disturb_nobody(
    house: SyncHouse, second: Database
) -> None:
    """Opposite sequences everywhere; a deadlock would surface as an error of one of them."""
    forwards, backwards = range(RECORDS), range(RECORDS - 1, -1, -1)
    record_ids = [record_id(number) for number in backwards]
    handlers = Handlers(house.fakes, CalendarBook(calendar_year))

    async def hear(database: Database, *told: PublicationOnline | PublicationOffline) -> None:
        handle = handlers.publications if isinstance(told[0], PublicationOnline) else handlers.take_downs
        async with unit_of_work(database, house.clock) as work:
            await handle(work, [event_of(data) for data in told])

    async def push(database: Database) -> None:
        with contextlib.suppress(ChannelHeld):  # a writer held the orders for long: their messages come again
            await PushDesk(database, house.clock, house.china).push(len(record_ids))

    for generation in range(1, 9, 2):
        await asyncio.gather(
            hear(house.database, *(online(number, generation) for number in forwards)),
            hear(second, *(offline(number, generation + 1, days=number) for number in backwards)),
            *(push(on) for on in (house.database, second)),
            *(verify(on, house.clock, house.china) for on in (house.database, second)),
        )
    await house.heard()
    await house.settle(rounds=6)
    for number in forwards:
        assert house.china.faces(record(number)) == set()
        assert await house.green(number)
        assert max(house.china.effects(record(number)).values()) == 1


async def test_a_running_worker_brings_orders_to_all_portals_and_sees_them_obeyed(
    house: SyncHouse,
) -> None:
    """Everything wired as in production, on a real bus; only the portals are in memory."""
    ground = Ground(house.database, house.bus, SystemClock())
    house.china.plan(record(3), Act.UNCERTAIN_DONE, Act.PEND)
    house.china.plan(record(4), Act.PEND)
    worker = create_worker(SyncSettings(), ground, house.fakes)
    async with running(worker.run):
        await _tell(house, *(online(number) for number in range(RECORDS)))
        await until(lambda: _all_green(house, range(RECORDS)))
        await _tell(house, *(offline(number) for number in range(10)))
        await until(lambda: _all_green(house, range(10), generation=2))
    for portal in PORTALS_OF[Audience.CREDIT_SITES]:
        for number in range(RECORDS):
            assert house.fakes[portal].faces(record(number)) == (set() if number < 10 else set(FACES))
            assert set(house.fakes[portal].effects(record(number)).values()) == {1}


class DeadBus(WrappedBus):
    """A broker that does not answer."""

    async def depths(self) -> dict[str, int]:
        raise Unavailable("the broker does not answer")


class FullQueue(WrappedBus):
    """A broker in whose publish queue for Credit China there is always work."""

    async def depths(self) -> dict[str, int]:
        return {push_queue(CHINA, take_down=False): 5}


async def test_the_sweep_says_so_when_the_bus_is_away_and_loses_nothing(house: SyncHouse) -> None:
    house.china.unavailable = True
    await house.hear(online(1))
    await house.push()
    house.china.unavailable = False
    alive, house.bus = house.bus, DeadBus(house.bus)
    with pytest.raises(Unavailable):
        await house.settle(rounds=2)
    house.bus = alive
    await house.settle(rounds=3)
    assert await house.green(1)


async def test_a_full_queue_of_publications_does_not_delay_the_repetition_of_take_downs(house: SyncHouse) -> None:
    await house.publish(1)
    house.china.unavailable = True
    await house.hear(offline(1), online(2))
    await house.push()
    house.bus = FullQueue(house.bus)
    house.clock.advance(MINUTE)
    assert [(order.take_down, order.record_id) for order in await house.sweep() if order.portal is CHINA] == [
        (True, record_id(1))
    ]


async def _tell(house: SyncHouse, *told: PublicationOnline | PublicationOffline) -> None:
    """Publish events as disclosure would."""
    async with unit_of_work(house.database, SystemClock()) as work:
        work.tell(*told)


async def _all_green(house: SyncHouse, numbers: range, generation: int = 1) -> bool:
    record_ids = [record_id(number) for number in numbers]
    rows = await house.rows(select(placement).where(placement.c.record_id.in_(record_ids)))
    seen = [row for row in rows if row.observed_generation == row.generation and row.source_generation == generation]
    return len(seen) == len(numbers) * len(PORTALS_OF[Audience.CREDIT_SITES])
