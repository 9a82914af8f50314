"""A repair at a portal that decides by stages: the form, its stages by the clock, and what people see of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from services.sync.api.placements import placement_view
from services.sync.api.views import FilingView
from services.sync.domain.stages import Stage
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.base import Outcome, PortalAdapter
from services.sync.portals.market_supervision.adapter import MarketSupervision
from services.sync.push import PushDesk
from services.sync.receipts import collect_receipts
from services.sync.tables import calendar_year, placement, push_attempt
from services.sync.timers import push_again
from services.sync.verify import verify
from services.sync.waiting import tell_waiting
from shared.calendars.book import CalendarBook
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.database.types import AnyRow
from shared.vocabulary import Audience, Portal, TakeDownReason
from tests.conformance.portal_rig import CLOSES_ON, penalty, portal_options, running_mock
from tests.support.messaging_house import until
from tests.support.portal_fake import PortalFake
from tests.support.sync_house import START, SyncHouse, offline, online, record_id

MARKET = Portal.MARKET_SUPERVISION
DAY = timedelta(days=1)


@dataclass
class Desk:
    """Sync with the real adapter to a mock that takes its days; both follow the clock of the house."""

    house: SyncHouse
    adapter: PortalAdapter

    async def round(self) -> None:
        await PushDesk(self.house.database, self.house.clock, self.adapter).push(10)
        await collect_receipts(self.house.database, self.house.clock, self.adapter, CalendarBook(calendar_year))
        await verify(self.house.database, self.house.clock, self.adapter)
        await push_again(self.house.ground)

    async def until(self, day: date) -> None:
        """Let the days pass, with a round now and then."""
        while self.house.clock.now().date() < day:
            self.house.clock.advance(min(5, (day - self.house.clock.now().date()).days) * DAY)
            await self.round()

    async def placement(self) -> AnyRow:
        return await self.house.placement(1, MARKET)

    async def filing(self) -> FilingView | None:
        return placement_view(await self.placement()).filing


def shown() -> PublicationOnline:
    told = online(1, audience=Audience.MARKET_SUPERVISION)
    return told.model_copy(update={"record": penalty(1), "closes_on": CLOSES_ON})


def repaired() -> PublicationOffline:
    told = offline(1, audience=Audience.MARKET_SUPERVISION)
    return told.model_copy(update={"reason": TakeDownReason.REPAIR_APPROVED})


async def desk_of(house: SyncHouse, tmp_path: Path, form_days: tuple[int, int, int]) -> AsyncIterator[Desk]:
    options = MockOptions(tmp_path, clock=house.clock, form_days=form_days)
    async with running_mock(MARKET, options) as port:
        adapter = MarketSupervision(portal_options(options, port), house.clock)
        desk = Desk(house, adapter)
        await house.hear(shown())
        await desk.round()
        await house.hear(repaired())
        await desk.round()
        try:
            yield desk
        finally:
            await adapter.close()


@pytest.fixture
async def quick(house: SyncHouse, tmp_path: Path) -> AsyncIterator[Desk]:
    async for desk in desk_of(house, tmp_path, (0, 0, 0)):
        yield desk


@pytest.fixture
async def slow(house: SyncHouse, tmp_path: Path) -> AsyncIterator[Desk]:
    async for desk in desk_of(house, tmp_path, (2, 20, 3)):
        yield desk


def overdue(stage: Stage) -> float | None:
    return REGISTRY.get_sample_value("portal_filings_overdue", {"portal": MARKET, "stage": stage})


async def test_a_portal_that_decides_at_once_hides_the_record_at_the_first_question(quick: Desk) -> None:
    await quick.round()
    assert await quick.house.green(1, MARKET)
    assert (await quick.placement()).observed == "absent"
    assert await quick.filing() is None


async def test_a_form_goes_through_its_stages_and_each_shows_its_expected_day(slow: Desk) -> None:
    """Filed on Monday, 2 March 2026: two working days to accept, fifteen to decide, three to execute."""
    seen = [await slow.filing()]
    assert START.date() == date(2026, 3, 2)
    for day in (date(2026, 3, 5), date(2026, 4, 2)):
        await slow.until(day)
        seen.append(await slow.filing())
    assert [(one.stage, one.since, one.expected_on) for one in seen if one] == [
        (Stage.FILED, date(2026, 3, 2), date(2026, 3, 4)),
        (Stage.ACCEPTED, date(2026, 3, 4), date(2026, 3, 25)),
        (Stage.GRANTED, date(2026, 4, 1), date(2026, 4, 7)),
    ]
    assert (await slow.placement()).observed != "absent"
    await slow.until(date(2026, 4, 8))
    assert await slow.house.green(1, MARKET)
    assert await slow.filing() is None


async def test_a_stage_that_is_overdue_raises_its_figure_and_the_form_is_not_filed_anew(slow: Desk) -> None:
    await slow.until(date(2026, 3, 25))
    await tell_waiting(slow.house.database, slow.house.clock, {MARKET: slow.adapter.limits.pace})
    assert overdue(Stage.ACCEPTED) == 0
    await slow.until(date(2026, 3, 27))
    await tell_waiting(slow.house.database, slow.house.clock, {MARKET: slow.adapter.limits.pace})
    assert (overdue(Stage.FILED), overdue(Stage.ACCEPTED)) == (0, 1)
    lines = select(push_attempt.c.outcome, push_attempt.c.code).where(push_attempt.c.generation == 2)
    told = [tuple(line) for line in await slow.house.rows(lines.order_by(push_attempt.c.attempt_id))]
    assert told == [(Outcome.PENDING, None), (Outcome.PENDING, Stage.FILED), (Outcome.PENDING, Stage.ACCEPTED)]
    rows = await slow.house.rows(select(placement.c.pushes).where(placement.c.record_id == record_id(1)))
    assert [row.pushes for row in rows] == [1]


async def test_a_form_of_which_another_worker_heard_is_not_in_doubt_when_an_older_question_fails(slow: Desk) -> None:
    """In doubt it would be looked for, not be seen, and be filed anew."""
    house, stuck = slow.house, PortalFake(MARKET)
    stuck.gate.clear()
    house.clock.advance(DAY)
    before = await slow.placement()
    book = CalendarBook(calendar_year)
    asking = asyncio.create_task(collect_receipts(house.database, house.clock, stuck, book))

    async def is_asked() -> bool:
        return bool((await slow.placement()).receipt_asks > before.receipt_asks)

    await until(is_asked)
    house.clock.advance(timedelta(minutes=10))
    assert await collect_receipts(house.database, house.clock, slow.adapter, book) == 0
    heard = await slow.placement()
    assert before.receipt_due_at < house.clock.now() < heard.receipt_due_at
    stuck.unavailable = True
    stuck.gate.set()
    await asking
    after = await slow.placement()
    assert (after.receipt, after.next_look_at) == (before.receipt, None)


async def test_a_newer_order_ends_the_stages_of_the_older_one(slow: Desk) -> None:
    assert await slow.filing() is not None
    await slow.house.hear(shown().model_copy(update={"generation": 3}))
    assert await slow.filing() is None
