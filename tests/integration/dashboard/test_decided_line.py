"""The page of consistency says whether what is wanted is what was decided (告知核对), and never more than is known."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.accounts.roles import Role
from tests.integration.dashboard.test_older_services import AT, sync
from tests.support.dashboard import DashboardHouse, answering, dashboard_house

STANDING = {"last": {"finished_at": AT}, "going_on": None, "never_told": 0, "behind": 0, "ahead": 0}


@asynccontextmanager
async def _house(folder: Path, standing: Any) -> AsyncIterator[DashboardHouse]:
    usual = sync()

    def answer(path: str, query: str) -> Any:
        return standing if path == "/v1/decided-standing" else usual(path, query)

    async with dashboard_house(folder, {"sync": answering(answer)}) as house:
        house.person("zhang", Role.AUDITOR)
        await house.sign_in("zhang")
        yield house


async def _page(house: DashboardHouse) -> str:
    answer = await house.browser.get("/consistency")
    assert answer.status_code == 200
    return answer.text


async def test_differences_stand_on_the_page_with_their_kinds(tmp_path: Path) -> None:
    async with _house(tmp_path, {**STANDING, "never_told": 3, "ahead": 1}) as house:
        page = await _page(house)
    assert "4 项与公示决定不一致" in page
    assert "从未告知 3，告知落后 0，决定回退 1" in page
    assert "与公示决定一致" not in page


async def test_agreement_is_said_with_its_time_and_only_after_a_comparison(tmp_path: Path) -> None:
    async with _house(tmp_path / "compared", STANDING) as house:
        assert "与公示决定一致" in await _page(house)
    async with _house(tmp_path / "never", {**STANDING, "last": None}) as house:
        page = await _page(house)
    assert "还没有核对过" in page
    assert "与公示决定一致" not in page


async def test_a_sync_that_does_not_know_of_it_greys_the_line_alone(tmp_path: Path) -> None:
    async with _house(tmp_path, None) as house:
        page = await _page(house)
    assert "与公示决定一致" not in page
    assert "应公示与实际展示" in page
