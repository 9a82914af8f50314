"""Reconciliation: what a portal shows against what is wanted there (guarantees G07 and G08)."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.runs import ABANDONED_AFTER, SETTLE
from services.sync.reconciliation.scan import ENTRIES_AT_ONCE
from services.sync.tables import placement, scan_entry
from services.sync.timers import reconcile_requested, tell_verified_age
from shared.database.types import AnyRow
from shared.vocabulary import DriftKind, Portal
from tests.support.messaging_house import until
from tests.support.portal_fake import Act, ListingAct
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

SECOND = timedelta(seconds=1)
SHOWN = range(1, 31)
GONE = range(31, 36)


@pytest.fixture
async def settled(house: SyncHouse) -> SyncHouse:
    """Thirty records shown and five taken down, all of it seen and settled."""
    await house.publish(*SHOWN, *GONE)
    await house.take_down(*GONE)
    return house


async def _kinds(house: SyncHouse) -> set[tuple[str, str | None]]:
    return {(row.kind, row.record_id) for row in await house.drifts()}


async def test_a_portal_that_agrees_is_verified_through_the_beginning_of_the_scan(settled: SyncHouse) -> None:
    began = settled.clock.now()
    run = await settled.reconcile()
    assert (run.state, run.listed, run.drifts, run.explanation) == ("mended", 30, 0, None)
    assert await settled.verified_through() == began - SETTLE
    assert await settled.count(scan_entry) == 0
    assert await settled.drifts() == []


async def test_it_finds_exactly_what_was_injected_and_the_mend_is_seen(settled: SyncHouse) -> None:
    china = settled.china
    china.resurrect(record(31))
    china.lose(record(1))
    china.alter(record(2), "facts", "别的事实")
    china.double(record(3))
    china.plant("foreign")
    run = await settled.reconcile()
    assert (run.state, run.listed, run.drifts) == ("mended", 32, 5)
    assert await _kinds(settled) == {
        (DriftKind.GHOST, record_id(31)),
        (DriftKind.MISSING, record_id(1)),
        (DriftKind.ALTERED, record_id(2)),
        (DriftKind.DUPLICATE, record_id(3)),
        (DriftKind.FOREIGN, None),
    }
    altered = next(row for row in await settled.drifts() if row.kind == DriftKind.ALTERED)
    assert json.loads(altered.differences) == {"facts": ["台账缺失", "别的事实"]}
    assert all(row.mended_at is None for row in await settled.drifts())
    assert not any([await settled.green(number) for number in (31, 1, 2, 3)])
    await settled.settle(rounds=3)
    assert all([await settled.green(number) for number in (31, 1, 2, 3)])
    seen = {row.kind for row in await settled.drifts() if row.mended_at}
    assert seen == {DriftKind.GHOST, DriftKind.MISSING, DriftKind.ALTERED}
    assert len(await settled.drifts()) == 5
    settled.clock.advance(MINUTE)
    china.held.pop("foreign")
    assert (await settled.reconcile()).drifts == 0
    assert all(row.mended_at for row in await settled.drifts())


async def test_the_evidence_of_a_drift_survives_its_mend(settled: SyncHouse) -> None:
    settled.china.resurrect(record(31), "search", "list")
    await settled.reconcile()
    await settled.settle(rounds=3)
    found = [(one.sight, one.as_wanted, one.found_on) for one in await settled.observations(31)]
    assert found[-2:] == [("present", False, "search,list"), ("absent", True, "")]
    assert (await settled.drifts())[0].mended_at is not None


async def test_a_mend_that_the_portal_ignores_does_not_count_as_mended(settled: SyncHouse) -> None:
    settled.china.resurrect(record(31))
    settled.china.plan(record(31), *[Act.KEEP] * 20)
    await settled.reconcile()
    await settled.settle(rounds=40)
    assert [row.mended_at for row in await settled.drifts()] == [None]
    assert not await settled.green(31)


async def test_a_listing_that_lags_is_no_drift_when_the_pages_agree(settled: SyncHouse) -> None:
    settled.china.let_listing_lag()
    await settled.hear(online(1, 2, facts="更正后"), offline(2), online(40))
    await settled.settle(rounds=2)
    settled.clock.advance(MINUTE)
    run = await settled.reconcile()
    assert (run.state, run.drifts) == ("mended", 0)
    assert await settled.drifts() == []


async def test_what_was_just_ordered_or_answered_may_look_either_way(settled: SyncHouse) -> None:
    settled.china.plan(record(1), Act.KEEP)
    settled.china.plan(record(50), Act.KEEP)
    await settled.hear(offline(1), online(50))
    await settled.push()
    assert (await settled.reconcile()).drifts == 0
    settled.clock.advance(MINUTE)
    assert (await settled.reconcile()).drifts == 2


async def test_an_order_that_was_acknowledged_only_by_being_seen_is_reconciled_too(house: SyncHouse) -> None:
    house.china.plan(record(1), Act.UNCERTAIN_DONE)
    await house.publish(1, 2, 3)
    house.china.lose(record(1))
    await house.reconcile()
    assert await _kinds(house) == {(DriftKind.MISSING, record_id(1))}


async def test_a_listing_that_was_cut_short_concludes_nothing(settled: SyncHouse) -> None:
    await settled.reconcile()
    verified = await settled.verified_through()
    settled.china.listing_act = ListingAct.CUT_SHORT
    settled.china.resurrect(record(31))
    settled.china.lose(record(30))
    run = await settled.reconcile()
    assert run.state == "incomplete"
    assert "second page" in run.explanation
    await _nothing_done(settled, verified)


@pytest.mark.parametrize("key", ["k" * 201, "cf-\0-1"])
async def test_a_listing_with_a_key_that_can_be_stored_nowhere_concludes_nothing(settled: SyncHouse, key: str) -> None:
    await settled.reconcile()
    verified = await settled.verified_through()
    settled.china.plant(key)
    run = await settled.reconcile()
    assert (run.state, "a key that is none" in run.explanation) == ("incomplete", True)
    assert await settled.verified_through() == verified


async def test_a_listing_without_an_end_is_not_read_for_ever(
    settled: SyncHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sync.reconciliation.scan.ENTRIES_AT_MOST", len(SHOWN) - 1)
    run = await settled.reconcile()
    assert (run.state, "goes on behind 29 entries" in run.explanation) == ("incomplete", True)
    await _nothing_done(settled, None)


@pytest.mark.parametrize("trouble", ["unavailable", "broken"])
async def test_a_listing_that_cannot_be_had_is_incomplete_and_the_next_run_is_free(
    settled: SyncHouse, trouble: str
) -> None:
    settled.china.unavailable = trouble == "unavailable"
    settled.china.listing_act = ListingAct.BREAK if trouble == "broken" else ListingAct.WHOLE
    assert (await settled.reconcile()).state == "incomplete"
    await _nothing_done(settled, None)
    settled.china.unavailable, settled.china.listing_act = False, ListingAct.WHOLE
    assert (await settled.reconcile()).state == "mended"


async def test_an_empty_listing_waits_for_people_even_when_few_records_are_wanted(house: SyncHouse) -> None:
    await house.publish(*range(5))
    for number in range(5):
        house.china.lose(record(number))
    run = await house.reconcile()
    assert (run.state, run.listed, run.drifts) == ("awaiting_approval", 0, 5)
    assert run.explanation
    assert len(await house.drifts()) == 5
    assert not any([await house.green(number) for number in range(5)])
    await _nothing_done(house, None)


async def test_more_differences_than_the_limit_wait_for_people_and_never_mend_themselves(house: SyncHouse) -> None:
    await house.publish(*range(100))
    for number in range(25):
        house.china.lose(record(number))
    pushed = len(house.china.pushed)
    run = await house.reconcile()
    assert (run.state, run.drifts) == ("awaiting_approval", 25)
    assert all(row.mend_ordered_at is None for row in await house.drifts())
    assert not await house.green(0)
    await house.settle(rounds=30, step=10 * MINUTE)
    assert len(house.china.pushed) == pushed
    assert await house.verified_through() is None
    assert (await house.reconcile()).state == "awaiting_approval"


async def test_a_portal_that_recovers_by_itself_turns_green_again_without_a_mend(house: SyncHouse) -> None:
    await house.publish(*range(100))
    for number in range(25):
        house.china.lose(record(number))
    assert (await house.reconcile()).state == "awaiting_approval"
    for number in range(24):
        house.china.resurrect(record(number))
    house.china.lose(record(60))
    assert (await house.reconcile()).state == "mended"
    house.china.lose(record(5))
    await house.settle(rounds=60, step=10 * SECOND)
    green = {number for number in range(100) if await house.green(number)}
    assert green == set(range(100)) - {5, 24}
    assert house.china.effects(record(5)) == house.china.effects(record(24)) == {1: 1}
    left_to_people = {record_id(5), record_id(24)}
    assert {row.record_id for row in await house.drifts() if row.mended_at is None} == left_to_people


async def test_entries_that_nobody_ordered_do_not_keep_a_run_from_mending_its_own(settled: SyncHouse) -> None:
    for number in range(40):
        settled.china.plant(f"foreign-{number}")
    settled.china.lose(record(1))
    run = await settled.reconcile()
    assert (run.state, run.drifts) == ("mended", 41)
    await settled.settle(rounds=3)
    assert await settled.green(1)


async def test_a_difference_that_cannot_be_looked_at_is_unknown_and_never_clean(settled: SyncHouse) -> None:
    settled.china.lose(record(1))
    settled.china.lose(record(2))
    settled.china.blind_for = {settled.china.portal_key(record(2))}
    run = await settled.reconcile()
    assert (run.state, run.drifts) == ("incomplete", 2)
    assert await _kinds(settled) == {(DriftKind.MISSING, record_id(1)), (DriftKind.UNKNOWN, record_id(2))}
    assert await settled.verified_through() is None
    assert {row.record_id for row in await settled.drifts() if row.mend_ordered_at} == {record_id(1)}
    assert await settled.green(2)


async def test_more_differences_than_can_be_read_one_by_one_are_counted_all_and_conclude_nothing(
    house: SyncHouse,
) -> None:
    house.limit = MendingLimit(rereads=10)
    await house.publish(*range(30))
    house.china.listing_act = ListingAct.EMPTY
    house.china.looks.clear()
    run = await house.reconcile()
    assert (run.state, run.drifts) == ("awaiting_approval", 30)
    assert "30" in run.explanation
    assert house.china.looks == []
    await _nothing_done(house, None)


async def test_two_runs_at_once_mend_once(settled: SyncHouse) -> None:
    settled.china.lose(record(1))
    first, second = await settled.request(), await settled.request()
    assert await reconcile_requested(settled.ground, settled.china, settled.limit) == 1
    assert await reconcile_requested(settled.ground, settled.china, settled.limit) == 1
    assert await reconcile_requested(settled.ground, settled.china, settled.limit) == 0
    await settled.heard()
    assert [(await settled.run(run_id)).state for run_id in (first, second)] == ["mended", "mended"]
    await settled.settle(rounds=3)
    assert settled.china.effects(record(1)) == {1: 1, 2: 1}
    assert await settled.green(1)


async def test_the_runs_of_one_portal_wait_for_no_other(settled: SyncHouse) -> None:
    dead = await settled.request(Portal.CREDIT_JIANGSU)
    alive = await settled.request(CHINA)
    await reconcile_requested(settled.ground, settled.china, settled.limit)
    assert (await settled.run(dead)).state == "requested"
    assert (await settled.run(alive)).state == "mended"


async def test_a_killed_run_is_given_up_and_leaves_nothing_behind(settled: SyncHouse) -> None:
    run_id = await _killed_run(settled)
    assert (await settled.run(run_id)).state == "scanning"
    assert await settled.count(scan_entry) > 0
    settled.clock.advance(ABANDONED_AFTER + MINUTE)
    await reconcile_requested(settled.ground, settled.china, settled.limit)
    run = await settled.run(run_id)
    assert (run.state, run.drifts) == ("incomplete", 0)
    assert await settled.count(scan_entry) == 0
    await _nothing_done(settled, None)


async def test_a_run_that_was_given_up_while_it_went_on_concludes_nothing(settled: SyncHouse) -> None:
    settled.china.lose(record(1))
    run_id = await settled.request()
    settled.china.gate.clear()
    running = asyncio.create_task(reconcile_requested(settled.ground, settled.china, settled.limit))

    async def scanning() -> bool:
        return bool((await settled.run(run_id)).state == "scanning")

    await until(scanning)
    settled.clock.advance(ABANDONED_AFTER + MINUTE)
    await reconcile_requested(settled.ground, settled.china, settled.limit)
    settled.china.gate.set()
    await running
    assert (await settled.run(run_id)).state == "incomplete"
    await _nothing_done(settled, None)


async def test_the_age_of_what_is_verified_is_published(settled: SyncHouse) -> None:
    await settled.reconcile()
    settled.clock.advance(timedelta(hours=3))
    await tell_verified_age(settled.ground)
    age = REGISTRY.get_sample_value("g07_verified_through_age_seconds", {"portal": CHINA})
    assert age == (timedelta(hours=3) + SETTLE).total_seconds()


async def test_a_scan_is_stored_as_it_comes_and_counted_whole(settled: SyncHouse) -> None:
    for number in range(2 * ENTRIES_AT_ONCE):
        settled.china.plant(f"foreign-{number}")
    settled.limit = MendingLimit(rereads=10)
    ended: list[AnyRow] = []

    async def reconcile() -> None:
        ended.append(await settled.reconcile())

    statements = await settled.statements_of(reconcile)
    kept = [one for one in statements if one.startswith("UPDATE reconciliation") and "lease_until=" in one]
    parts = [one for one in kept if "checkpoint=" in one]
    assert len(parts) == 3 + 1  # and the end
    assert (ended[0].listed, ended[0].drifts) == (2 * ENTRIES_AT_ONCE + 30, 2 * ENTRIES_AT_ONCE)


async def _killed_run(house: SyncHouse) -> str:
    """A worker that dies between two pages of a listing, of which it has stored the first part."""
    for number in range(2 * ENTRIES_AT_ONCE):
        house.china.plant(f"foreign-{number}")
    house.china.page_size = ENTRIES_AT_ONCE
    house.china.on_ask = _dies_at(3)
    run_id = await house.request()
    with pytest.raises(_Killed):
        await reconcile_requested(house.ground, house.china, house.limit)
    house.china.on_ask = lambda: None
    return run_id


async def _nothing_done(house: SyncHouse, verified: datetime | None) -> None:
    """No mend was ordered, the watermark stands where it stood, and no scan is left over."""
    assert await house.verified_through() == verified
    assert await house.count(scan_entry) == 0
    assert all(row.mend_ordered_at is None for row in await house.drifts())
    assert await house.rows(select(placement).where(placement.c.generation > placement.c.source_generation)) == []


class _Killed(BaseException):
    """What ends a worker between two lines."""


def _dies_at(ask: int) -> Callable[[], None]:
    asked = iter(range(1, ask + 1))

    def on_ask() -> None:
        if next(asked) == ask:
            raise _Killed

    return on_ask
