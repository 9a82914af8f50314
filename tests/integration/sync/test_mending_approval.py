"""Mending above the limit: one proposes, another approves, each difference is looked at once more (guarantee G08)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.sync.portals.base import Sighting
from services.sync.reconciliation import approvals
from services.sync.reconciliation.approvals import APPROVAL_LASTS, PROPOSAL_LASTS
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.mend_approved import mend_approved
from services.sync.reconciliation.reconcile import LOOKS_AT_ONCE
from services.sync.reconciliation.runs import Mode, Wish
from services.sync.webhooks.domain.changes import ChangeType
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.errors import Problem
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import DriftKind
from tests.support.portal_fake import ListingAct, PortalFake
from tests.support.subscriber_fake import SubscriberHouse
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

LOST = range(25)
SHOWN = range(60)


@pytest.fixture
async def waiting(house: SyncHouse) -> str:
    """A run that left twenty-five missing records to people."""
    await house.publish(*SHOWN)
    for number in LOST:
        house.china.lose(record(number))
    run = await house.reconcile()
    assert (run.state, run.held) == ("awaiting_approval", len(LOST))
    return str(run.run_id)


async def _propose(house: SyncHouse, run_id: str, by: str = "operator") -> AnyRow:
    async with unit_of_work(house.database, house.clock) as work:
        return await approvals.propose(work, run_id, by, "门户已恢复")


async def _decide(house: SyncHouse, run_id: str, by: str = "approver", *, approve: bool = True) -> AnyRow:
    async with unit_of_work(house.database, house.clock) as work:
        return await approvals.decide(work, run_id, by, "同意", approve=approve)


async def _mend(house: SyncHouse) -> None:
    while await mend_approved(house.database, house.clock, house.fakes):
        pass
    await house.heard()


async def _last(house: SyncHouse, run_id: str) -> AnyRow:
    async with house.database.reading() as connection:
        return (await approvals.of_run(connection, run_id))[0]


async def _ordered(house: SyncHouse) -> set[str]:
    return {row.record_id for row in await house.drifts() if row.mend_ordered_at}


async def test_what_two_people_agreed_on_is_mended_and_seen(house: SyncHouse, waiting: str) -> None:
    await _propose(house, waiting)
    await _mend(house)
    assert await _ordered(house) == set()
    await _decide(house, waiting)
    await _mend(house)
    done = await _last(house, waiting)
    assert (done.state, done.ordered, done.vanished, done.unknown) == ("done", len(LOST), 0, 0)
    await house.settle(rounds=5)
    assert all([await house.green(number) for number in SHOWN])
    assert all(row.mended_at for row in await house.drifts())
    assert {house.china.effects(record(number)).get(2) for number in LOST} == {1}


async def test_whoever_proposed_cannot_approve_and_may_withdraw(house: SyncHouse, waiting: str) -> None:
    await _propose(house, waiting, by="approver")
    with pytest.raises(Problem) as refused:
        await _decide(house, waiting, by="approver")
    assert refused.value.kind.slug == "second-person-needed"
    await _mend(house)
    assert await _ordered(house) == set()
    assert (await _decide(house, waiting, by="approver", approve=False)).state == "rejected"
    with pytest.raises(Problem):
        await _decide(house, waiting, by="somebody-else")


async def test_only_one_proposal_of_a_run_is_open_and_only_for_what_waits(house: SyncHouse, waiting: str) -> None:
    await _propose(house, waiting)
    with pytest.raises(Problem) as refused:
        await _propose(house, waiting, by="another")
    assert "already" in refused.value.detail
    clean = await house.reconcile(wish=Wish(mode=Mode.PLAN))
    with pytest.raises(Problem) as refused:
        await _propose(house, clean.run_id)
    assert refused.value.kind.slug == "conflict"
    with pytest.raises(Problem) as refused:
        await _propose(house, record_id(999))
    assert refused.value.kind.slug == "not-found"


async def test_what_changed_since_the_run_is_mended_by_what_is_true_at_mending_time(
    house: SyncHouse, waiting: str
) -> None:
    """One recovered, one shall be gone by now, one cannot be seen; the others are still missing."""
    await _propose(house, waiting)
    await _decide(house, waiting)
    house.clock.advance(timedelta(hours=3))
    house.china.resurrect(record(0))
    await house.hear(offline(1))
    house.china.blind_for = {house.china.portal_key(record(2))}
    await _mend(house)
    done = await _last(house, waiting)
    assert (done.state, done.ordered, done.vanished, done.unknown) == ("done", len(LOST) - 3, 2, 1)
    assert await _ordered(house) == {record_id(number) for number in LOST if number > 2}
    still = {row.record_id for row in await house.drifts() if row.held and not row.mended_at}
    assert still == {record_id(2)}


async def test_a_proposal_and_an_approval_expire(house: SyncHouse, waiting: str) -> None:
    await _propose(house, waiting)
    house.clock.advance(PROPOSAL_LASTS + MINUTE)
    with pytest.raises(Problem):
        await _decide(house, waiting)
    await _propose(house, waiting)
    await _decide(house, waiting)
    house.clock.advance(APPROVAL_LASTS + MINUTE)
    await _mend(house)
    assert (await _last(house, waiting)).state == "expired"
    assert await _ordered(house) == set()


async def test_a_portal_that_restored_an_old_backup_is_mended_by_two_people_however_much_came_back(
    house: SyncHouse,
) -> None:
    """More ghosts than can be looked at one by one: each is kept as a suspicion, and looked at when it is approved.
    Subscribers are told of those that a look confirmed then, and of no other."""
    subs = SubscriberHouse(house)
    house.limit = MendingLimit(rereads=10)
    await house.publish(*SHOWN)
    await house.take_down(*range(30))
    for number in range(30):
        house.china.resurrect(record(number))
    house.china.looks.clear()
    run = await house.reconcile()
    assert (run.state, run.drifts, run.held) == ("awaiting_approval", 30, 30)
    assert house.china.looks == []
    assert {(row.kind, row.confirmed, row.held) for row in await house.drifts()} == {(DriftKind.GHOST, False, True)}
    house.china.lose(record(0))
    await _propose(house, run.run_id)
    await _decide(house, run.run_id)
    await _mend(house)
    done = await _last(house, run.run_id)
    assert (done.ordered, done.vanished) == (29, 1)
    assert sorted(await _told(subs, ChangeType.DRIFT_FOUND)) == [record_id(number) for number in range(1, 30)]
    await house.settle(rounds=5)
    assert all([await house.green(number) for number in SHOWN])
    assert all(row.mended_at for row in await house.drifts())
    assert sorted(await _told(subs, ChangeType.DRIFT_MENDED)) == [record_id(number) for number in range(1, 30)]


async def test_an_empty_listing_that_people_approve_orders_only_what_a_look_misses(house: SyncHouse) -> None:
    await house.publish(*range(5))
    house.china.listing_act = ListingAct.EMPTY
    house.china.lose(record(4))
    run = await house.reconcile()
    assert (run.state, run.drifts) == ("awaiting_approval", 1)
    await _propose(house, run.run_id)
    await _decide(house, run.run_id)
    await _mend(house)
    assert await _ordered(house) == {record_id(4)}


async def test_a_plan_says_what_it_would_do_and_orders_nothing(house: SyncHouse) -> None:
    await house.publish(*range(30))
    house.china.lose(record(1))
    house.china.plant("foreign")
    pushed = len(house.china.pushed)
    run = await house.reconcile(wish=Wish(mode=Mode.PLAN))
    assert (run.state, run.drifts, run.held) == ("planned", 2, 0)
    assert run.explanation.startswith("1 would be ordered again")
    await house.settle(rounds=3)
    assert len(house.china.pushed) == pushed
    assert await house.verified_through() is None
    house.clock.advance(MINUTE)
    assert (await house.reconcile()).state == "mended"
    await house.settle(rounds=3)
    assert await house.green(1)


async def test_a_plan_says_what_would_be_left_to_people(house: SyncHouse) -> None:
    await house.publish(*range(30))
    for number in range(25):
        house.china.lose(record(number))
    run = await house.reconcile(wish=Wish(mode=Mode.PLAN))
    assert (run.state, run.drifts) == ("planned", 25)
    assert run.explanation.startswith("25 differ, more than one run may mend: ")


async def test_what_comes_back_after_every_mend_is_left_to_people(house: SyncHouse) -> None:
    await house.publish(*range(30))
    for _ in range(2):
        house.china.lose(record(1))
        assert (await house.reconcile()).state == "mended"
        await house.settle(rounds=5)
        assert await house.green(1)
        house.clock.advance(timedelta(hours=1))
    house.china.lose(record(1))
    house.china.lose(record(2))
    pushed = len(house.china.pushed)
    plan = await house.reconcile(wish=Wish(mode=Mode.PLAN))
    assert plan.explanation.startswith("1 would be ordered again")
    assert "twice within a day" in plan.explanation
    run = await house.reconcile()
    assert (run.state, run.drifts, run.held) == ("mended", 2, 1)
    assert "twice within a day" in run.explanation
    await house.settle(rounds=40, step=MINUTE)
    assert {order.record_id for order in house.china.pushed[pushed:]} == {record_id(2)}
    assert not await house.green(1)
    await _propose(house, run.run_id)
    await _decide(house, run.run_id)
    await _mend(house)
    await house.settle(rounds=5)
    assert await house.green(1)
    house.clock.advance(timedelta(days=2))
    house.china.lose(record(1))
    assert (await house.reconcile()).held == 0


async def test_an_order_that_came_meanwhile_is_not_undone_by_an_approved_mend(house: SyncHouse, waiting: str) -> None:
    await _propose(house, waiting)
    await _decide(house, waiting)
    await house.hear(online(3, 2, facts="更正后"))
    await house.settle(rounds=5)
    generation = (await house.placement(3)).generation
    await _mend(house)
    assert (await house.placement(3)).generation == generation


async def test_what_is_gone_at_the_first_look_is_closed_and_told_after_the_cache_life(house: SyncHouse) -> None:
    """A page from a cache looks just like one that agrees (guarantee G05)."""
    subs = SubscriberHouse(house)
    house.china.keep_caches(5 * MINUTE)
    await house.publish(*SHOWN)
    house.clock.advance(5 * MINUTE)
    while await house.look():
        pass
    house.clock.advance(MINUTE)
    for number in LOST:
        house.china.lose(record(number))
    run = await house.reconcile()
    assert (run.state, run.held) == ("awaiting_approval", len(LOST))
    house.china.resurrect(record(0))
    await _propose(house, run.run_id)
    await _decide(house, run.run_id)
    await _mend(house)
    done = await _last(house, run.run_id)
    assert (done.ordered, done.vanished, done.unknown) == (len(LOST) - 1, 1, 0)
    [seen] = [row for row in await house.drifts() if row.record_id == record_id(0)]
    assert (seen.held, seen.mended_at, seen.mend_ordered_at) == (False, None, None)
    assert await _told(subs, ChangeType.DRIFT_MENDED) == []
    house.clock.advance(5 * MINUTE)
    while await house.look():
        pass
    [seen] = [row for row in await house.drifts() if row.record_id == record_id(0)]
    assert seen.mended_at == house.clock.now()
    assert await _told(subs, ChangeType.DRIFT_MENDED) == [record_id(0)]


async def test_what_is_seen_again_after_the_cache_life_stays_a_difference(house: SyncHouse) -> None:
    house.china.keep_caches(5 * MINUTE)
    await house.publish(*SHOWN)
    house.clock.advance(5 * MINUTE)
    while await house.look():
        pass
    house.clock.advance(MINUTE)
    for number in LOST:
        house.china.lose(record(number))
    run = await house.reconcile()
    await _propose(house, run.run_id)
    await _decide(house, run.run_id)
    house.china.resurrect(record(0))
    await _mend(house)
    house.china.lose(record(0))
    house.clock.advance(5 * MINUTE)
    while await house.look():
        pass
    assert [row.mended_at for row in await house.drifts() if row.record_id == record_id(0)] == [None]
    await house.settle(rounds=60, step=MINUTE)
    assert await house.green(0)
    assert [row.mended_at is None for row in await house.drifts() if row.record_id == record_id(0)] == [False]


class OrderedWhileLooked(PortalFake):
    """A portal at whose last look something else happens first."""

    looks_before: int = 0
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def look(self, record: Record) -> Sighting:
        self.looks_before -= 1
        if self.meanwhile and not self.looks_before:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return await super().look(record)


async def test_what_got_a_newer_order_during_the_looks_is_not_counted_as_mended_by_the_approval(
    house: SyncHouse,
) -> None:
    china = OrderedWhileLooked()
    house.fakes = {**house.fakes, CHINA: china}
    await house.publish(*SHOWN)
    for number in LOST:
        china.lose(record(number))
    run = await house.reconcile()
    await _propose(house, run.run_id)
    await _decide(house, run.run_id)
    china.looks_before, china.meanwhile = len(LOST), lambda: house.hear(online(3, 2, facts="更正后"))
    await _mend(house)
    done = await _last(house, run.run_id)
    assert (done.ordered, done.vanished, done.unknown) == (len(LOST) - 1, 1, 0)
    assert record_id(3) not in await _ordered(house)
    assert [(row.held, row.mended_at) for row in await house.drifts() if row.record_id == record_id(3)] == [
        (False, None)
    ]
    await house.settle(rounds=5)
    assert all([await house.green(number) for number in SHOWN])


async def test_what_got_a_newer_order_after_its_look_is_not_marked_as_ordered_by_the_run(house: SyncHouse) -> None:
    china = OrderedWhileLooked()
    house.fakes = {**house.fakes, CHINA: china}
    house.limit = MendingLimit(records=1_000)
    lost = range(LOOKS_AT_ONCE + 5)
    await house.publish(*lost, 900)
    for number in lost:
        china.lose(record(number))
    china.looks_before, china.meanwhile = len(lost), lambda: house.hear(online(0, 2, facts="更正后"))
    run = await house.reconcile()
    assert (run.state, run.drifts) == ("mended", len(lost))
    assert len(await _ordered(house)) == len(lost) - 1
    assert record_id(0) not in await _ordered(house)


async def _told(subs: SubscriberHouse, kind: ChangeType) -> list[str]:
    await subs.number()
    return [row.record_id for row in (await subs.feed()).rows if row.type == kind]
