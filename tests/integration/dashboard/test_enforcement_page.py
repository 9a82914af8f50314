"""The pages of enforcement over a real disclosure: what is stated, what is refused, lists handed out whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI, HTTPException
from sqlalchemy import update

from services.accounts.roles import Role
from services.disclosure.app import TABLES, create_app
from services.disclosure.handlers import Handlers
from services.disclosure.performances.domain.standing import Standing
from services.disclosure.performances.store import all_of
from services.disclosure.performances.tasks import open_due
from services.disclosure.rules import load_law
from services.disclosure.settings import DisclosureSettings
from services.disclosure.tables import publication
from shared.database.engine import Database
from shared.ids import new_id
from shared.messaging.unit_of_work import unit_of_work
from shared.web.totals import total_of
from tests.support import told
from tests.support.dashboard import DashboardHouse, dashboard_house
from tests.support.rows import OTHER_AUTHORITY
from tests.support.services import envelope

OWN = {"Origin": "http://127.0.0.1:8100"}
TODAY = "2026-11-02"


@dataclass
class Offices:
    """A dashboard in front of a disclosure of its own, both on one clock."""

    house: DashboardHouse
    database: Database

    async def arrive(self, number: int, authority: str | None = None) -> list[str]:
        records = [told.record(**({"authority": authority} if authority else {})) for _ in range(number)]
        events = [told.admitted(of=one) for one in records]
        async with unit_of_work(self.database, self.house.clock) as work:
            await Handlers(load_law()).records(work, [envelope(one) for one in events])
        return [one.record_id for one in events]

    async def end_all(self) -> int:
        """Every window is over, and tasks are looked for."""
        async with unit_of_work(self.database, self.house.clock) as work:
            over = {"state": "offline", "reason": "window_expired", "offline_on": date(2026, 11, 1)}
            await work.connection.execute(update(publication).values(**over))
            return await open_due(work, load_law())

    async def page(self, path: str) -> str:
        answer = await self.house.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def post(self, path: str, **fields: str) -> Any:
        form = {"key": new_id(), "on": TODAY, "reason": "催告后未缴纳", **fields}
        return await self.house.browser.post(path, data=form, headers=OWN)


@asynccontextmanager
async def offices(folder: Path, url: str) -> AsyncIterator[Offices]:
    await asyncio.to_thread(TABLES.upgrade, url)
    database = Database(url, "disclosure")
    app = create_app(DisclosureSettings(data_dir=folder, jwks="http://127.0.0.1:9/jwks.json"), database)
    try:
        async with LifespanManager(app), dashboard_house(folder, {"disclosure": app}) as house:
            app.state.verifier = house.app.state.desk.verifier
            app.state.desk = replace(app.state.desk, clock=house.clock)
            for name, role in (("operator", Role.OPERATOR), ("viewer", Role.VIEWER)):
                house.person(name, role)
            yield Offices(house, database)
    finally:
        await database.close()


@pytest.fixture
async def bureau(tmp_path: Path, tmp_sqlite_url: str) -> AsyncIterator[Offices]:
    async with offices(tmp_path, tmp_sqlite_url) as opened:
        await opened.house.sign_in("operator")
        yield opened


async def test_what_is_stated_on_the_page_becomes_a_task_that_is_closed_there(bureau: Offices) -> None:
    [record_id] = await bureau.arrive(1)
    assert "还没有人标注" in await bureau.page(f"/enforcement/{record_id}")
    stated = await bureau.post(f"/enforcement/{record_id}", statement="unperformed")
    assert stated.headers["location"] == f"/enforcement/{record_id}?note=performance_stated"
    page = await bureau.page(f"/enforcement/{record_id}?note=performance_stated")
    assert "履行情况已标注" in page and "/closing" not in page
    assert record_id not in await bureau.page("/enforcement")
    assert await bureau.end_all() == 1
    assert f"/enforcement/{record_id}" in await bureau.page("/enforcement?region=320600")
    assert record_id not in await bureau.page("/enforcement?region=320700")
    page = await bureau.page(f"/enforcement/{record_id}")
    assert "公示期满，处罚决定未履行。" in page and "系统（执行督办）" in page
    closed = await bureau.post(f"/enforcement/{record_id}/closing", outcome="enforced")
    assert closed.headers["location"] == f"/enforcement/{record_id}?note=task_closed"
    assert "强制执行完毕" in await bureau.page("/enforcement?standing=closed")
    again = await bureau.post(f"/enforcement/{record_id}/closing", outcome="enforced")
    assert again.status_code == 409 and "该任务已经办结。" in again.text


async def test_pasted_records_are_stated_together_and_refusals_are_named(bureau: Offices) -> None:
    first, second = await bureau.arrive(2)
    lines = f"{first}\nhttp://127.0.0.1:8100/records/{second}，{first}"
    stated = await bureau.post(
        "/enforcement", statement="unperformed", records=lines, back="/enforcement?standing=open"
    )
    assert stated.headers["location"] == "/enforcement?standing=open&note=performance_stated"
    listed = await bureau.page("/enforcement?standing=unperformed")
    assert first in listed and second in listed
    unknown = new_id()
    mixed = await bureau.post("/enforcement", statement="performed", records=f"{first} {unknown}")
    assert mixed.status_code == 200 and "1 条未能标注" in mixed.text and "没有这样的信息。" in mixed.text
    for nothing in ("", "1234", "\n".join(new_id() for _ in range(101))):
        assert (await bureau.post("/enforcement", statement="performed", records=nothing)).status_code == 422


async def test_who_only_looks_has_no_form(bureau: Offices) -> None:
    [record_id] = await bureau.arrive(1)
    bureau.house.browser.cookies.clear()
    await bureau.house.sign_in("viewer")
    for path in ("/enforcement", f"/enforcement/{record_id}"):
        assert "<textarea" not in await bureau.page(path) and 'method="post" action="/enforcement' not in path
    refused = await bureau.post(f"/enforcement/{record_id}", statement="unperformed")
    assert refused.status_code == 403


async def test_a_list_is_exported_whole_with_its_filters(bureau: Offices) -> None:
    here, there = await bureau.arrive(3), await bureau.arrive(1, OTHER_AUTHORITY)
    for record_id in (*here, *there):
        await bureau.post(f"/enforcement/{record_id}", statement="unperformed", reason="=1+1")
    export = "/enforcement/export.csv?standing=unperformed&region=320600"
    lines = (await bureau.page(export)).splitlines()
    assert lines[0].startswith("\ufeff文书号,相对人") and len(lines) == 4
    assert {line.rsplit(",", 1)[1] for line in lines[1:]} == set(here)
    assert all("'=1+1" in line for line in lines[1:])
    async with bureau.database.reading() as connection:
        counted = [
            (await total_of(connection, all_of(standing, region))).items
            for standing, region in (
                (Standing.UNPERFORMED, "320600"),
                (Standing.UNPERFORMED, None),
                (Standing.OPEN, None),
            )
        ]
    assert counted == [3, 4, 0]
    sheet = await bureau.house.browser.get("/enforcement/export.xlsx?standing=unperformed")
    assert sheet.status_code == 200 and sheet.content.startswith(b"PK")


async def test_an_export_that_breaks_off_says_so_in_its_last_row(tmp_path: Path) -> None:
    app = FastAPI()

    @app.get("/v1/policy/comparisons/{comparison_id}/changes")
    async def changes(comparison_id: str, cursor: str = "") -> dict[str, Any]:
        if cursor == "2":
            raise HTTPException(503)
        row = {
            "record_id": "a" * 32, "city": "320600", "audience": "own_column", "kinds": ["shorter"],
            "closes_on": None, "new_closes_on": None, "rule_id": "a/b", "new_rule_id": "a/c",
        }  # fmt: skip
        return {"items": [row] * 2, "next": str(int(cursor or 0) + 1)}

    async with dashboard_house(tmp_path, {"disclosure": app}) as house:
        house.person("viewer", Role.VIEWER)
        await house.sign_in("viewer")
        file = await house.browser.get(f"/policy/comparisons/{'b' * 32}/export.csv")
        lines = file.text.splitlines()
        assert file.status_code == 200 and len(lines) == 1 + 2 + 2 + 1
        assert "读取中断" in lines[-1] and "公示期缩短" in lines[1]
    async with dashboard_house(tmp_path) as house:
        await house.sign_in("viewer")
        assert (await house.browser.get(f"/policy/comparisons/{'b' * 32}/export.csv")).status_code == 503
