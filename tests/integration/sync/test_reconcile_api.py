"""Reconciliation over HTTP: scopes and plans, two people, reports whose numbers are those of the rows."""

import io
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from selectolax.lexbor import LexborHTMLParser

from services.sync import channel
from services.sync.app import create_app
from services.sync.reconciliation import history
from services.sync.reconciliation.mend_approved import mend_approved
from services.sync.settings import SyncSettings
from services.sync.tables import reconciliation
from services.sync.timers import reconcile_requested
from shared.clock import SystemClock
from shared.ids import new_id
from shared.messaging.unit_of_work import unit_of_work
from tests.support.sync_house import CHINA, START, SyncHouse, offline, record, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

OPERATE = "sync:read sync:operate"
APPROVE = f"{OPERATE} sync:approve"


class People:
    """Callers with different identities at one service."""

    def __init__(self, client: httpx.AsyncClient, issuer: TestIssuer) -> None:
        self._client = client
        self._issuer = issuer

    def _headers(self, who: str, scope: str) -> dict[str, str]:
        now = int(SystemClock().now().timestamp())
        bearer = self._issuer.bearer(sub=who, client_id=who, scope=scope, nbf=now - 1, exp=now + 600)
        return {**bearer, "Idempotency-Key": new_id()}

    async def post(self, who: str, path: str, body: Any, scope: str = OPERATE) -> httpx.Response:
        return await self._client.post(path, json=body, headers=self._headers(who, scope))

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self._client.get(path, params=query, headers=self._headers("reader", "sync:read"))


@pytest.fixture
async def people(house: SyncHouse, tmp_path: Path) -> AsyncIterator[People]:
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    settings = SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path)
    async with calling(create_app(settings, house.database)) as client:
        yield People(client, issuer)


@pytest.fixture
async def run_id(house: SyncHouse) -> str:
    """A run that left missing records, one of them with a formula for a value, to people."""
    await house.publish(*range(60))
    for number in range(25):
        house.china.lose(record(number))
    house.china.alter(record(30), "facts", '=HYPERLINK("http://198.51.100.1")')
    house.china.alter(record(31), "violation_facts", "<script>alert(1)</script>")
    house.china.plant("+foreign")
    return str((await house.reconcile()).run_id)


async def test_two_people_approve_and_neither_alone(house: SyncHouse, people: People, run_id: str) -> None:
    path = f"/v1/reconciliations/{run_id}/approval"
    approve = {"step": "approve", "reason": "同意"}
    assert (await people.post("zhang", path, approve, APPROVE)).status_code == 409
    assert (await people.post("zhang", path, {"step": "propose", "reason": " "})).status_code == 422
    proposed = await people.post("zhang", path, {"step": "propose", "reason": "门户已恢复"})
    assert (proposed.json()["state"], proposed.json()["proposed_by"]) == ("proposed", "zhang")
    alone = await people.post("zhang", path, approve, APPROVE)
    assert (alone.status_code, alone.json()["proposed_by"]) == (403, "zhang")
    unable = await people.post("li", path, approve)
    assert (unable.status_code, unable.json()["required_scope"]) == (403, "sync:approve")
    done = await people.post("li", path, approve, APPROVE)
    assert (done.json()["state"], done.json()["decided_by"]) == ("approved", "li")
    while await mend_approved(house.database, SystemClock(), house.fakes):
        pass
    (view,) = (await people.get(path)).json()
    assert (view["state"], view["ordered"]) == ("done", 27)


async def test_a_part_and_a_plan_can_be_asked_for(house: SyncHouse, people: People) -> None:
    await house.publish(1)
    body = {"portals": [CHINA], "district": "320600", "kind": "penalty", "mode": "plan"}
    answer = await people.post("zhang", "/v1/reconciliations", body)
    assert answer.status_code == 202
    await reconcile_requested(house.ground, house.china, house.limit)
    page = (await people.get("/v1/reconciliations", portal=CHINA, total=True)).json()
    (run,) = page["items"]
    assert page["total"] == {"items": 1, "or_more": False}
    asked = {name: run[name] for name in ("district", "kind", "mode", "method", "state", "requested_by")}
    assert asked == {
        "district": "320600",
        "kind": "penalty",
        "mode": "plan",
        "method": "listing",
        "state": "planned",
        "requested_by": "zhang",
    }
    assert (await people.post("zhang", "/v1/reconciliations", {"district": "'; --"})).status_code == 422


async def test_a_run_is_given_up_once(house: SyncHouse, people: People) -> None:
    run_id = await house.request()
    path = f"/v1/reconciliations/{run_id}/give-up"
    assert (await people.post("zhang", path, {"reason": "门户维护"})).json()["state"] == "given_up"
    assert (await people.post("zhang", path, {"reason": "门户维护"})).status_code == 409
    assert await reconcile_requested(house.ground, house.china, house.limit) == 0
    assert await house.count(reconciliation) == 1


async def test_every_form_of_the_report_has_the_numbers_of_the_rows(
    house: SyncHouse, people: People, run_id: str
) -> None:
    rows = await house.drifts()
    path = f"/v1/reconciliations/{run_id}/report"
    told = (await people.get(path, form="json")).json()
    assert [one["drift_id"] for one in told["drifts"]] == [row.drift_id for row in rows]
    counts = {kind: sum(row.kind == kind for row in rows) for kind in ("missing", "altered", "foreign")}
    assert {kind: line["found"] for kind, line in told["kinds"].items()} == counts
    assert told["totals"] == {"found": 28, "ordered": 0, "mended": 0, "held": 27}
    html = LexborHTMLParser((await people.get(path)).text)
    assert [node.text() for node in html.css("tr.total td")] == ["28", "0", "0", "27"]
    assert len(html.css("table.rows tbody tr")) == 28
    book = openpyxl.load_workbook(io.BytesIO((await people.get(path, form="xlsx")).content))
    assert book.worksheets[1].max_row == 28 + 1
    last = [cell.value for cell in list(book.worksheets[0].rows)[-1]][:5]
    assert last == ["合计", 28, 0, 0, 27]


async def test_what_a_portal_shows_is_text_in_every_form_of_the_report(people: People, run_id: str) -> None:
    path = f"/v1/reconciliations/{run_id}/report"
    page = await people.get(path, lang="en")
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    book = openpyxl.load_workbook(io.BytesIO((await people.get(path, form="xlsx")).content))
    cells = [cell for sheet in book.worksheets for line in sheet.rows for cell in line]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert any("HYPERLINK" in str(cell.value) for cell in cells)


async def test_the_report_speaks_chinese_first_and_english_when_asked(people: People, run_id: str) -> None:
    path = f"/v1/reconciliations/{run_id}/report"
    chinese, english = (await people.get(path)).text, (await people.get(path, lang="en")).text
    assert 'lang="zh-CN"' in chinese and "对账报告" in chinese and "待审批" in chinese
    assert 'lang="en"' in english and "awaits approval" in english
    assert "违法事实：" in chinese and "facts：" in english
    assert "violation_facts" not in chinese + english
    assert (await people.get(f"/v1/reconciliations/{record_id(9)}/report")).status_code == 404


async def test_a_dashboard_reads_days_and_marks(house: SyncHouse, people: People, run_id: str) -> None:
    async with house.database.reading() as connection:
        found = await history.of_day(connection, START.date())
        before = await history.of_day(connection, START.date() - timedelta(days=1))
    assert {(line.portal, line.kind): (line.found, line.ordered, line.held) for line in found} == {
        (CHINA, "missing"): (25, 0, 25),
        (CHINA, "altered"): (2, 0, 2),
        (CHINA, "foreign"): (1, 0, 0),
    }
    assert before == []
    assert (await people.get("/v1/verified-through")).json() == []
    for number in range(25):
        house.china.resurrect(record(number))
    await house.reconcile()
    (mark,) = (await people.get("/v1/verified-through")).json()
    assert (mark["portal"], mark["district"], mark["kind"]) == (CHINA, "", "")
    # The service looks at its own clock: nothing was found on any of these days.
    assert (await people.get("/v1/drift-history", days=2)).json() == []
    assert (await house.run(run_id)).state == "awaiting_approval"


async def test_whoever_asks_while_reading_is_held_sees_until_when_and_joins(house: SyncHouse, people: People) -> None:
    clock = SystemClock()
    async with unit_of_work(house.database, clock) as work:
        await channel.hold_reads(work, CHINA, timedelta(hours=1))
        until = work.now + timedelta(hours=1)
    asked = [await people.post(who, "/v1/reconciliations", {"portals": [CHINA]}) for who in ("zhang", "li")]
    first, second = (answer.json()["run_ids"] for answer in asked)
    assert first == second
    (run,) = (await people.get("/v1/reconciliations", state="waiting", lang="zh")).json()["items"]
    assert (run["waits_for"], datetime.fromisoformat(run["waits_until"])) == ("portal_asked", until)
    assert run["explanation"] == "平台要求暂缓读取；到时自动开始。"
    progress = (await people.get(f"/v1/reconciliations/{first[0]}/progress")).json()
    assert (progress["state"], progress["seconds_left"]) == ("waiting", None)
    ended = await people.post("zhang", f"/v1/reconciliations/{first[0]}/give-up", {"reason": "明日再对"})
    assert ended.json()["state"] == "given_up"


async def test_every_form_of_the_report_says_how_much_was_not_judged(house: SyncHouse, people: People) -> None:
    await house.publish(1, 2)
    await house.hear(offline(1))
    run_id = (await house.reconcile()).run_id
    path = f"/v1/reconciliations/{run_id}/report"
    told = (await people.get(path, form="json")).json()["run"]
    assert (told["unsettled"], told["unanswered"]) == (1, 1)
    page = LexborHTMLParser((await people.get(path)).text)
    facts = dict(zip((dt.text() for dt in page.css("dt")), (dd.text() for dd in page.css("dd")), strict=True))
    assert facts["暂不判定（指令刚有回执或尚未受理）"] == "1"
    assert "平台尚未受理其指令" in facts["说明"]
    book = openpyxl.load_workbook(io.BytesIO((await people.get(path, form="xlsx")).content))
    rows = dict(book.worksheets[0].iter_rows(max_col=2, values_only=True))
    assert rows["暂不判定（指令刚有回执或尚未受理）"] == "1"
