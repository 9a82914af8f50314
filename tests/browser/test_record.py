"""One record, one run and the calendar as operators use them: look, mend with a second person, take the evidence."""

import io
import re
from pathlib import Path

import httpx
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.support.running_house import RunningHouse
from tests.support.watched_page import patient_context, sign_in

ADMIN = {"Authorization": "Bearer mock-admin-token"}
PATIENCE = 60_000


def _lose(house: RunningHouse, portal: str, count: int) -> None:
    house.settle()
    answer = httpx.post(
        f"{house.addresses.portals[portal]}/admin/misbehave",  # type: ignore[index]
        json={"action": "lose", "count": count},
        headers=ADMIN,
        timeout=30,
    )
    assert answer.status_code == 200 and len(answer.json()) == count


def _first_record(page: Page, house: RunningHouse) -> str:
    page.goto(f"{house.addresses.dashboard}/records")
    return str(page.locator("#live tbody th a").first.get_attribute("href"))


def test_a_search_opens_the_record_and_says_why_each_day_is_what_it_is(page: Page, house: RunningHouse) -> None:
    record = _first_record(page, house).removeprefix("/records/")
    page.fill("#search", record)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/records/{record}")
    expect(page.locator("section[aria-labelledby=portals] tbody tr")).not_to_have_count(0)
    dates = page.locator("section[aria-labelledby=dates]")
    expect(dates).to_contain_text("最后公示日")
    expect(dates).to_contain_text("个工作日")
    expect(page.locator("ol.timeline")).to_contain_text("观测")
    page.click("text=只看期望变化")
    expect(page.locator("ol.timeline li").first).to_contain_text("期望")
    assert page.locator("ol.timeline li:not(.wanted)").count() == 0


def test_a_supervisor_looks_again_and_orders_again(page: Page, house: RunningHouse) -> None:
    page.goto(house.addresses.dashboard + _first_record(page, house))
    acts = page.locator("section[aria-labelledby=acts]")
    acts.locator("button").first.click()
    expect(page.locator(".toast")).to_contain_text("去平台查看")
    acts.locator("select[name=portal]").last.select_option("credit_china")
    acts.locator("input[name=reason]").fill("平台称未收到")
    acts.locator("button").last.click()
    expect(page.locator(".toast")).to_contain_text("已重新报送")
    expect(page.locator("ol.timeline")).to_contain_text("第 2 令", timeout=PATIENCE)


def test_the_evidence_of_a_record_stands_alone_and_names_the_heads_of_the_logs(
    page: Page, house: RunningHouse, tmp_path: Path
) -> None:
    page.goto(house.addresses.dashboard + _first_record(page, house))
    with page.expect_download() as waiting:
        page.click("text=证据包 HTML")
    waiting.value.save_as(tmp_path / "evidence.html")
    text = (tmp_path / "evidence.html").read_text("utf-8")
    for words in ("决定内容", "全部指令、报送、观测与差异", "留痕链头", "三个平台现状"):
        assert words in text
    assert not re.search(r"<script|<link|src=|@import|url\(", text)
    file = page.context.new_page()
    file.goto((tmp_path / "evidence.html").as_uri())
    expect(file.locator("h1")).to_contain_text("证据包")
    answer = page.request.get(page.url + "/evidence.pdf")
    assert (answer.status, answer.body()[:5]) == (200, b"%PDF-") or "PDF" in answer.text()


def test_a_run_is_proposed_by_one_and_approved_by_another(page: Page, browser: Browser, house: RunningHouse) -> None:
    _lose(house, "credit_jiangsu", 25)
    page.goto(f"{house.addresses.dashboard}/consistency")
    page.select_option("section[aria-labelledby=ask] select[name=portal]", "credit_jiangsu")
    page.select_option("section[aria-labelledby=ask] select[name=mode]", "mend")
    page.click("section[aria-labelledby=ask] button")
    page.goto(f"{house.addresses.dashboard}/reconciliations?portal=credit_jiangsu")
    expect(page.locator("#live tbody tr").first).to_contain_text("待批准", timeout=PATIENCE)
    page.click("#live tbody th a >> nth=0")
    expect(page.locator("section[aria-labelledby=kinds]")).to_contain_text("缺失")
    expect(page.locator("section[aria-labelledby=drifts] tbody tr")).to_have_count(25)
    with page.expect_download() as waiting:
        page.click("text=报告 XLSX")
    assert load_workbook(io.BytesIO(waiting.value.path().read_bytes())).sheetnames
    run = page.url
    page.fill("section[aria-labelledby=decide] input[name=reason]", "请修正")
    page.click("section[aria-labelledby=decide] button")
    expect(page.locator("section[aria-labelledby=decide]")).to_contain_text("须由另一人批准")
    other = patient_context(browser)
    second = other.new_page()
    sign_in(second, house, "second")
    second.goto(run)
    second.locator("section[aria-labelledby=decide] input[name=reason]").first.fill("同意")
    second.click("text=批准修正")
    expect(second.locator("section[aria-labelledby=kinds] tbody td.n").nth(2)).to_have_text("25", timeout=PATIENCE)
    other.close()


def test_a_plan_is_carried_out_from_its_page(page: Page, house: RunningHouse) -> None:
    _lose(house, "credit_china", 1)
    page.goto(f"{house.addresses.dashboard}/consistency")
    page.select_option("section[aria-labelledby=ask] select[name=portal]", "credit_china")
    page.click("section[aria-labelledby=ask] button")
    page.goto(f"{house.addresses.dashboard}/reconciliations?portal=credit_china")
    expect(page.locator("#live tbody tr").first).to_contain_text("已出方案", timeout=PATIENCE)
    page.click("#live tbody th a >> nth=0")
    page.click("text=对账并修正")
    expect(page.locator("section[aria-labelledby=kinds] tbody td.n").nth(2)).to_have_text("1", timeout=PATIENCE)


def test_the_calendar_shows_days_off_and_exports_a_day(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/windows?kind=take_down")
    assert page.locator("table.heat tbody tr").count() == 7
    assert page.locator("table.heat tbody tr:nth-child(7) td.off").count() > 8
    expect(page.locator("table.heat td.today")).to_have_count(1)
    page.select_option("select[name=kind]", "publish")
    page.click("form.filter button")
    expect(page.locator("#chosen")).to_contain_text("最迟公示")
    rows = page.locator("section[aria-labelledby=chosen] tbody th").count()
    with page.expect_download() as waiting:
        page.click("text=导出所选 xlsx")
    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None and sheet.max_row - 1 == rows
