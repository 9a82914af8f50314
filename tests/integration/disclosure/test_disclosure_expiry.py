"""A window ends on its day, not a second earlier or later, however many end at once (G04)."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from prometheus_client import REGISTRY

from services.disclosure import tables
from services.disclosure.app import create_worker
from services.disclosure.handlers import Handlers
from services.disclosure.rules import load_law
from services.disclosure.settings import DisclosureSettings
from services.disclosure.take_down import EXPIRED_AT_ONCE, expire
from shared.clock import FrozenClock
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.database.engine import Database
from shared.database.upsert import insert_for
from shared.ids import new_id
from shared.messaging.embedded import SCHEMA, EmbeddedBus
from shared.messaging.unit_of_work import unit_of_work
from shared.runtime import Ground
from shared.vocabulary import Audience, TakeDownReason
from tests.support import told
from tests.support.services import RunningService, envelope

HEAR = Handlers(load_law())
LAST_SECOND = datetime(2027, 10, 30, 15, 59, 59, 999_999, tzinfo=UTC)  # of 30 October 2027 in Shanghai


def move(disclosure: RunningService, to: datetime) -> None:
    disclosure.clock.advance(to - disclosure.clock.now())


async def run_expiry(disclosure: RunningService) -> int:
    async with disclosure.work() as work:
        return await expire(work)


async def online_rows(disclosure: RunningService) -> int:
    return sum(row.state == "online" for row in await disclosure.rows(tables.publication))


async def test_a_publication_goes_offline_at_midnight_after_its_last_day_and_not_a_moment_before(
    disclosure: RunningService,
) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    await disclosure.take_told()
    move(disclosure, LAST_SECOND)
    assert await run_expiry(disclosure) == 0
    assert await online_rows(disclosure) == len(Audience)
    disclosure.clock.advance(timedelta(microseconds=1))
    assert await run_expiry(disclosure) == len(Audience)
    gone = await disclosure.told()
    assert {(one.reason, one.generation, one.offline_on, one.due_at) for one in gone} == {  # type: ignore[attr-defined]
        (TakeDownReason.WINDOW_EXPIRED, 2, date(2027, 10, 31), LAST_SECOND + timedelta(microseconds=1))
    }
    assert await run_expiry(disclosure) == 0


async def test_a_record_that_arrives_on_its_last_day_is_shown_and_a_day_later_is_not(
    disclosure: RunningService,
) -> None:
    move(disclosure, LAST_SECOND)
    await disclosure.hear(HEAR.records, told.admitted(on=date(2027, 10, 30)))
    assert len(await disclosure.take_told()) == len(Audience)
    disclosure.clock.advance(timedelta(microseconds=1))
    await disclosure.hear(HEAR.records, told.admitted(on=date(2027, 10, 30)), told.admitted(on=date(2027, 10, 31)))
    assert await disclosure.told() == []


async def test_what_expired_does_not_rise_again_by_any_later_amendment(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    move(disclosure, LAST_SECOND + timedelta(days=1))
    await run_expiry(disclosure)
    await disclosure.take_told()
    for generation, decided_on in ((2, told.DECIDED), (3, date(2027, 6, 1)), (4, date(2027, 10, 1))):
        of = told.record(decided_on)
        await disclosure.hear(HEAR.records, told.amended(event.record_id, of, generation))
    assert await disclosure.told() == []
    rows = await disclosure.rows(tables.publication)
    assert {(row.state, row.reason) for row in rows} == {("offline", TakeDownReason.WINDOW_EXPIRED)}


async def test_an_amendment_and_the_end_of_the_window_at_once_give_each_order_a_generation(
    disclosure: RunningService,
) -> None:
    for round_number in range(10):
        event = told.admitted()
        await disclosure.hear(HEAR.records, event)
        await disclosure.take_told()
        before = disclosure.clock.now()
        move(disclosure, LAST_SECOND + timedelta(microseconds=1))
        await asyncio.gather(amend(disclosure, event.record_id, 70_000 + round_number), run_expiry(disclosure))
        while await run_expiry(disclosure):
            pass
        ordered = [e for e in await disclosure.take_told() if isinstance(e, PublicationOffline | PublicationOnline)]
        numbered = [(one.audience, one.generation) for one in ordered]
        assert len(numbered) == len(set(numbered))
        last = {one.audience: one for one in sorted(ordered, key=lambda one: one.generation)}
        assert all(isinstance(one, PublicationOffline) for one in last.values())
        assert await online_rows(disclosure) == 0
        move(disclosure, before)


async def amend(disclosure: RunningService, record_id: str, fine: int) -> None:
    """As a process does that still lives in the last second of the day."""
    async with unit_of_work(disclosure.database, FrozenClock(LAST_SECOND)) as work:
        await HEAR.records(work, [envelope(told.amended(record_id, told.record(fine=fine)))])


async def many_online(disclosure: RunningService, number: int) -> None:
    """So many publications that end on 30 October 2027."""
    await disclosure.hear(HEAR.records, told.admitted())
    [model, *_] = await disclosure.rows(tables.publication)
    rows = [dict(model._mapping) | {"record_id": new_id()} for _ in range(number - len(Audience))]
    async with disclosure.work() as work:
        await work.connection.execute(insert_for(work.dialect, tables.publication), rows)
    await disclosure.take_told()


async def test_more_than_a_slice_ends_slice_by_slice_and_each_is_told_once(disclosure: RunningService) -> None:
    number = EXPIRED_AT_ONCE + 1_234
    await many_online(disclosure, number)
    move(disclosure, LAST_SECOND + timedelta(microseconds=1))
    taken = [await run_expiry(disclosure) for _ in range(3)]
    gone = await disclosure.told()
    assert taken == [EXPIRED_AT_ONCE, 1_234, 0]
    assert len({(one.record_id, one.audience) for one in gone}) == len(gone) == number  # type: ignore[attr-defined]


async def test_two_workers_that_end_windows_at_once_take_each_one_once(disclosure: RunningService) -> None:
    await many_online(disclosure, 2_000)
    move(disclosure, LAST_SECOND + timedelta(microseconds=1))
    taken = await asyncio.gather(*(run_expiry(disclosure) for _ in range(4)))
    assert sum(taken) == 2_000
    gone = await disclosure.told()
    assert len({(one.record_id, one.audience) for one in gone}) == len(gone) == 2_000  # type: ignore[attr-defined]


async def test_the_worker_tells_operators_how_many_are_shown_too_long(
    disclosure: RunningService, tmp_sqlite_url: str
) -> None:
    await many_online(disclosure, 10)
    move(disclosure, LAST_SECOND + timedelta(microseconds=1))
    bus = EmbeddedBus(Database(tmp_sqlite_url.replace("test.db", "bus.db"), SCHEMA))
    worker = create_worker(DisclosureSettings(), Ground(disclosure.database, bus, disclosure.clock))
    timer = next(timer for timer in worker.timers if timer.name == "disclosure.expire")
    assert await timer.job() == 10
    assert REGISTRY.get_sample_value("g04_publications_overdue") == 10
    assert await timer.job() == 0
    assert REGISTRY.get_sample_value("g04_publications_overdue") == 0
    await bus.close()


async def test_counts_tell_what_is_online_and_what_ends_by_a_day(disclosure: RunningService) -> None:
    await many_online(disclosure, 10)
    counts = (await disclosure.get("/v1/publication-counts")).json()["counts"]
    assert sum(of.get("online", 0) for of in counts.values()) == 10
    assert sum((await disclosure.get("/v1/expiring-counts?by=2027-10-30")).json().values()) == 0
    assert sum((await disclosure.get("/v1/expiring-counts?by=2027-10-31")).json().values()) == 10
