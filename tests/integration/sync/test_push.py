"""The acknowledged column: what portals answer, when, and what follows."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import update

from services.sync import channel, placements
from services.sync.channel import ChannelHeld, read_channels
from services.sync.domain.channel import Pace, fresh
from services.sync.domain.patience import LEASE, OWN_FAILURES, SPREAD
from services.sync.portals.base import Outcome, PortalLimits, PortalUnavailable
from services.sync.push import PushDesk
from services.sync.tables import content
from services.sync.timers import LOST_AFTER
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Portal
from tests.support.messaging_house import until
from tests.support.portal_fake import FACES, Act, PortalFake
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

SECOND = timedelta(seconds=1)


async def test_an_uncertain_write_is_read_back_before_it_is_pushed_again(house: SyncHouse) -> None:
    house.china.plan(record(1), Act.UNCERTAIN_DONE)
    house.china.plan(record(2), Act.UNCERTAIN_UNDONE)
    await house.hear(online(1), online(2))
    await house.push()
    house.clock.advance(MINUTE)
    assert await house.sweep() == []
    await house.push(numbers=[1, 2])
    assert len(house.china.pushed) == 2
    await house.look()
    assert await house.green(1)
    await house.settle(rounds=3)
    assert await house.green(2)
    assert await house.attempts(1) == [Outcome.UNCERTAIN]
    assert await house.attempts(2) == [Outcome.UNCERTAIN, Outcome.TAKEN]
    assert house.china.effects(record(1)) == house.china.effects(record(2)) == {1: 1}


async def test_an_uncertain_write_that_cannot_be_read_back_is_pushed_again_after_some_looks(house: SyncHouse) -> None:
    house.china.plan(record(1), Act.UNCERTAIN_UNDONE)
    house.china.face_down = True
    await house.hear(online(1))
    await house.settle(rounds=60, step=5 * SECOND)
    assert await house.attempts(1) == [Outcome.UNCERTAIN, Outcome.TAKEN]
    assert not await house.green(1)


async def test_what_was_not_sent_waits_and_is_pushed_again(house: SyncHouse) -> None:
    house.china.unavailable = True
    await house.hear(online(1))
    await house.push()
    assert await house.attempts(1) == [Outcome.NOT_SENT]
    assert await house.sweep() == []
    house.china.unavailable = False
    house.clock.advance(SECOND)
    assert [(order.record_id, order.portal) for order in await house.sweep()] == [(record_id(1), CHINA)]
    await house.push()
    assert house.china.effects(record(1)) == {1: 1}


async def test_a_portal_that_asks_for_time_gets_it(house: SyncHouse) -> None:
    house.china.unavailable, house.china.retry_after = True, 120.0
    await house.hear(online(1))
    await house.push()
    house.clock.advance(119 * SECOND)
    assert CHINA not in {order.portal for order in await house.sweep()}
    house.clock.advance(SECOND + 120 * SECOND * SPREAD)
    assert CHINA in {order.portal for order in await house.sweep()}


async def test_a_portal_that_is_away_delays_only_itself(house: SyncHouse) -> None:
    house.china.unavailable = True
    await house.hear(online(1))
    await house.settle(CHINA, rounds=2)
    await house.settle(Portal.CREDIT_JIANGSU, rounds=2)
    assert await house.green(1, Portal.CREDIT_JIANGSU)
    assert not await house.green(1)


async def test_a_refusal_parks_only_that_record(house: SyncHouse) -> None:
    house.china.plan(record(2), Act.REFUSE)
    await house.hear(*(online(number) for number in (1, 2, 3)))
    await house.settle(rounds=40, step=MINUTE)
    assert [await house.green(number) for number in (1, 2, 3)] == [True, False, True]
    assert (await house.placement(2)).refusal.startswith("STALE_OR_WRONG")
    assert await house.attempts(2) == [Outcome.REFUSED]


async def test_a_newer_order_frees_a_parked_record(house: SyncHouse) -> None:
    house.china.plan(record(1), Act.REFUSE)
    await house.hear(online(1))
    await house.settle(rounds=2)
    await house.hear(online(1, 2))
    await house.settle(rounds=2)
    assert await house.green(1)
    assert (await house.placement(1)).refusal is None


async def test_a_refused_take_down_of_what_nobody_shows_is_seen_to_be_gone(house: SyncHouse) -> None:
    await house.publish(1)
    house.china.lose(record(1))
    house.china.plan(record(1), Act.REFUSE)
    await house.hear(offline(1))
    await house.settle(rounds=2)
    assert await house.green(1)
    assert len(house.absences) == 1


async def test_a_refused_take_down_of_what_is_still_shown_stays_red(house: SyncHouse) -> None:
    await house.publish(1)
    house.china.plan(record(1), Act.REFUSE)
    await house.hear(offline(1))
    await house.settle(rounds=20, step=MINUTE)
    assert not await house.green(1)
    assert (await house.placement(1)).refusal
    assert house.absences == []


async def test_one_record_on_which_the_adapter_fails_does_not_hold_up_its_neighbours(house: SyncHouse) -> None:
    house.china.plan(record(3), *[Act.BREAK] * 100)
    await house.hear(*(online(number) for number in range(1, 8)))
    await house.push()
    await house.look()
    assert [await house.green(number) for number in range(1, 8)] == [number != 3 for number in range(1, 8)]
    assert await house.attempts(3) == [Outcome.UNCERTAIN]


async def test_a_content_that_cannot_be_read_holds_up_nobody(house: SyncHouse) -> None:
    await house.hear(online(1), online(2))
    async with house.database.writing() as connection:
        await connection.execute(update(content).where(content.c.record_id == record_id(1)).values(body="{}"))
    await house.settle(rounds=3)
    assert await house.green(2)
    assert not await house.green(1)


@pytest.mark.parametrize("cause", ["unreadable", "adapter_failed"])
async def test_an_order_on_which_we_fail_ourselves_is_parked_for_people_in_the_end(
    house: SyncHouse, cause: str
) -> None:
    await house.hear(online(1))
    if cause == "unreadable":
        async with house.database.writing() as connection:
            await connection.execute(update(content).where(content.c.audience == "credit_sites").values(body="{}"))
    else:
        house.china.plan(record(1), *[Act.BREAK] * 100)
    await house.settle(rounds=60, step=MINUTE)
    assert len(await house.attempts(1)) == OWN_FAILURES
    assert (await house.attempts(1))[-1] == Outcome.REFUSED
    assert (await house.placement(1)).refusal_code == cause
    async with house.database.reading() as connection:
        channels = await read_channels(connection)
    channel = channels.get(CHINA) or fresh(Pace(), house.clock.now())
    assert (channel.breaker, channel.failures) == ("closed", 0)
    house.china._plans.clear()
    await house.hear(online(1, 2))
    await house.settle(rounds=2)
    assert await house.green(1)


async def test_an_answer_that_was_under_way_does_not_shorten_the_time_that_the_portal_asked_for(
    house: SyncHouse,
) -> None:
    async with unit_of_work(house.database, house.clock) as work:
        await channel.failed(work, CHINA, "the portal answered 429", 2 * MINUTE)
        await channel.answered(work, CHINA)
        assert (await channel.enter(work, CHINA, Pace(), 5)).requests == 0
    house.clock.advance(2 * MINUTE)
    async with unit_of_work(house.database, house.clock) as work:
        assert (await channel.enter(work, CHINA, Pace(), 5)).requests == 1
        await channel.answered(work, CHINA)
        assert (await channel.enter(work, CHINA, Pace(), 5)).requests == 5


async def test_receipts_are_collected_when_they_come(house: SyncHouse) -> None:
    house.china.receipts_ready = False
    house.china.plan(record(1), Act.PEND)
    house.china.plan(record(2), Act.PEND_THEN_REFUSE)
    await house.hear(online(1), online(2))
    await house.push()
    assert await house.collect() == 0
    assert (await house.placement(1)).acknowledged_generation == 0
    house.china.receipts_ready = True
    house.clock.advance(SECOND)
    assert await house.collect() == 2
    assert (await house.placement(1)).acknowledged_generation == 1
    assert (await house.placement(2)).refusal.startswith("RECEIPT")
    assert await house.collect() == 0
    await house.look()
    assert await house.green(1)


async def test_an_order_with_a_receipt_is_not_sent_again_while_the_portal_takes_its_time(house: SyncHouse) -> None:
    house.china.receipts_ready = False
    house.china.plan(record(1), Act.PEND)
    await house.hear(online(1))
    await house.push()
    for _ in range(5):
        house.clock.advance(MINUTE)
        await house.settle(rounds=1)
    assert len(house.china.pushed) == 1


@pytest.mark.parametrize(("obeyed", "sent"), [(True, 1), (False, 2)])
async def test_an_order_whose_receipt_never_comes_is_looked_for_before_it_is_sent_again(
    house: SyncHouse, obeyed: bool, sent: int
) -> None:
    house.china.receipts_ready = False
    house.china.plan(record(1), Act.PEND)
    await house.hear(online(1))
    await house.push()
    if not obeyed:
        house.china.lose(record(1))
    for _ in range(15):
        house.clock.advance(MINUTE)
        await house.settle(rounds=1)
    assert [order.idempotency_key for order in house.china.pushed] == [f"{record_id(1)}-1"] * sent
    assert await house.green(1) is obeyed
    assert "uncertain" in await house.attempts(1)


@pytest.mark.parametrize("error", [PortalUnavailable("maintenance"), RuntimeError("the adapter stumbles")])
async def test_an_overdue_receipt_is_read_back_even_while_nobody_answers_the_question(
    house: SyncHouse, error: Exception
) -> None:
    def fail() -> None:
        raise error

    house.china.plan(record(1), Act.PEND)
    await house.hear(online(1))
    await house.push()
    house.china.on_ask = fail
    assert await house.collect() == 0
    assert (await house.placement(1)).receipt is not None
    house.clock.advance(11 * MINUTE)
    assert await house.collect() == 0
    house.china.on_ask = lambda: None
    assert await house.look() == 1
    assert await house.green(1)


async def test_a_receipt_is_asked_for_less_and_less_often(house: SyncHouse) -> None:
    house.china.receipts_ready = False
    house.china.plan(record(1), Act.PEND)
    await house.hear(online(1))
    await house.push()
    for _ in range(90):
        house.clock.advance(SECOND)
        await house.collect()
    row = await house.placement(1)
    assert 6 <= row.receipt_asks <= 12


async def test_a_late_answer_to_an_older_order_changes_nothing(house: SyncHouse) -> None:
    house.china.receipts_ready = False
    house.china.plan(record(1), Act.PEND, Act.PEND)
    await house.hear(online(1))
    await house.push()
    slips = dict(house.china._receipts)
    await house.hear(online(1, 2, facts="更正后"))
    await house.push()
    before = await house.placement(1)
    assert before.receipt is not None
    house.china._receipts = {before.receipt: next(iter(slips.values()))}
    house.china.receipts_ready = True
    house.clock.advance(SECOND)
    await house.collect()
    after = await house.placement(1)
    assert (after.acknowledged_generation, after.receipt, after.refusal) == (0, before.receipt, None)
    assert after.receipt_asks == before.receipt_asks + 1


async def test_take_downs_come_first_within_a_claim_and_then_the_earliest_deadline(house: SyncHouse) -> None:
    china = PortalFake(CHINA, limits=PortalLimits(orders_a_request=2, requests_at_once=1, looks_at_once=1))
    house.fakes = {**house.fakes, CHINA: china}
    await house.publish(1, 2, 3)
    china.requests.clear()
    await house.hear(online(8), online(9), offline(1, days=9), offline(2, days=1), offline(3, days=5))
    await house.push()
    assert [[order.take_down for order in request] for request in china.requests] == [
        [True, True],
        [True, False],
        [False],
    ]
    assert [order.record_id for order in china.pushed[:3]] == [record_id(2), record_id(3), record_id(1)]


async def test_the_earliest_deadline_of_the_whole_backlog_goes_first_whatever_message_comes(house: SyncHouse) -> None:
    await house.publish(*range(1, 21))
    house.china.requests.clear()
    await house.hear(*(offline(number, days=30 - number) for number in range(1, 21)))
    await PushDesk(house.database, house.clock, house.china).push(3, take_downs_only=True)
    assert [order.record_id for order in house.china.pushed] == [record_id(number) for number in (20, 19, 18)]


async def test_take_downs_overtake_publications_inside_a_portals_budget(house: SyncHouse) -> None:
    limits = PortalLimits(orders_a_request=1, requests_at_once=1, looks_at_once=1, pace=Pace(0.001, 5))
    china = PortalFake(CHINA, limits=limits)
    house.fakes = {**house.fakes, CHINA: china}
    await house.publish(1, 2)
    await house.hear(*(online(number) for number in range(10, 20)), offline(1), offline(2))
    house.orders.clear()
    with pytest.raises(ChannelHeld):
        await PushDesk(house.database, house.clock, china).push(10)
    assert [order.take_down for order in china.pushed[2:]] == [True, True, False]


async def test_workers_of_one_portal_share_one_budget_and_none_is_spent_twice(house: SyncHouse) -> None:
    limits = PortalLimits(orders_a_request=1, requests_at_once=4, looks_at_once=1, pace=Pace(0.001, 7))
    china = PortalFake(CHINA, limits=limits)
    await house.hear(*(online(number) for number in range(30)))
    desk = PushDesk(house.database, house.clock, china)
    ends = await asyncio.gather(*(desk.push(10) for _ in range(3)), return_exceptions=True)
    assert len(china.pushed) == len({order.record_id for order in china.pushed}) == 7
    assert any(isinstance(end, ChannelHeld) for end in ends)


async def test_a_portal_that_stays_silent_is_spared_and_then_probed_with_one_request(house: SyncHouse) -> None:
    limits = PortalLimits(orders_a_request=2, requests_at_once=1, looks_at_once=1)
    china = house.fakes[CHINA] = PortalFake(CHINA, limits=limits)  # type: ignore[index]
    china.unavailable = True
    await house.hear(*(online(number) for number in range(20)))
    desk = PushDesk(house.database, house.clock, china)
    for _ in range(3):
        with contextlib.suppress(ChannelHeld):
            await desk.push(2)
    with pytest.raises(ChannelHeld):
        await desk.push(2)
    asked = len(china.requests)
    china.unavailable = False
    house.clock.advance(3 * SECOND)
    with contextlib.suppress(ChannelHeld):
        await desk.push(20)
    assert len(china.requests) > asked
    async with house.database.reading() as connection:
        channels = await read_channels(connection)
    assert (channels[CHINA].breaker, channels[CHINA].failures, channels[CHINA].reason) == ("closed", 0, None)


async def test_an_order_whose_message_was_lost_is_found_again(house: SyncHouse) -> None:
    await house.hear(online(1))
    house.orders.clear()
    assert await house.sweep() == []
    house.clock.advance(LOST_AFTER + SECOND)
    assert len(await house.sweep()) == 2
    await house.push()
    assert house.china.effects(record(1)) == {1: 1}


async def test_a_worker_whose_clock_is_behind_takes_a_fresh_order_at_once(house: SyncHouse) -> None:
    await house.hear(online(1))
    house.clock.advance(-5 * SECOND)
    await house.push()
    assert house.china.effects(record(1)) == {1: 1}


async def test_what_a_dead_worker_had_claimed_is_free_after_its_lease(house: SyncHouse) -> None:
    await house.hear(online(1))
    house.china.unavailable = True
    house.china.on_ask = _die
    with pytest.raises(_Killed):
        await house.push()
    house.china.unavailable, house.china.on_ask = False, lambda: None
    await house.push(numbers=[1])
    assert house.china.pushed == []
    house.clock.advance(LEASE + SECOND)
    await house.sweep()
    await house.push()
    assert house.china.effects(record(1)) == {1: 1}


async def test_orders_at_a_portal_that_answers_slowly_stay_with_their_worker(house: SyncHouse) -> None:
    await house.hear(online(1), online(2))
    house.china.gate.clear()
    desk = PushDesk(house.database, house.clock, house.china, renew_every=timedelta(milliseconds=10))
    slow = asyncio.create_task(desk.push(2))

    async def is_kept() -> bool:
        return all([(await house.placement(n)).next_push_at == house.clock.now() + LEASE for n in (1, 2)])

    other = PortalFake(CHINA)
    for _ in range(3):
        await until(is_kept)
        house.clock.advance(LEASE - SECOND)
        await until(is_kept)
        await PushDesk(house.database, house.clock, other).push(2)
    assert other.pushed == []
    house.china.gate.set()
    await slow
    assert house.china.effects(record(1)) == house.china.effects(record(2)) == {1: 1}
    assert (await house.placement(1)).pushes == 1


async def test_a_clock_that_jumps_by_a_month_costs_a_repetition_and_no_second_effect(house: SyncHouse) -> None:
    await house.hear(*(online(number) for number in range(5)))
    house.china.on_ask = lambda: house.clock.advance(timedelta(days=31))
    await house.settle(rounds=4)
    for number in range(5):
        assert house.china.effects(record(number)) == {1: 1}
        assert house.china.faces(record(number)) == set(FACES)
        assert await house.green(number)


async def test_no_connection_is_held_while_a_portal_is_asked(house: SyncHouse) -> None:
    held: list[int] = []
    house.china.on_ask = lambda: held.append(house.connections_in_use())
    house.china.plan(record(1), Act.PEND)
    await house.publish(1, 2, 3)
    await house.collect()
    await house.look()
    house.china.lose(record(2))
    await house.reconcile()
    assert len(held) >= 8
    assert set(held) == {0}


async def test_a_push_costs_the_same_number_of_statements_whatever_its_size(house: SyncHouse) -> None:
    await house.publish(99)  # the first push of all makes the row of the channel
    await house.hear(*(online(number) for number in range(50)))
    small = await house.statements_of(lambda: house.push(numbers=range(5)))
    large = await house.statements_of(lambda: house.push(numbers=range(5, 50)))
    assert len(large) == len(small)


class _Killed(BaseException):
    """What ends a worker between two lines."""


def _die() -> None:
    raise _Killed


async def test_a_take_down_whose_row_another_writer_holds_is_sent_as_soon_as_he_lets_go(house: SyncHouse) -> None:
    """A late look at the publication keeps the row while the only message of the take-down is at hand."""
    await house.publish(1)
    await house.hear(offline(1))
    held, let_go = asyncio.Event(), asyncio.Event()

    async def look_late() -> None:
        async with unit_of_work(house.database, house.clock) as work:
            await placements.lock(work, CHINA, [record_id(1)])
            held.set()
            await let_go.wait()

    other = asyncio.create_task(look_late())
    await held.wait()
    desk = PushDesk(house.database, house.clock, house.china)
    asyncio.get_running_loop().call_later(0.5, let_go.set)
    await desk.push(1, take_downs_only=True)
    await other
    assert house.china.effects(record(1))[2] == 1
