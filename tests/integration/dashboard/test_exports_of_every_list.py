"""Lists that a page shows beside other things are exported like all others; what services tell fits the columns."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pydantic import BaseModel

from services.accounts.roles import Role
from services.disclosure.campaign.views import CampaignView
from services.disclosure.policy.api import AdoptionView
from services.ingest.imports.views import ImportView
from services.sync.problems.api.problems import ProblemOrder
from services.sync.watch.api.attempts import AttemptOfPush
from services.sync.webhooks.api.views import DeliveryView, SubscriberView
from shared.web.parked import ParkedGroup
from tests.support.dashboard import Asgi, answering, dashboard_house

AT = "2026-11-01T00:00:00Z"


def _told(model: type[BaseModel], **known: Any) -> dict[str, Any]:
    """What a service tells of one: every field that it has, those that matter filled."""
    assert set(known) <= set(model.model_fields)
    return dict.fromkeys(model.model_fields) | known


COUNTS = {"admitted": 3, "quarantined": 1}
ADOPTED = _told(AdoptionView, revision=1, version="2026.1", adopted_by="creditsync", adopted_at=AT, judged=7, changed=0)
SUBSCRIBER = _told(
    SubscriberView,
    name="=甲市",
    state="active",
    waiting=2,
    failed=0,
    settled_through=5,
    last_sequence=7,
    url="https://a",
)
DELIVERED = _told(DeliveryView, sequence=7, state="delivered", attempts=1, stored_at=AT, ended_at=AT)
LISTED = _told(CampaignView, title="清理名单", decided_from="2019-01-01", decided_to="2021-12-31", formed_at=AT)
ORDER = _told(
    ProblemOrder, record_id="b" * 32, former_of="a" * 32, wanted="offline", wanted_at=AT, due_at=AT, refusal="不收"
)
ATTEMPT = _told(
    AttemptOfPush, attempted_at=AT, portal="credit_china", outcome="taken", number=1, seconds=0.25, of_record="a"
)
GROUP = _told(
    ParkedGroup, queue="x.y", type="calendar.year_loaded", cause="KeyError", events=2, oldest_at=AT, newest_at=AT
)
FILE = _told(
    ImportView, name="一月.xlsx", kind="penalty", state="done", counts=COUNTS, created_at=AT, import_id="c" * 32
)

PAGES = {
    "/v1/policy/adoptions": [ADOPTED],
    "/v1/campaigns": [LISTED],
    f"/v1/subscribers/{'d' * 32}/deliveries": [DELIVERED],
    "/v1/push-problems/credit_china/40021": [ORDER],
    "/v1/push-attempts": [ATTEMPT],
    "/v1/imports": [FILE],
}
WHOLE = {"/v1/subscribers": [SUBSCRIBER], "/v1/parked-events": [GROUP]}
LISTS = {
    "/policy": ["1", "2026.1", "随程序"],
    "/campaigns": ["清理名单", "2019-01-01", "2021-12-31"],
    "/subscribers": ["'=甲市", "正常", "–", "2", "0", "5", "7"],
    f"/subscribers/{'d' * 32}": ["7", "测试事件", "", "", "已送达", "1"],
    "/deliveries/problems/credit_china/40021": ["", "", "撤下"],
    f"/deliveries/orders/credit_china/{'a' * 32}": ["2026-11-01 08:00", "信用中国"],
    "/deliveries/parked": ["归集服务", "x.y", "放假安排载入", "KeyError", "2"],
    "/imports": ["一月.xlsx", "行政处罚", "已完成", "", "3", "0", "0", "0", "1"],
}


@answering
def service(path: str, _query: str) -> Any:
    return {"items": PAGES[path], "next": None} if path in PAGES else WHOLE.get(path)


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_is_exported_in_both_forms(tmp_path: Path, path: str) -> None:
    services: dict[str, Asgi] = dict.fromkeys(("ingest", "disclosure", "repair", "sync"), service)
    async with dashboard_house(tmp_path, services) as house:
        house.person("person", Role.SUPERVISOR)
        await house.sign_in("person")
        text = await house.browser.get(f"{path}/export.csv")
        sheet = await house.browser.get(f"{path}/export.xlsx")
    assert (text.status_code, sheet.status_code) == (200, 200), text.text
    rows = list(csv.reader(io.StringIO(text.text.removeprefix("\ufeff"))))
    assert rows[1][: len(LISTS[path])] == LISTS[path]
    book = load_workbook(io.BytesIO(sheet.content)).active
    assert book is not None and [book.max_row, book.max_column] == [len(rows), len(rows[0])]


async def test_what_a_silent_service_would_lack_is_not_exported(tmp_path: Path) -> None:
    async with dashboard_house(tmp_path, {"sync": service}) as house:
        house.person("person", Role.SUPERVISOR)
        await house.sign_in("person")
        assert (await house.browser.get("/deliveries/parked/export.csv")).status_code == 503
        assert (await house.browser.get("/policy/export.csv")).status_code == 503
