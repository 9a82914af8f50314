"""A repair from the queue to observed absence: two people decide it, the portals let it go, the page says so."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import docx
import httpx
import pytest
import zxingcpp
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from shared.ids import new_id
from tests.support.papers import pdf
from tests.support.running_house import RunningHouse
from tests.support.watched_page import Watch, patient_context, sign_in

PATIENCE = 60_000


@dataclass
class Office:
    """What companies and clerks do over the interfaces, so that the pages have something to show."""

    house: RunningHouse
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, client: str, method: str, path: str, **more: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self._token(client)}",
            "Idempotency-Key": new_id(),
            **more.pop("headers", {}),
        }
        answer = httpx.request(method, self.house.addresses.repair + path, headers=headers, timeout=30, **more)
        assert answer.is_success, answer.text
        return answer.json()

    def filed(self, *kinds: str) -> dict[str, Any]:
        """An application for a record that may be repaired and that nobody applied for yet, with these papers."""
        case: dict[str, Any] = self.call(
            "applicant", "POST", "/v1/repair-applications", json={"record_id": self._free()}
        )
        for kind in kinds:
            path = f"/v1/repair-applications/{case['application_id']}/materials?kind={kind}"
            self.call(
                "applicant", "POST", path, content=pdf(kind), headers={"Content-Type": "application/octet-stream"}
            )
        return case

    def objection(self) -> str:
        body = {"record_id": self._free(), "about": "data", "statement": "罚款金额应为5万元。", "contact": "张样例"}
        return str(self.call("applicant", "POST", "/v1/objections", json=body)["objection_id"])

    def _free(self) -> str:
        """A record of the middle class, which two people review, that may be repaired today."""
        headers = {"Authorization": f"Bearer {self._token('operator')}"}
        path = f"{self.house.addresses.sync}/v1/matrix?every=true&limit=500"
        rows = httpx.get(path, headers=headers, timeout=30).json()["items"]
        ids = [row["record_id"] for row in rows if row["kind"] == "penalty"][:100]
        answers = self.call("credit-officer", "POST", "/v1/eligibility", json={"record_ids": ids})["answers"]
        return next(str(one["record_id"]) for one in answers if one["eligible"] and one["severity"] == "ordinary")

    def _token(self, client: str) -> str:
        if client not in self.tokens:
            secrets = json.loads((self.house.data_dir / "keys" / "client-secrets.json").read_text("utf-8"))
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secrets[client]}
            self.tokens[client] = httpx.post(f"{self.house.addresses.issuer}/token", data=form).json()["access_token"]
        return self.tokens[client]


@pytest.fixture(scope="module")
def office(house: RunningHouse) -> Office:
    return Office(house)


def _act(page: Page, step: str, reason: str = "依法办理") -> None:
    page.locator("section[aria-labelledby=act] form").first.locator("[name=reason]").fill(reason)
    page.get_by_role("button", name=step, exact=True).click()


def test_a_repair_is_decided_by_two_people_and_followed_to_observed_absence(
    page: Page, house: RunningHouse, browser: Browser, office: Office, watch: Watch
) -> None:
    case = office.filed("commitment", "performance_proof")
    page.goto(f"{house.addresses.dashboard}/repair")
    page.click(f"text={case['tracking_number']}")
    expect(page.locator("#live")).to_contain_text("材料齐全")
    for step in ("受理", "初审通过"):
        _act(page, step)
        expect(page.locator(".toast")).to_be_visible()
    expect(page.locator(".said-no")).to_contain_text("须由另一人办理")
    watch.expect("403")
    _act(page, "复审通过")
    expect(page.locator("main")).to_contain_text("复审须由初审以外的人员进行")
    context = patient_context(browser, locale="zh-CN")
    second = context.new_page()
    sign_in(second, house, "second")
    second.goto(f"{house.addresses.dashboard}/repair/{case['application_id']}")
    _act(second, "复审通过")
    _act(second, "准予修复", "义务已履行完毕")
    _act(second, "送达")
    expect(second.locator("#effect")).to_contain_text("已撤", timeout=PATIENCE)
    expect(second.locator("#stand")).to_contain_text("已办结", timeout=PATIENCE)
    expect(second.locator("#effect")).to_contain_text("3/3 已撤")
    with second.expect_download() as waiting:
        second.click("text=告知书 docx")
    lines = [one.text for one in docx.Document(io.BytesIO(waiting.value.path().read_bytes())).paragraphs]
    assert "信用修复告知书" in lines and any("义务已履行完毕" in line for line in lines)
    second.click("text=撤下回执")
    code = second.locator("main svg")
    expect(code).to_be_visible()
    assert _read_by_telephone(code) == second.url
    context.close()


def _read_by_telephone(code: Locator) -> str:
    """The address in the picture of a QR code."""
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    return str(found.text)


def test_a_paper_is_saved_as_a_file_and_the_queue_is_exported(page: Page, house: RunningHouse, office: Office) -> None:
    case = office.filed("commitment")
    page.goto(f"{house.addresses.dashboard}/repair/{case['application_id']}")
    expect(page.locator("#live")).to_contain_text("材料不齐")
    with page.expect_download() as waiting:
        page.click("a[href^='/repair/papers/']")
    assert waiting.value.path().read_bytes() == pdf("commitment")
    page.fill("form[action$='/assign'] input[name=reason]", "领办")
    page.get_by_role("button", name="领办 / 交办").click()
    expect(page.locator("#live")).to_contain_text("supervisor")
    page.goto(f"{house.addresses.dashboard}/repair?assignee=me")
    expect(page.locator("#live tbody tr")).to_have_count(1)
    with page.expect_download() as waiting:
        page.click("text=导出 xlsx")
    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None and sheet.max_row == 2
    assert case["tracking_number"] in [cell.value for cell in sheet[2]]


def test_an_objection_is_rejected_and_the_page_says_how_to_go_on(
    page: Page, house: RunningHouse, office: Office
) -> None:
    page.goto(f"{house.addresses.dashboard}/objections/{office.objection()}")
    page.fill("form[action$='/reject'] input[name=reason]", "经核对，公示内容与决定书一致。")
    page.get_by_role("button", name="异议不成立").click()
    expect(page.locator("#live")).to_contain_text("行政复议")
    page.goto(f"{house.addresses.dashboard}/objections?state=rejected")
    expect(page.locator("#live tbody tr")).to_have_count(1)
