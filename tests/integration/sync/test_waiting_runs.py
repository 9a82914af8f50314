"""A run whose portal may not be read waits and begins by itself; it is never incomplete for that alone (G07)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, update

from services.sync import channel
from services.sync.app import NAME
from services.sync.domain.channel import QuietHours
from services.sync.portals.base import PortalUnavailable
from services.sync.portals.spending import purse
from services.sync.reconciliation import entries, runs
from services.sync.reconciliation.ask import request
from services.sync.reconciliation.domain.obstacle import PATIENCE, Obstacle
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.entries import Pages
from services.sync.reconciliation.explanations import in_language
from services.sync.reconciliation.runs import LEASE, Mode, Wish
from services.sync.tables import reconciliation, scan_entry
from services.sync.timers import reconcile_requested, tell_verified_age, timers
from shared.clock import legal_date
from shared.contracts.records import Record
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.mechanics import audit_entry
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Portal
from tests.support.messaging_house import until
from tests.support.paged_fake import PagedFake
from tests.support.portal_fake import ListingAct, Sighting
from tests.support.reconcile_process import A_PAGE, PAGES
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, record

TEN = timedelta(minutes=10)
PART = Wish(Scope("320600"))
"""Of a part nobody counts entries that nobody ordered: thousands of them cost nothing."""
NIGHT = QuietHours(time(1), time(5))
BEFORE_NIGHT = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # 01:30 of 3 March at the portal


async def test_a_run_that_is_asked_for_while_reading_is_held_waits_and_begins_by_itself(house: SyncHouse) -> None:
    await house.publish(1, 2, 3)
    held_until = await _hold(house, TEN)
    run_id = await house.request()
    assert await _tick(house) == 0
    run = await house.run(run_id)
    assert (run.state, run.waits_for, run.waits_until) == ("waiting", Obstacle.PORTAL_ASKED, held_until)
    assert in_language(run.explanation, "zh") == "平台要求暂缓读取；到时自动开始。"
    house.clock.advance(TEN)
    assert await _tick(house) == 1
    run = await house.run(run_id)
    assert (run.state, run.listed, run.waits_for, run.waits_until, run.explanation) == ("mended", 3, None, None, None)
    assert await house.verified_through() == house.clock.now() - runs.SETTLE


async def test_a_run_that_was_asked_for_just_before_waits_too_and_for_as_long_as_it_takes(house: SyncHouse) -> None:
    await house.publish(1)
    first, second = await house.request(), await house.request()
    await _hold(house, TEN)
    assert await _tick(house) == 0
    assert [(await house.run(one)).state for one in (first, second)] == ["waiting", "requested"]
    house.clock.advance(TEN - MINUTE)
    longer = await _hold(house, TEN)
    house.clock.advance(MINUTE)
    assert await _tick(house) == 0
    assert (await house.run(first)).waits_until == longer
    house.clock.advance(TEN)
    assert [await _tick(house) for _ in range(3)] == [1, 1, 0]
    assert [(await house.run(one)).state for one in (first, second)] == ["mended", "mended"]


async def test_whoever_asks_for_the_same_meanwhile_joins_the_run_that_waits(house: SyncHouse) -> None:
    await _hold(house, TEN)
    mine = await house.request()
    asked = house.clock.now()
    house.clock.advance(MINUTE)
    async with unit_of_work(house.database, house.clock) as work:
        [theirs] = await request(work, [CHINA], "li")
    others = [
        await house.request(wish=Wish(mode=Mode.PLAN)),
        await house.request(wish=Wish(Scope("320600"))),
        await house.request(Portal.CREDIT_JIANGSU),
    ]
    assert theirs == mine
    assert len({mine, *others}) == 4
    run = await house.run(mine)
    assert (run.requested_at, run.requested_by) == (asked, "operator")
    assert run.patience_ends_at == asked + MINUTE + PATIENCE
    told = await house.rows(select(audit_entry.c.actor).where(audit_entry.c.subject == mine))
    assert [row.actor for row in told] == ["operator", "li"]


async def test_of_many_who_ask_at_once_one_run_waits(house: SyncHouse) -> None:
    await _hold(house, TEN)
    asked = await asyncio.gather(*(house.request() for _ in range(8)))
    assert len(set(asked)) == 1
    assert await house.count(reconciliation) == 1


async def test_the_daily_run_that_falls_into_the_hours_of_maintenance_follows_them_on_the_same_day(
    house: SyncHouse,
) -> None:
    await house.publish(1, 2)
    house.clock.advance(BEFORE_NIGHT - house.clock.now())
    day = legal_date(house.clock.now())
    jobs = _jobs(house, "15 1 * * *", lambda _: NIGHT)
    await jobs["sync.daily_reconciliation"]()
    assert await jobs[f"sync.reconcile.{CHINA}"]() == 0
    [waiting] = await _runs(house)
    assert (waiting.state, waiting.waits_for) == ("waiting", Obstacle.QUIET_HOURS)
    house.clock.advance(timedelta(hours=3))
    assert await jobs[f"sync.reconcile.{CHINA}"]() == 0
    house.clock.advance(timedelta(minutes=30))
    assert await jobs[f"sync.reconcile.{CHINA}"]() == 1
    [run] = await _runs(house)
    assert (run.run_id, run.state, legal_date(run.finished_at)) == (waiting.run_id, "mended", day)


async def test_a_run_does_not_wait_for_ever(house: SyncHouse) -> None:
    await house.publish(1)
    await _hold(house, PATIENCE + MINUTE)
    at_once = await house.request()
    await _tick(house)
    run = await house.run(at_once)
    assert (run.state, run.finished_at) == ("incomplete", house.clock.now())
    assert "超过一次对账的最长等候" in (in_language(run.explanation, "zh") or "")
    house.clock.advance(PATIENCE + MINUTE)
    await _hold(house, TEN)
    later = await house.request()
    for _ in range(100):
        house.clock.advance(TEN)
        await _hold(house, TEN)
        await _tick(house)
    run = await house.run(later)
    assert (run.state, await house.verified_through()) == ("incomplete", None)
    assert run.finished_at - run.requested_at <= PATIENCE


async def test_a_waiting_run_is_given_up_and_stays_so(house: SyncHouse) -> None:
    await _hold(house, TEN)
    run_id = await house.request()
    async with unit_of_work(house.database, house.clock) as work:
        assert await runs.give_up(work, run_id, "operator", "明日再对")
    house.clock.advance(2 * TEN)
    assert await _tick(house) == 0
    assert (await house.run(run_id)).state == "given_up"
    assert await house.request() != run_id


async def test_a_portal_that_asks_for_time_in_the_middle_gets_it_and_the_run_goes_on_where_it_was(
    house: SyncHouse,
) -> None:
    fake = await _large(house, _Busy())
    fake.turns_away_at = 2
    run_id = await house.request(wish=PART)
    assert await reconcile_requested(house.ground, fake, house.limit) == 1
    run = await house.run(run_id)
    assert (run.state, run.waits_for, run.listed) == ("waiting", Obstacle.PORTAL_ASKED, 2 * A_PAGE)
    assert (run.waits_until, run.lease_until) == (house.clock.now() + MINUTE, None)
    fake.turns_away_at = -1
    assert await reconcile_requested(house.ground, fake, house.limit) == 0
    house.clock.advance(MINUTE)
    assert await reconcile_requested(house.ground, fake, house.limit) == 1
    run = await house.run(run_id)
    assert (run.state, run.listed, run.attempt, fake.read) == ("mended", PAGES * A_PAGE, 2, PAGES)
    assert await house.count(scan_entry) == 0


async def test_what_was_read_before_a_portal_asked_for_time_is_kept_however_slowly_it_is_stored(
    house: SyncHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = entries.add_new

    async def slowly(connection: AsyncConnection, dialect: str, pages: Pages) -> None:
        await asyncio.sleep(0.2)
        await add(connection, dialect, pages)

    monkeypatch.setattr(entries, "add_new", slowly)
    fake = await _large(house, _Busy())
    fake.turns_away_at = 2
    run_id = await house.request(wish=PART)
    assert await reconcile_requested(house.ground, fake, house.limit) == 1
    run = await house.run(run_id)
    assert (run.state, run.listed, await house.count(scan_entry)) == ("waiting", 2 * A_PAGE, 2 * A_PAGE)


async def test_who_joins_a_run_that_was_put_off_is_answered_by_a_reading_of_his_own_time(house: SyncHouse) -> None:
    fake = await _large(house, _Busy())
    fake.turns_away_at = 2
    run_id = await house.request(wish=PART)
    await reconcile_requested(house.ground, fake, house.limit)
    fake.turns_away_at, fake.read = -1, 0
    assert await house.request(wish=PART) == run_id
    house.clock.advance(MINUTE)
    assert await reconcile_requested(house.ground, fake, house.limit) == 1
    run = await house.run(run_id)
    assert (run.state, run.listed, fake.read) == ("mended", PAGES * A_PAGE, PAGES)
    assert run.settled_before == house.clock.now() - runs.SETTLE


async def test_looks_that_the_portal_turns_away_are_made_later_and_nothing_is_concluded_before(
    house: SyncHouse,
) -> None:
    fake = _Busy()
    house.fakes = {**house.fakes, CHINA: fake}
    await house.publish(1, 2, 3)
    fake.lose(record(1))
    fake.turns_looks_away = True
    run_id = await house.request()
    await _tick(house)
    run = await house.run(run_id)
    assert (run.state, run.waits_for, await house.drifts()) == ("waiting", Obstacle.PORTAL_ASKED, [])
    fake.turns_looks_away = False
    house.clock.advance(MINUTE)
    await _tick(house)
    run = await house.run(run_id)
    assert (run.state, run.drifts, run.listed) == ("mended", 1, 2)


async def test_a_run_waits_for_a_portal_that_answers_no_order_either_and_tries_again(house: SyncHouse) -> None:
    await house.publish(1, 2)
    house.china.unavailable = True
    async with unit_of_work(house.database, house.clock) as work:
        await channel.failed(work, CHINA, "no answer", timedelta(), times=3)
    run_id = await house.request()
    for _ in range(3):
        assert await _tick(house) == 1
        run = await house.run(run_id)
        assert (run.state, run.waits_for) == ("waiting", Obstacle.NO_ANSWER)
        assert await _tick(house) == 0
        house.clock.advance(MINUTE)
    house.china.unavailable = False
    assert await _tick(house) == 1
    assert (await house.run(run_id)).state == "mended"


async def test_a_run_waits_for_orders_that_use_the_budget_up(house: SyncHouse) -> None:
    fake = _Spent()
    house.fakes = {**house.fakes, CHINA: fake}
    fake.plant("foreign")
    run_id = await house.request()
    await _tick(house)
    run = await house.run(run_id)
    assert (run.state, run.waits_for) == ("waiting", Obstacle.BUDGET_SPENT)
    fake.spent = False
    house.clock.advance(MINUTE)
    await _tick(house)
    assert (await house.run(run_id)).state == "mended"


async def test_a_listing_that_is_cut_short_waits_for_nothing(house: SyncHouse) -> None:
    await house.publish(*range(30))
    async with unit_of_work(house.database, house.clock) as work:
        await channel.failed(work, CHINA, "no answer", timedelta(), times=3)
    house.china.listing_act = ListingAct.CUT_SHORT
    assert (await house.reconcile()).state == "incomplete"


async def test_a_put_off_run_leaves_the_waiting_to_one_that_waits_for_the_same(house: SyncHouse) -> None:
    fake = await _large(house, _Busy())
    fake.gate.clear()
    first = await house.request()
    running = asyncio.create_task(reconcile_requested(house.ground, fake, house.limit))

    async def scanning() -> bool:
        return bool((await house.run(first)).state == "scanning")

    await until(scanning)
    await _hold(house, MINUTE)
    second = await house.request()
    fake.turns_away_at = 0
    fake.gate.set()
    await running
    assert [(await house.run(one)).state for one in (first, second)] == ["incomplete", "waiting"]
    assert await house.count(scan_entry) == 0


async def test_a_worker_that_is_killed_while_reading_is_held_leaves_the_run_to_another_afterwards(
    house: SyncHouse,
) -> None:
    await house.publish(1)
    run_id = await house.request()
    async with unit_of_work(house.database, house.clock) as work:
        assert await runs.take(work, CHINA) is not None  # and is never heard of again
    await _hold(house, TEN)
    house.clock.advance(LEASE + MINUTE)
    assert await _tick(house) == 0
    house.clock.advance(TEN)
    second = Database(house.database.url, NAME)
    try:
        ground = house.ground
        assert await reconcile_requested(type(ground)(second, ground.bus, ground.clock), house.china, house.limit) == 1
    finally:
        await second.close()
    assert ((await house.run(run_id)).state, (await house.run(run_id)).attempt) == ("mended", 2)


async def test_a_run_whose_worker_died_is_shown_as_waiting_while_reading_is_held_and_keeps_what_it_read(
    house: SyncHouse,
) -> None:
    fake = await _large(house, _Busy())
    fake.turns_away_at = 2
    run_id = await house.request(wish=PART)
    await reconcile_requested(house.ground, fake, house.limit)
    house.clock.advance(MINUTE)
    async with unit_of_work(house.database, house.clock) as work:
        assert await runs.take(work, CHINA) is not None  # and is never heard of again
    house.clock.advance(LEASE + MINUTE)
    held_until = await _hold(house, TEN)
    assert await _tick(house) == 0
    run = await house.run(run_id)
    assert (run.state, run.waits_for, run.waits_until) == ("waiting", Obstacle.PORTAL_ASKED, held_until)
    assert (run.listed, run.lease_until, run.started_at) == (2 * A_PAGE, None, None)
    house.clock.advance(TEN)
    fake.turns_away_at = -1
    assert await reconcile_requested(house.ground, fake, house.limit) == 1
    run = await house.run(run_id)
    assert (run.state, run.listed, run.attempt, fake.read) == ("mended", PAGES * A_PAGE, 3, PAGES)


async def test_of_runs_of_one_wish_whose_workers_died_while_reading_is_held_one_waits_and_all_begin_later(
    house: SyncHouse,
) -> None:
    await house.publish(1)
    first, second = await house.request(), await house.request()
    async with unit_of_work(house.database, house.clock) as work:
        assert await runs.take(work, CHINA) is not None
        assert await runs.take(work, CHINA) is not None
    await _hold(house, TEN)
    assert await _tick(house) == 0
    assert [(await house.run(one)).state for one in (first, second)] == ["scanning", "scanning"]
    house.clock.advance(LEASE + MINUTE)
    assert await _tick(house) == 0
    assert [(await house.run(one)).state for one in (first, second)] == ["waiting", "requested"]
    house.clock.advance(TEN)
    assert [await _tick(house) for _ in range(3)] == [1, 1, 0]
    assert [(await house.run(one)).state for one in (first, second)] == ["mended", "mended"]


async def test_a_run_whose_worker_died_does_not_wait_beyond_its_patience(house: SyncHouse) -> None:
    await house.publish(1)
    run_id = await house.request()
    async with unit_of_work(house.database, house.clock) as work:
        assert await runs.take(work, CHINA) is not None
    house.clock.advance(LEASE + MINUTE)
    await _hold(house, PATIENCE)
    await _tick(house)
    run = await house.run(run_id)
    assert (run.state, run.finished_at, run.lease_until) == ("incomplete", house.clock.now(), None)
    assert await house.verified_through() is None


async def test_a_run_of_an_older_release_that_is_held_ends_as_it_did_there(house: SyncHouse) -> None:
    run_id = await house.request()
    async with house.database.writing() as connection:
        await connection.execute(update(reconciliation).values(patience_ends_at=None))
    await _hold(house, TEN)
    await _tick(house)
    assert (await house.run(run_id)).state == "incomplete"


async def test_the_figures_say_how_many_runs_wait_for_what_and_go_back_to_nothing(house: SyncHouse) -> None:
    await _hold(house, TEN)
    await house.request()
    await tell_verified_age(house.ground)
    assert {reason: _waiting(reason) for reason in Obstacle} == {
        **dict.fromkeys(Obstacle, 0.0),
        Obstacle.PORTAL_ASKED: 1.0,
    }
    house.clock.advance(TEN)
    await _tick(house)
    await tell_verified_age(house.ground)
    assert {_waiting(reason) for reason in Obstacle} == {0.0}


async def test_where_nobody_asked_for_anything_nothing_is_written(house: SyncHouse) -> None:
    await house.reconcile()

    async def idle() -> None:
        assert await _tick(house) == 0

    assert [one.split()[0] for one in await house.statements_of(idle)] == ["SELECT"]


class _Busy(PagedFake):
    """Turns readers away with a time from a page on, or its looks."""

    turns_away_at = -1
    turns_looks_away = False

    async def _asked(self) -> None:
        await super()._asked()
        if self.read == self.turns_away_at:
            await self._turn_away()

    async def look(self, record: Record) -> Sighting:
        if self.turns_looks_away:
            await self._turn_away()
        return await super().look(record)

    async def _turn_away(self) -> None:
        payer = purse()
        assert payer is not None
        await payer.told_to_wait(MINUTE.total_seconds())
        raise PortalUnavailable("the portal answered 429", MINUTE.total_seconds())


class _Spent(PagedFake):
    """A portal of which orders take all that it may be asked."""

    spent = True

    async def _asked(self) -> None:
        await super()._asked()
        payer = purse()
        if self.spent and payer is not None:
            payer.refused = True  # type: ignore[attr-defined] - as after twenty seconds without a turn
            await payer.pay()


async def _large(house: SyncHouse, fake: _Busy) -> _Busy:
    """A portal with as many entries on each page as are stored together, all of them foreign."""
    fake.page_size = A_PAGE
    for number in range(PAGES * A_PAGE):
        fake.plant(f"foreign-{number:06}")
    house.fakes = {**house.fakes, CHINA: fake}
    return fake


async def _hold(house: SyncHouse, pause: timedelta) -> datetime:
    async with unit_of_work(house.database, house.clock) as work:
        await channel.hold_reads(work, CHINA, pause)
    return house.clock.now() + pause


async def _tick(house: SyncHouse) -> int:
    return await reconcile_requested(house.ground, house.china, house.limit)


async def _runs(house: SyncHouse) -> list[AnyRow]:
    return list(await house.rows(select(reconciliation).where(reconciliation.c.portal == CHINA)))


def _jobs(
    house: SyncHouse, cron: str, quiet_at: Callable[[Portal], QuietHours | None]
) -> dict[str, Callable[[], Awaitable[int]]]:
    return {timer.name: timer.job for timer in timers(house.ground, house.fakes, house.limit, cron, quiet_at)}


def _waiting(reason: Obstacle) -> float | None:
    return REGISTRY.get_sample_value("portal_runs_waiting", {"portal": CHINA, "reason": reason})
