"""A reconciliation whose worker was killed goes on where it was, begins anew, or is given up; it never mixes (G07)."""

import asyncio
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.sync.reconciliation import runs
from services.sync.reconciliation.compare import Question, Suspicion
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.reconcile import ReconcileDesk
from services.sync.reconciliation.runs import LEASE, End
from services.sync.reconciliation.scan import RunLost, Scan, store_part
from services.sync.tables import scan_entry
from services.sync.timers import reconcile_requested
from shared.messaging.unit_of_work import unit_of_work
from tests.support.messaging_house import until
from tests.support.paged_fake import PagedFake
from tests.support.reconcile_process import A_PAGE, PAGES, portal
from tests.support.sync_house import CHINA, MINUTE, START, SyncHouse

CHECKOUT = Path(__file__).parents[3]
KILLED_AFTER = 2
PATIENCE = 60


@pytest.fixture
async def killed(house: SyncHouse, database_url: str) -> str:
    """A run of which a process that was killed had stored two pages."""
    house.clock.advance(MINUTE)
    house.limit = MendingLimit(rereads=PAGES * A_PAGE)
    run_id = await house.request()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.reconcile_process",
        database_url,
        str(KILLED_AFTER),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        assert await process.stdout.readline() == b"HANGS\n"
        # The last part is stored behind the reading.
        while await house.count(scan_entry) < KILLED_AFTER * A_PAGE:  # noqa: ASYNC110 - a database rings no bell
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert await house.count(scan_entry) == KILLED_AFTER * A_PAGE
    return run_id


async def _go_on(house: SyncHouse, fake: PagedFake) -> None:
    house.clock.advance(LEASE + MINUTE)
    assert await reconcile_requested(house.ground, fake, house.limit) == 1


async def test_a_killed_run_is_taken_by_nobody_before_its_lease_has_run_out(house: SyncHouse, killed: str) -> None:
    assert await reconcile_requested(house.ground, portal(), house.limit) == 0
    assert (await house.run(killed)).state == "scanning"


async def test_a_killed_run_goes_on_behind_the_last_page_that_was_stored(house: SyncHouse, killed: str) -> None:
    fake = portal()
    await _go_on(house, fake)
    run = await house.run(killed)
    assert (run.state, run.listed, run.drifts, run.attempt) == ("mended", PAGES * A_PAGE, PAGES * A_PAGE, 2)
    assert fake.read == PAGES - KILLED_AFTER
    assert await house.verified_through() == START + MINUTE - runs.SETTLE
    assert await house.count(scan_entry) == 0


async def test_a_listing_that_moved_meanwhile_is_read_from_its_beginning(house: SyncHouse, killed: str) -> None:
    fake = portal()
    fake.held.pop("foreign-000000")
    await _go_on(house, fake)
    run = await house.run(killed)
    assert (run.state, run.listed) == ("mended", PAGES * A_PAGE - 1)
    assert fake.read == PAGES
    assert await house.verified_through() == house.clock.now() - runs.SETTLE


async def test_a_resumed_run_counts_nothing_twice(house: SyncHouse, killed: str) -> None:
    fake = portal()
    await _go_on(house, fake)
    keys = [row.portal_key for row in await house.drifts()]
    assert len(keys) == len(set(keys)) == PAGES * A_PAGE


async def test_a_run_that_a_person_gives_up_concludes_nothing_and_its_worker_notices(house: SyncHouse) -> None:
    fake = portal()
    fake.gate.clear()
    run_id = await house.request()
    running = asyncio.create_task(reconcile_requested(house.ground, fake, house.limit))

    async def scanning() -> bool:
        return bool((await house.run(run_id)).state == "scanning")

    await until(scanning)
    async with unit_of_work(house.database, house.clock) as work:
        assert await runs.give_up(work, run_id, "operator", "门户正在维护")
    fake.gate.set()
    await running
    run = await house.run(run_id)
    assert (run.state, run.drifts) == ("given_up", 0)
    assert "门户正在维护" in run.explanation
    assert await house.count(scan_entry) == 0
    assert await house.drifts() == []
    assert await house.verified_through() is None


async def test_a_run_at_a_portal_that_answers_slowly_stays_with_its_worker(house: SyncHouse) -> None:
    fake = portal()
    fake.gate.clear()
    run_id = await house.request()
    house.clock.advance(MINUTE)
    async with unit_of_work(house.database, house.clock) as work:
        run = await runs.take(work, CHINA)
    assert run is not None
    limit = MendingLimit(rereads=PAGES * A_PAGE)
    desk = ReconcileDesk(house.database, house.clock, fake, limit, renew_every=timedelta(milliseconds=10))
    running = asyncio.create_task(desk.run(run))

    async def is_kept() -> bool:
        return bool((await house.run(run_id)).lease_until == house.clock.now() + LEASE)

    for _ in range(3):
        house.clock.advance(LEASE - timedelta(seconds=10))
        await until(is_kept)
        assert await reconcile_requested(house.ground, portal(), house.limit) == 0
    fake.gate.set()
    await running
    ended = await house.run(run_id)
    assert (ended.state, ended.attempt, ended.listed) == ("mended", 1, PAGES * A_PAGE)


async def test_who_lost_the_run_to_another_worker_writes_nothing_any_more(house: SyncHouse) -> None:
    await house.request()
    async with unit_of_work(house.database, house.clock) as work:
        slow = await runs.take(work, CHINA)
    assert slow is not None
    house.clock.advance(LEASE + MINUTE)
    async with unit_of_work(house.database, house.clock) as work:
        other = await runs.take(work, CHINA)
        assert other is not None
        assert not await runs.go_on(work, slow)
        assert not await runs.finish(work, slow, End("mended", listed=1))
        assert await runs.go_on(work, other)
    counted = await house.rows(select(func.count()).select_from(scan_entry))
    assert counted[0][0] == 0


async def test_who_lost_the_run_leaves_the_listing_of_the_other_worker_alone(house: SyncHouse) -> None:
    """Of a listing that is gone every record that should not be shown would be taken for gone from the portal."""
    await house.request()
    async with unit_of_work(house.database, house.clock) as work:
        paused = await runs.take(work, CHINA)
    assert paused is not None
    house.clock.advance(LEASE + MINUTE)
    async with unit_of_work(house.database, house.clock) as work:
        other = await runs.take(work, CHINA)
    assert other is not None
    await store_part(house.database, house.clock, other, [[("one", other.run_id, "digest")]])
    desk = ReconcileDesk(house.database, house.clock, portal(), MendingLimit(rereads=1))
    nothing_left = Question(paused.run_id, CHINA, START, START.date(), Scope("320600"))
    with suppress(RunLost):
        await desk._leave_all(Scan(paused, 1), nothing_left, Suspicion(2, ()))
    assert await house.count(scan_entry) == 1
    assert (await house.run(other.run_id)).state == "scanning"
