"""The working day of the officers: sign for the data, correct a row, hand a file in, compare packs, hand a form out."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.support.packs import agreeing, ordinary
from tests.support.rows import penalty
from tests.support.running_house import RunningHouse
from tests.support.watched_page import Watch

PATIENCE = 60_000


def _csv(rows: Sequence[dict[str, object]]) -> bytes:
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


def test_an_officer_signs_for_the_figures_that_he_sees(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/data-sharing")
    page.fill("section[aria-labelledby=report] input[name=description]", "一个来源中午断报")
    page.click("section[aria-labelledby=report] button")
    expect(page.locator("section[aria-labelledby=anomalies]")).to_contain_text("一个来源中午断报")
    page.fill("section[aria-labelledby=sign] input[name=post]", "数据管理员")
    page.click("section[aria-labelledby=sign] button")
    expect(page.locator(".toast")).to_contain_text("已签字")
    expect(page.locator("section[aria-labelledby=list]")).to_contain_text("supervisor（科技和信息化处数据管理员）")
    with page.expect_download() as waiting:
        page.click("section[aria-labelledby=list] a:has-text('xlsx')")
    assert load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active is not None


def test_a_quarantined_row_is_corrected_and_taken_in_and_the_rest_is_judged_in_a_dry_run(
    page: Page, house: RunningHouse
) -> None:
    page.goto(f"{house.addresses.dashboard}/quarantine")
    page.click("section[aria-labelledby=causes] tbody a >> nth=0")
    page.fill("section[aria-labelledby=release] input[name=reason]", "试算")
    page.click("section[aria-labelledby=release] button")
    expect(page.locator("main")).to_contain_text("未改变任何数据")
    page.goto(f"{house.addresses.dashboard}/quarantine")
    page.click("section[aria-labelledby=rows] tbody a >> nth=0")
    wrong = page.locator("tr:has-text('V02') input")
    code, digit = wrong.input_value(), page.locator("tr:has-text('V02') td").last.inner_text().rstrip("。")[-1]
    wrong.fill(code[:-1] + digit)
    page.fill("section[aria-labelledby=cells] input[name=reason]", "核对执照后更正")
    page.click("section[aria-labelledby=cells] button")
    expect(page.locator(".toast")).to_contain_text("已更正并入库")
    expect(page.locator("main h2").first).to_contain_text("已更正")


def test_a_file_is_handed_in_read_and_its_verdicts_are_downloaded(
    page: Page, house: RunningHouse, tmp_path: Path
) -> None:
    good, bad = penalty(90_001), penalty(90_002, CF_XDR_SHXYM="91320600YL00000000")
    file = tmp_path / "处罚.csv"
    file.write_bytes(_csv([good, bad]))
    page.goto(f"{house.addresses.dashboard}/imports")
    page.set_input_files("input[type=file]", file)
    page.select_option("section[aria-labelledby=send] select[name=kind]", "penalty")
    page.click("section[aria-labelledby=send] button")
    expect(page.locator(".toast")).to_contain_text("文件已收全")
    expect(page.locator("#live h2")).to_contain_text("已完成", timeout=PATIENCE)
    with page.expect_download() as waiting:
        page.click("#live .foot a:has-text('xlsx')")
    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None and sheet.max_row == 3


def test_packs_are_compared_in_the_page_and_what_was_compared_can_be_adopted(
    page: Page, house: RunningHouse, tmp_path: Path
) -> None:
    for name, text in agreeing(ordinary("P6M")).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    page.goto(f"{house.addresses.dashboard}/policy")
    page.set_input_files("input[type=file]", sorted(tmp_path.glob("*.toml")))
    page.click("section[aria-labelledby=compare] button")
    expect(page.locator("section[aria-labelledby=cities]")).to_contain_text("南通市", timeout=PATIENCE)
    expect(page.locator("section[aria-labelledby=asked]")).to_contain_text("ndrc-36-2026.toml")
    page.click("section[aria-labelledby=cities] td a >> nth=0")
    assert "city=" in page.url
    page.reload()
    expect(page.locator("section[aria-labelledby=adopt] button")).to_be_visible()


def test_broken_packs_are_refused_with_file_and_reason(page: Page, house: RunningHouse, watch: Watch) -> None:
    watch.expect("422")
    page.goto(f"{house.addresses.dashboard}/policy")
    answers = page.locator("section[aria-labelledby=answers]")
    expect(answers).to_contain_text("起算日是否计入期间？")
    expect(answers.locator("#holiday_roll")).to_contain_text("没有其他可选")
    page.fill("section[aria-labelledby=compare] input[name=name]", "ndrc-36-2026.toml")
    page.fill("section[aria-labelledby=compare] textarea", "broken =")
    page.click("section[aria-labelledby=compare] button")
    expect(page.locator(".said-no")).to_contain_text("ndrc-36-2026.toml")


def test_the_form_on_the_page_equals_its_sheet_and_a_figure_opens_into_its_records(
    page: Page, house: RunningHouse
) -> None:
    page.goto(f"{house.addresses.dashboard}/forms?form=B")
    newest = page.locator("form.filter select[name=month] option").first.inner_text()
    year, month = int(newest[:4]), int(newest[5:])
    for at in (newest, f"{year + month // 12}-{month % 12 + 1:02d}"):
        page.goto(f"{house.addresses.dashboard}/forms?form=B&month={at}")
        if page.locator("table.official .total a").count():
            break
    shown = page.locator("table.official .total td").all_inner_texts()
    with page.expect_download() as waiting:
        page.click("section[aria-labelledby=download] button")
    sheet = load_workbook(io.BytesIO(waiting.value.path().read_bytes())).active
    assert sheet is not None
    totals = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "合计")
    assert [str(one) for one in totals[2:8]] == shown
    page.click("table.official .total a >> nth=0")
    assert page.locator("main tbody tr").count() == min(int(shown[0]), 100) > 0


def test_an_entry_of_the_serious_list_goes_from_its_notice_to_the_hearing(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/serious-list/new")
    form = page.locator("section[aria-labelledby=notice]")
    for name, value in {
        "subject": "南通样例名单化工有限公司",
        "uscc": "91320600YL00000339",
        "authority.code": "11320600YL0000063L",
        "authority.name": "南通市应急管理局",
        "authority.region": "320600",
        "notice.facts": "瞒报事故",
        "reason": "拟列入",
    }.items():
        form.locator(f"input[name='{name}']").fill(value)
    form.locator("select[name=situation]").select_option("11.6.4")
    form.locator("button").click()
    expect(page.locator("h1")).to_have_text("南通样例名单化工有限公司")
    page.locator("details[open] input[name=reason]").fill("当面听取")
    page.locator("details[open] button").click()
    expect(page.locator("section[aria-labelledby=steps]")).to_contain_text("听取陈述申辩")


def test_a_campaign_shows_its_progress_by_city_and_a_contact_is_logged(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/campaigns")
    page.fill("input[name=title]", "样例清理")
    page.fill("input[name=decided_from]", "2024-01-01")
    page.fill("input[name=decided_to]", "2026-12-31")
    page.fill("section[aria-labelledby=new] input[name=reason]", "专项行动")
    page.click("section[aria-labelledby=new] button")
    expect(page.locator("table.map")).to_contain_text("南通市")
    page.click("text=联系与指导")
    page.locator("tbody th a").first.click()
    page.fill("input[name=note]", "已说明修复途径")
    page.click("section[aria-labelledby=log] button")
    expect(page.locator("tbody")).to_contain_text("已说明修复途径")


def test_a_penalty_is_stated_as_not_performed_from_the_page_of_its_record(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/records")
    page.locator("tbody tr:has-text('行政处罚') th a").first.click()
    page.click("section[aria-labelledby=repairs] a:has-text('履行情况')")
    expect(page.locator("main")).to_contain_text("还没有人标注")
    page.fill("section[aria-labelledby=acts] input[name=reason]", "催告后未缴纳罚款")
    page.click("section[aria-labelledby=acts] button")
    expect(page.locator(".toast")).to_contain_text("履行情况已标注")
    expect(page.locator("section[aria-labelledby=steps]")).to_contain_text("催告后未缴纳罚款")
    page.goto(f"{house.addresses.dashboard}/enforcement?standing=unperformed")
    expect(page.locator("section[aria-labelledby=tasks] tbody")).to_contain_text("催告后未缴纳罚款")
