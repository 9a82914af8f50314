"""A portal refuses: the page says so by cause, a person tries dry, gives a reason, sends again and sees it taken."""

import io
from collections.abc import Iterator

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from services.accounts.roles import Role
from tests.support.running_house import RunningHouse
from tests.support.watched_page import patient_context, sign_in

ADMIN = {"Authorization": "Bearer mock-admin-token"}
PATIENCE = 60_000
PORTAL = "market_supervision"
PROBLEMS = "section[aria-labelledby=problems]"


def _admin(house: RunningHouse, method: str, path: str, body: object) -> None:
    address = f"{house.addresses.portals[PORTAL]}/admin/{path}"  # type: ignore[index]
    assert httpx.request(method, address, json=body, headers=ADMIN, timeout=30).status_code == 200


@pytest.fixture
def refused(page: Page, house: RunningHouse) -> Iterator[None]:
    """Two records were lost, and the portal refuses to take them once more."""
    house.settle()
    _admin(house, "PUT", "faults", {"faults": [{"name": "refusing", "count": 2, "code": "E2777"}]})
    _admin(house, "POST", "misbehave", {"action": "lose", "count": 2})
    page.goto(f"{house.addresses.dashboard}/consistency")
    page.select_option("section[aria-labelledby=ask] select[name=portal]", PORTAL)
    page.select_option("section[aria-labelledby=ask] select[name=mode]", "mend")
    page.click("section[aria-labelledby=ask] button")
    yield
    _admin(house, "PUT", "faults", {"faults": []})


def test_refused_orders_are_tried_dry_and_sent_again_with_a_reason(
    page: Page, house: RunningHouse, refused: None
) -> None:
    page.goto(f"{house.addresses.dashboard}/deliveries")
    row = page.locator(f"{PROBLEMS} tbody tr").filter(has_text="E2777")
    expect(row.locator("td.n")).to_have_text("2", timeout=PATIENCE)
    row.locator("td.n a").click()
    document = page.locator("#content tbody th a").first.inner_text()
    page.locator("input[type=checkbox]").first.check()
    page.fill("#settle input[name=reason]", "平台已恢复接收")
    page.click("#settle button")
    expect(page.locator("dd strong")).to_have_text("1")
    page.click("text=重新下达 1")
    expect(page.locator(".toast")).to_be_visible()
    taken = page.locator("section[aria-labelledby=feed] tbody tr").filter(has_text=document).first
    expect(taken).to_contain_text("已接收", timeout=PATIENCE)
    expect(row.locator("td.n")).to_have_text("1", timeout=PATIENCE)
    row.locator("td.n a").click()
    page.fill("#settle input[name=reason]", "一并重发")
    page.click("#settle button")
    page.click("text=重新下达 1")
    expect(row).to_have_count(0, timeout=PATIENCE)
    taken.locator("td a").first.click()
    expect(page.locator("section[aria-labelledby=attempts] tbody")).to_contain_text("E2777")
    expect(page.locator("section[aria-labelledby=placements] tbody tr")).to_have_count(3)


def test_a_channel_is_stopped_and_started_with_a_reason_that_the_audit_log_keeps(
    page: Page, house: RunningHouse
) -> None:
    for to, shown in (("stopped", "supervisor: 平台公告停机"), ("started", "正常")):
        page.goto(f"{house.addresses.dashboard}/deliveries")
        page.select_option("section[aria-labelledby=switch] select[name=portal]", PORTAL)
        page.select_option("section[aria-labelledby=switch] select[name=to]", to)
        page.fill("section[aria-labelledby=switch] input[name=reason]", "平台公告停机")
        page.click("section[aria-labelledby=switch] button")
        row = page.locator("section[aria-labelledby=channels] tbody tr").filter(has_text="市场监管")
        expect(row).to_contain_text(shown)
    page.goto(f"{house.addresses.dashboard}/audit?actor=supervisor&action=channel.stopped")
    entries = page.locator("section[aria-labelledby=log] tbody tr")
    expect(entries.first).to_contain_text("平台公告停机")
    assert set(entries.locator("th").all_inner_texts()) == {"停用通道"}


def test_the_feed_is_filtered_paged_and_exported_as_it_is_filtered(page: Page, house: RunningHouse) -> None:
    feed = "section[aria-labelledby=feed]"
    page.goto(f"{house.addresses.dashboard}/deliveries?portal=credit_china&outcome=taken")
    assert set(page.locator(f"{feed} tbody td:nth-child(2)").all_inner_texts()) == {"信用中国"}
    with page.expect_download() as waiting:
        page.click("text=导出 xlsx")
    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None
    outcomes = {sheet.cell(row, 6).value for row in range(2, sheet.max_row + 1)}
    assert outcomes == {"已接收"}
    page.goto(f"{house.addresses.dashboard}/deliveries")
    first = page.locator(f"{feed} tbody td:nth-child(1)").first.inner_text()
    page.click("text=下一页")
    assert page.locator(f"{feed} tbody td:nth-child(1)").first.inner_text() <= first
    expect(page.locator(f"{feed} tbody tr").first).to_be_visible()


def test_somebody_who_only_looks_is_offered_no_hand(house: RunningHouse, browser: Browser) -> None:
    house.person("looks-only", Role.VIEWER)
    page = patient_context(browser, locale="zh-CN").new_page()
    sign_in(page, house, "looks-only")
    for path in ("/deliveries", "/subscribers"):
        page.goto(f"{house.addresses.dashboard}{path}")
        assert page.locator("main form[method=post]").count() == 0
    assert page.locator("nav a[href='/audit']").count() == 0
    page.context.close()
