"""Approved mending of a portal that may not be read waits, and uses nothing of the approval up (guarantee G08)."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from services.sync import channel
from services.sync.domain.channel import QuietHours
from services.sync.portals.base import PortalUnavailable, Sighting
from services.sync.portals.spending import purse
from services.sync.reconciliation import approvals
from services.sync.reconciliation.approvals import APPROVAL_LASTS
from services.sync.reconciliation.domain.obstacle import AGAIN
from services.sync.reconciliation.mend_approved import mend_approved
from services.sync.reconciliation.mending_claims import LEASE
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Portal
from tests.support.messaging_house import until
from tests.support.portal_fake import PortalFake
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, record

LOST = range(25)
TEN = timedelta(minutes=10)
NIGHT = QuietHours(time(1), time(5))
BEFORE_NIGHT = datetime(2026, 3, 2, 16, 50, tzinfo=UTC)  # 00:50 of 3 March at the portal


class TurnsAway(PortalFake):
    """A portal that asks for time after some looks, and is asked no more by whoever heard that."""

    looks_left: int | None = None

    async def look(self, record: Record) -> Sighting:
        if self.looks_left == 0:
            payer = purse()
            assert payer is not None
            await payer.told_to_wait(TEN.total_seconds())
            raise PortalUnavailable("the portal answered 429", TEN.total_seconds())
        if self.looks_left:
            self.looks_left -= 1
        return await super().look(record)


@pytest.fixture
async def approved(house: SyncHouse) -> str:
    """A run whose twenty-five missing records two people allowed to be mended."""
    house.fakes = {**house.fakes, CHINA: TurnsAway()}
    await house.publish(*range(60))
    for number in LOST:
        house.china.lose(record(number))
    run_id = (await house.reconcile()).run_id
    async with unit_of_work(house.database, house.clock) as work:
        await approvals.propose(work, run_id, "operator", "门户已恢复")
        await approvals.decide(work, run_id, "approver", "同意", approve=True)
    house.china.looks.clear()
    return str(run_id)


async def test_while_a_portal_asked_not_to_be_read_nothing_is_looked_at_and_all_of_it_afterwards(
    house: SyncHouse, approved: str
) -> None:
    async with unit_of_work(house.database, house.clock) as work:
        await channel.hold_reads(work, CHINA, TEN)
    await _mend(house)
    assert house.china.looks == []
    assert await _came_of(house, approved) == ("approved", 0, 0, 0)
    house.clock.advance(TEN)
    await _mend(house)
    assert await _came_of(house, approved) == ("done", len(LOST), 0, 0)


async def test_in_the_hours_of_maintenance_a_page_without_the_record_is_no_fact(
    house: SyncHouse, approved: str
) -> None:
    house.clock.advance(BEFORE_NIGHT + TEN + MINUTE - house.clock.now())
    await _mend(house, NIGHT)
    assert house.china.looks == []
    assert await _came_of(house, approved) == ("approved", 0, 0, 0)
    house.clock.advance(timedelta(hours=4))
    await _mend(house, NIGHT)
    assert await _came_of(house, approved) == ("done", len(LOST), 0, 0)


async def test_what_a_portal_turned_away_in_the_middle_is_looked_at_when_it_may_be(
    house: SyncHouse, approved: str
) -> None:
    house.china.looks_left = 10  # type: ignore[attr-defined]
    await _mend(house)
    state, ordered, vanished, unknown = await _came_of(house, approved)
    assert (state, vanished, unknown) == ("approved", 0, 0)
    assert 0 < ordered <= 10
    house.china.looks_left = None  # type: ignore[attr-defined]
    await _mend(house)
    assert (await _came_of(house, approved))[1] == ordered
    house.clock.advance(TEN)
    await _mend(house)
    assert await _came_of(house, approved) == ("done", len(LOST), 0, 0)
    assert {row.generation for row in [await house.placement(number) for number in LOST]} == {2}


async def test_a_portal_that_answers_no_look_is_tried_again(house: SyncHouse, approved: str) -> None:
    house.china.face_down = True
    await _mend(house)
    assert await _came_of(house, approved) == ("approved", 0, 0, 0)
    asked = len(house.china.looks)
    await _mend(house)
    assert len(house.china.looks) == asked
    house.china.face_down = False
    house.clock.advance(AGAIN)
    await _mend(house)
    assert await _came_of(house, approved) == ("done", len(LOST), 0, 0)


async def test_who_was_paused_for_longer_than_the_lease_changes_nothing_of_a_part_that_was_put_off(
    house: SyncHouse, approved: str
) -> None:
    house.china.gate.clear()
    paused = asyncio.create_task(mend_approved(house.database, house.clock, house.fakes))

    async def is_taken() -> bool:
        return (await _newest(house, approved)).lease_until is not None

    await until(is_taken)
    house.clock.advance(LEASE)
    dark = PortalFake()
    dark.face_down = True
    assert await mend_approved(house.database, house.clock, {**house.fakes, CHINA: dark}) == len(LOST)
    put_off = (await _newest(house, approved)).lease_until
    house.china.gate.set()
    await paused
    assert await _came_of(house, approved) == ("approved", 0, 0, 0)
    assert (await _newest(house, approved)).lease_until == put_off
    assert [row.mend_ordered_at for row in await house.drifts() if row.mend_ordered_at] == []


async def test_an_approval_waits_no_longer_than_it_lasts(house: SyncHouse, approved: str) -> None:
    async with unit_of_work(house.database, house.clock) as work:
        await channel.hold_reads(work, CHINA, APPROVAL_LASTS + MINUTE)
    await _mend(house)
    house.clock.advance(APPROVAL_LASTS)
    await _mend(house)
    assert await _came_of(house, approved) == ("expired", 0, 0, 0)
    house.clock.advance(MINUTE)
    async with unit_of_work(house.database, house.clock) as work:
        assert (await approvals.propose(work, approved, "operator", "再次提请")).drifts == len(LOST)


async def _mend(house: SyncHouse, quiet: QuietHours | None = None) -> None:
    def quiet_at(_portal: Portal) -> QuietHours | None:
        return quiet

    while await mend_approved(house.database, house.clock, house.fakes, quiet_at):
        pass
    await house.heard()


async def _newest(house: SyncHouse, run_id: str) -> AnyRow:
    async with house.database.reading() as connection:
        return (await approvals.of_run(connection, run_id))[0]


async def _came_of(house: SyncHouse, run_id: str) -> tuple[str, int, int, int]:
    row = await _newest(house, run_id)
    return row.state, row.ordered, row.vanished, row.unknown
