"""Deliveries, subscribers and the audit log over services that are partly away, and the limit of one operator."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request

from services.accounts.roles import Role
from services.sync.dashboard.page import LANGUAGE_COOKIE
from services.sync.problems.api.problems import ProblemOrder
from tests.support.dashboard import DashboardHouse, dashboard_house

ORDER = dict.fromkeys(ProblemOrder.model_fields) | {
    "wanted_at": "2026-03-02T01:00:00Z",
    "due_at": "2026-03-02T01:00:00Z",
}
OWN = {"Origin": "http://127.0.0.1:8100"}
CAUSE = "/deliveries/problems/credit_china/E1"
SETTLEMENT = {"remedy": "retry", "reason": "平台已恢复"}


class Sync:
    """A stand-in for sync: one cause with as many orders as a test says, an audit log, and what was asked of it."""

    def __init__(self) -> None:
        self.orders = 73
        self.take_downs = self.left_out = 0
        self.waiting: list[dict[str, Any]] = []
        self.settled: list[Any] = []
        self.asked: list[dict[str, str]] = []
        self.app = FastAPI()
        self.app.post("/v1/push-problems/credit_china/E1")(self.settle)
        self.app.get("/v1/push-problems/credit_china/E1")(self.of_cause)
        self.app.get("/v1/push-problems")(self.causes)
        self.app.get("/v1/audit")(self.audit)

    async def settle(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        self.settled.append(body)
        return {
            "orders": self.orders, "publications": self.orders - self.take_downs, "take_downs": self.take_downs,
            "take_downs_left_out": self.left_out, "dry_run": body.get("dry_run", False),
        }  # fmt: skip

    async def causes(self) -> list[Any]:
        return []

    async def of_cause(self) -> dict[str, Any]:
        return {"items": self.waiting, "next": None}

    async def audit(self, request: Request) -> dict[str, Any]:
        self.asked.append(dict(request.query_params))
        entry = {
            "entry_id": "0" * 32, "action": "channel.stopped", "actor": "li", "subject": "credit_china",
            "record_id": None, "reason": "=1+1", "at": "2026-03-02T01:00:00Z", "effect_rows": 0, "payload": {},
            "seq": 1, "hash": "f" * 64,
        }  # fmt: skip
        return {"items": [entry], "next": None}


@pytest.fixture
def sync() -> Sync:
    return Sync()


@pytest.fixture
async def house(tmp_path: Path, sync: Sync) -> AsyncIterator[DashboardHouse]:
    async with dashboard_house(tmp_path, {"sync": sync.app}) as house:
        house.person("operator", Role.OPERATOR)
        house.person("supervisor", Role.SUPERVISOR)
        yield house


async def _tried(house: DashboardHouse, **more: str) -> str:
    answer = await house.browser.post(f"{CAUSE}/try", data=SETTLEMENT | more, headers=OWN)
    assert answer.status_code == 200
    return answer.text


async def test_more_than_one_operator_may_settle_is_said_before_and_left_to_a_supervisor(
    house: DashboardHouse, sync: Sync
) -> None:
    await house.sign_in("operator")
    told = await _tried(house)
    assert "超过 50 单" in told and f'action="{CAUSE}/settle"' not in told
    sync.orders = 50
    assert f'action="{CAUSE}/settle"' in await _tried(house)
    sync.orders = 73
    house.browser.cookies.clear()
    await house.sign_in("supervisor")
    assert f'action="{CAUSE}/settle"' in await _tried(house)
    assert all(body["dry_run"] for body in sync.settled)


async def test_a_form_without_its_key_settles_nothing(house: DashboardHouse, sync: Sync) -> None:
    await house.sign_in("supervisor")
    answer = await house.browser.post(f"{CAUSE}/settle", data=SETTLEMENT, headers=OWN)
    assert answer.status_code >= 400 and sync.settled == []


async def test_ticked_records_and_amended_words_reach_the_service_as_they_were_meant(
    house: DashboardHouse, sync: Sync
) -> None:
    await house.sign_in("supervisor")
    form = {"remedy": "amend", "reason": "超长", "record-aa": "3", "field": "remark", "words": "略", "key": "k" * 8}
    answer = await house.browser.post(f"{CAUSE}/settle", data=form, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/deliveries?note=orders_settled")
    meant = {"remedy": "amend", "reason": "超长", "record_ids": ["aa"], "generations": {"aa": 3}}
    assert sync.settled == [{**meant, "fields": {"remark": "略"}}]


async def test_a_form_names_each_order_with_the_generation_that_the_page_showed(
    house: DashboardHouse, sync: Sync
) -> None:
    sync.waiting = [
        ORDER | {"record_id": "aa", "generation": 3, "wanted": "online", "amendable": ["remark"]},
        ORDER | {"record_id": "bb", "generation": 7, "wanted": "offline", "amendable": []},
    ]
    await house.sign_in("operator")
    page = (await house.browser.get(CAUSE)).text
    assert re.findall(r'type="checkbox" form="settle" name="record-(\w+)" value="(\w+)"', page) == [
        ("aa", "3"), ("bb", "7"),
    ]  # fmt: skip
    hidden = re.compile(r'type="hidden" name="record-(\w+)" value="(\w+)"')
    assert hidden.findall(page) == [("aa", "3")]
    sync.orders = 2
    asked = await _tried(house, **{"record-aa": "3", "record-bb": "7"})
    assert hidden.findall(asked) == [("aa", "3"), ("bb", "7")]
    assert sync.settled[-1]["generations"] == {"aa": 3, "bb": 7}


async def test_a_form_that_names_no_generation_means_no_order_that_there_is(house: DashboardHouse, sync: Sync) -> None:
    await house.sign_in("operator")
    for value in ("on", "-1", "9" * 30):
        await _tried(house, **{"record-aa": value})
        assert sync.settled[-1]["generations"] == {"aa": 0}


@pytest.mark.parametrize(
    ("lang", "ways", "left_out", "standing"),
    [
        ("zh", "撤下 2，公示 3", "另有 4 单撤下，不在其中", "其中 2 单是撤下"),
        (
            "en",
            "2 to take down, 3 to show",
            "4 take-downs of this cause are not among them",
            "2 of them are take-downs",
        ),
    ],
)
async def test_the_last_word_tells_which_way_the_orders_go_and_which_are_left_out(
    house: DashboardHouse, sync: Sync, lang: str, ways: str, left_out: str, standing: str
) -> None:
    await house.sign_in("operator")
    house.browser.cookies.set(LANGUAGE_COOKIE, lang)
    sync.orders, sync.take_downs, sync.left_out = 5, 2, 4
    told = await _tried(house, remedy="skip")
    assert ways in told and left_out in told and standing in told
    assert standing not in await _tried(house)
    sync.orders, sync.take_downs, sync.left_out = 0, 0, 4
    told = await _tried(house, remedy="skip")
    assert left_out in told and f'action="{CAUSE}/settle"' not in told


async def test_the_audit_log_shows_what_answers_and_greys_what_does_not(house: DashboardHouse, sync: Sync) -> None:
    await house.sign_in("supervisor")
    page = await house.browser.get("/audit?since=2026-03-01&until=2026-03-02&actor=li")
    assert page.text.count("panel silent") == 3 and "停用通道" in page.text
    assert sync.asked[0] | {"limit": "100"} == {
        "actor": "li", "since": "2026-03-01T00:00:00+08:00", "until": "2026-03-03T00:00:00+08:00", "limit": "100",
    }  # fmt: skip


async def test_an_export_that_would_lack_a_log_is_refused_and_one_log_is_exported_with_its_texts_as_texts(
    house: DashboardHouse,
) -> None:
    await house.sign_in("supervisor")
    assert (await house.browser.get("/audit/export.csv")).status_code == 503
    whole = await house.browser.get("/audit/export.csv?service=sync")
    assert whole.status_code == 200 and "'=1+1" in whole.text


@pytest.mark.parametrize("path", ["/deliveries", "/subscribers", "/deliveries/orders/credit_china/aa", CAUSE])
async def test_a_page_whose_service_is_away_is_grey_and_whole(tmp_path: Path, path: str) -> None:
    async with dashboard_house(tmp_path) as house:
        house.person("supervisor", Role.SUPERVISOR)
        await house.sign_in("supervisor")
        page = await house.browser.get(path)
        assert page.status_code == 200 and "没有应答" in page.text and "panel silent" in page.text


async def test_contacts_of_nobody_are_no_page(house: DashboardHouse) -> None:
    await house.sign_in("operator")
    answer = await house.browser.get(f"/campaigns/{'0' * 32}/contacts")
    assert answer.status_code == 422 and "没有这个页面" in answer.text
