"""The operator's morning: a portal lies, the page says so, the operator asks for a mend, the page turns quiet again."""

import io
import re

import httpx
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.support.running_house import RunningHouse

ADMIN = {"Authorization": "Bearer mock-admin-token"}
PATIENCE = 60_000


def _lose(house: RunningHouse, portal: str, count: int) -> list[str]:
    house.settle()
    answer = httpx.post(
        f"{house.addresses.portals[portal]}/admin/misbehave",  # type: ignore[index]
        json={"action": "lose", "count": count},
        headers=ADMIN,
        timeout=30,
    )
    assert answer.status_code == 200
    return list(answer.json())


def _reconcile(page: Page, house: RunningHouse, portal: str, mode: str) -> None:
    page.goto(f"{house.addresses.dashboard}/consistency")
    page.select_option("section[aria-labelledby=ask] select[name=portal]", portal)
    page.select_option("section[aria-labelledby=ask] select[name=mode]", mode)
    page.click("section[aria-labelledby=ask] button")
    expect(page.locator(".toast")).to_be_visible()


def test_a_drift_is_found_read_planned_mended_and_turns_quiet(page: Page, house: RunningHouse) -> None:
    _lose(house, "credit_china", 1)
    _reconcile(page, house, "credit_china", "plan")
    expect(page.locator("#live tbody tr").filter(has_text="缺失")).to_have_count(1, timeout=PATIENCE)
    _reconcile(page, house, "credit_china", "mend")
    expect(page.locator("#live tbody")).to_contain_text("所有平台都如期望", timeout=PATIENCE)


def test_the_list_is_exported_as_it_is_filtered(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/consistency?every=true")
    rows = page.locator("#live tbody tr").count()
    with page.expect_download() as waiting:
        page.click("text=导出 xlsx")
    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None
    assert sheet.cell(1, 1).value == "文书号"
    assert sheet.max_row - 1 >= rows > 0


def test_a_search_leads_to_the_record(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/consistency?every=true")
    first = page.locator("#live tbody th a").first
    document = first.inner_text()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.fill("#search", document)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]q="))
    expect(page.locator("#live tbody th a").first).to_have_text(document)
