"""A portal that is not read shows it: on its card and beside its channel, with what waits and until when."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from services.accounts.roles import Role
from services.sync.api.channels import ChannelView, Lane, ReadingView
from services.sync.domain.channel import Breaker
from services.sync.domain.reading import Hold
from services.sync.watch.domain.state import State
from shared.vocabulary import Portal
from tests.support.dashboard import DashboardHouse, dashboard_house


class Sync:
    """A stand-in for sync: one portal whose reading is as a test says."""

    def __init__(self) -> None:
        self.reading = _reading(None)
        self.app = FastAPI()
        self.app.get("/v1/channels")(self.channels)
        self.app.get("/v1/state-counts")(self.counts)
        self.app.get("/v1/portal-health")(self.health)

    async def channels(self) -> list[ChannelView]:
        return [
            ChannelView(
                portal=Portal.CREDIT_CHINA,
                breaker=Breaker.CLOSED,
                failures=0,
                reason=None,
                since=None,
                probe_at=None,
                stopped_by=None,
                contract_faults=None,
                reads_resume_at=self.reading.until,
                take_downs=Lane(),
                publications=Lane(),
                reading=self.reading,
            )
        ]

    async def counts(self) -> dict[str, Any]:
        return {"portals": {Portal.CREDIT_CHINA: dict.fromkeys(State, 0)}}

    async def health(self) -> list[dict[str, Any]]:
        nothing = {"attempts": 0, "succeeded": 0, "refused": 0}
        return [{"portal": Portal.CREDIT_CHINA, **nothing, "last_success_at": None, "last_attempt_at": None}]


def _reading(held_by: Hold | None, since: datetime | None = None, until: datetime | None = None) -> ReadingView:
    return ReadingView(looks_waiting=1234, receipts_waiting=7, oldest_due_at=since, held_by=held_by, until=until)


@pytest.fixture
def sync() -> Sync:
    return Sync()


@pytest.fixture
async def house(tmp_path: Path, sync: Sync) -> AsyncIterator[DashboardHouse]:
    async with dashboard_house(tmp_path, {"sync": sync.app}) as house:
        house.person("operator", Role.OPERATOR)
        await house.sign_in("operator")
        yield house


@pytest.mark.parametrize("path", ["/", "/deliveries"])
async def test_held_reading_is_shown_with_its_reason_what_waits_and_until_when(
    house: DashboardHouse, sync: Sync, path: str
) -> None:
    assert "读取" not in _live((await house.browser.get(path)).text)
    since = house.clock.now() - timedelta(minutes=5, seconds=30)
    sync.reading = _reading(Hold.PORTAL_ASKED, since, datetime(2099, 3, 2, 1, 30, tzinfo=UTC))
    told = _live((await house.browser.get(path)).text)
    assert "平台要求暂缓读取" in told
    assert "待核验 1,234 条，待取回执 7 单" in told
    assert "最早 5 分钟前到期" in told
    assert "2099-03-02 09:30 恢复" in told
    for held_by, words in ((Hold.BUDGET_SPENT, "读取额度用尽"), (Hold.BEHIND, "读取滞后")):
        sync.reading = _reading(held_by, since)
        told = _live((await house.browser.get(path)).text)
        assert words in told and "恢复" not in told.partition(words)[2].partition("</span>")[0]


async def test_the_same_stands_in_english_for_who_reads_english(house: DashboardHouse, sync: Sync) -> None:
    sync.reading = _reading(Hold.BEHIND)
    told = (await house.browser.get("/deliveries?lang=en")).text
    assert "reading is behind" in told and "looks due: 1,234, receipts due: 7" in told


def _live(page: str) -> str:
    return page.partition('id="live"')[2]
