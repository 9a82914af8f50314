"""A service that is older than the dashboard greys its panels with a sentence; no page breaks over a missing field."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.accounts.roles import Role
from tests.support.dashboard import DashboardHouse, answering, dashboard_house

AT = "2026-03-02T01:00:00Z"
RUN = {
    "run_id": "r1", "portal": "credit_china", "district": "", "kind": "", "mode": "mend", "method": "listing",
    "state": "mended", "requested_at": AT, "requested_by": "zhang", "started_at": AT, "finished_at": AT, "listed": 31,
    "drifts": 0, "held": 0, "unsettled": 2, "unanswered": 1, "waits_for": None, "waits_until": None,
    "patience_ends_at": None, "explanation": "2 more were not judged.",
}  # fmt: skip
WAITING = {
    **RUN, "state": "waiting", "waits_for": "portal_asked", "waits_until": "2026-03-02T02:00:00Z", "listed": 0,
    "patience_ends_at": "2026-03-02T13:00:00Z", "started_at": None, "finished_at": None,
    "explanation": "平台要求暂缓读取；到时自动开始。",
}  # fmt: skip
PROGRESS = {"state": "mended", "listed": 31, "expected": None, "rate": 3.0, "seconds_left": None, "kinds": []}
OLDER = "同步服务的应答是较旧的格式"
Lacking = tuple[str, ...]


def sync(lacking: Lacking = (), run: dict[str, Any] = RUN) -> Callable[[str, str], Any]:
    """All that these pages ask of sync; `lacking` are fields that its release does not know."""

    def answer(path: str, _query: str) -> Any:
        known = {name: value for name, value in run.items() if name not in lacking}
        progress = {name: value for name, value in PROGRESS.items() if name not in lacking}
        return {
            "/v1/reconciliations": {"items": [known], "next": None},
            "/v1/reconciliations/r1": known,
            "/v1/reconciliations/r1/progress": progress,
            "/v1/reconciliations/r1/drifts": {"items": [], "next": None},
            "/v1/reconciliations/r1/approval": [],
            "/v1/matrix": {"items": [], "next": None},
            "/v1/state-counts": {"portals": {}, "as_of": AT},
            "/v1/drift-history": [],
            "/v1/verified-through": [],
            "/v1/decided-standing": {"last": None, "going_on": None, "never_told": 0, "behind": 0, "ahead": 0},
            "/v1/record-names": {},
        }.get(path)

    return answer


@asynccontextmanager
async def _house(folder: Path, answer: Callable[[str, str], Any]) -> AsyncIterator[DashboardHouse]:
    async with dashboard_house(folder, {"sync": answering(answer)}) as house:
        house.person("zhang", Role.AUDITOR)
        await house.sign_in("zhang")
        yield house


async def _page(house: DashboardHouse, path: str) -> str:
    answer = await house.browser.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def test_a_service_of_the_same_release_greys_nothing(tmp_path: Path) -> None:
    async with _house(tmp_path, sync()) as house:
        one = await _page(house, "/reconciliations/r1")
        assert OLDER not in one
        assert "另有 2 处暂不判定" in one
        assert OLDER not in await _page(house, "/reconciliations")


async def test_a_run_that_waits_says_until_when_and_why(tmp_path: Path) -> None:
    async with _house(tmp_path, sync(run=WAITING)) as house:
        one = await _page(house, "/reconciliations/r1")
        assert "平台要求暂缓读取；到时自动开始。" in one
        text = re.sub(r"<[^>]+>", "", one)
        assert "下次尝试：2026-03-02 10:00；最迟等到 2026-03-02 21:00" in text
        runs = await _page(house, "/reconciliations")
        assert "等候读取" in runs
        assert "至 2026-03-02 10:00" in runs


@pytest.mark.parametrize("path", ["/reconciliations", "/reconciliations/live", "/reconciliations/r1"])
async def test_a_missing_field_greys_its_panel_and_the_page_stands(tmp_path: Path, path: str) -> None:
    async with _house(tmp_path, sync(("unsettled",))) as house:
        assert OLDER in await _page(house, path)


async def test_the_panels_of_other_answers_stand(tmp_path: Path) -> None:
    async with _house(tmp_path, sync(("kinds",))) as house:
        one = await _page(house, "/reconciliations/r1")
        assert one.count(OLDER) == 1
        assert "另有" not in one
        assert "zhang" in one
    async with _house(tmp_path, sync(("unsettled",))) as house:
        page = await _page(house, "/consistency")
        assert page.count(OLDER) == 1


async def test_several_older_answers_are_greyed_each(tmp_path: Path) -> None:
    whole = sync(("unsettled",))

    def answer(path: str, query: str) -> Any:
        return {} if path in ("/v1/state-counts", "/v1/matrix") else whole(path, query)

    async with _house(tmp_path, answer) as house:
        assert (await _page(house, "/consistency")).count(OLDER) >= 2


async def test_what_code_makes_of_an_answer_misses_its_field_too(tmp_path: Path) -> None:
    """Not only templates: the rows of this list are put together by the page."""
    cell = {"portal": "credit_china", "state": "same"}
    row = {"record_id": "a", "cells": [cell], "state": "same"}

    def answer(path: str, query: str) -> Any:
        return {"items": [row], "next": None} if path == "/v1/matrix" else sync()(path, query)

    async with _house(tmp_path, answer) as house:
        assert (await _page(house, "/consistency")).count(OLDER) == 1


async def test_an_export_that_would_lack_a_column_is_not_begun(tmp_path: Path) -> None:
    async with _house(tmp_path, sync(("unsettled",))) as house:
        answer = await house.browser.get("/reconciliations/export.csv")
        assert answer.status_code == 502
        assert OLDER in answer.text
    async with _house(tmp_path, sync()) as house:
        answer = await house.browser.get("/reconciliations/export.csv")
        assert answer.status_code == 200
        assert "暂不判定" in answer.text


async def test_a_fault_of_the_page_itself_is_no_older_answer(tmp_path: Path) -> None:
    async with _house(tmp_path, lambda path, query: [] if path == "/v1/state-counts" else sync()(path, query)) as house:
        answer = await house.browser.get("/consistency")
        assert answer.status_code == 500
        assert OLDER not in answer.text
