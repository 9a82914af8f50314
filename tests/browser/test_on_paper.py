"""What holds for every page on A4 paper: nothing is cut off, no day ends a line, who printed it and when is told."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import PATHS
from tests.support.rows import company_code
from tests.support.running_house import RunningHouse

UPRIGHT, ACROSS = 688, 1017
"""The width of A4 between margins of 14 mm, in pixels of CSS."""

BROKEN_DAYS = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const day = /\\b\\d{4}-\\d\\d-\\d\\d\\b/g;
  while (walk.nextNode()) {
    const text = walk.currentNode;
    if (text.parentElement.closest("select, script, pre")) continue;
    for (const one of text.data.matchAll(day)) {
      const range = document.createRange();
      range.setStart(text, one.index);
      range.setEnd(text, one.index + one[0].length);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 1);
      const lines = new Set(boxes.map((box) => Math.round(box.top / 4)));
      if (lines.size > 1) found.push(one[0]);
    }
  }
  return found;
}"""
PANELS_THAT_LEAVE_A_PAGE_EMPTY = """() => [...document.querySelectorAll("main .panel")]
  .filter((one) => one.offsetHeight > 900 && getComputedStyle(one).breakInside === "avoid")
  .map((one) => one.getAttribute("aria-labelledby"))"""


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_paper_and_says_who_printed_it_and_when(page: Page, house: RunningHouse, path: str) -> None:
    page.emulate_media(media="print")
    for lang in ("en", "zh"):
        page.goto(f"{house.addresses.dashboard}{path}{'&' if '?' in path else '?'}lang={lang}")
        across = page.locator("table.broad").count() > 0
        page.set_viewport_size({"width": ACROSS if across else UPRIGHT, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert page.evaluate(BROKEN_DAYS) == []
        assert page.evaluate(PANELS_THAT_LEAVE_A_PAGE_EMPTY) == []
        expect(page.locator("header .on-paper")).to_be_visible()
        assert re.search(r"supervisor · .+ \d{4}-\d\d-\d\d \d\d:\d\d$", page.inner_text("header .on-paper"))
        expect(page.locator("nav")).to_be_hidden()


def test_a_broad_list_is_printed_across_and_a_record_upright(page: Page, house: RunningHouse) -> None:
    for path, across in (("/consistency", True), ("/records", False)):
        page.goto(house.addresses.dashboard + path)
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
        assert boxes and all((float(width) > float(height)) is across for width, height in boxes)


def test_the_official_form_is_printed_with_all_its_columns(page: Page, house: RunningHouse) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": UPRIGHT, "height": 900})
    for form in ("A", "B"):
        page.goto(f"{house.addresses.dashboard}/forms?form={form}")
        last = page.locator("table.official tbody tr").first.locator("td").last.bounding_box()
        assert last is not None and last["x"] + last["width"] <= UPRIGHT


def test_a_page_to_fill_in_says_so_on_paper(page: Page, house: RunningHouse) -> None:
    page.emulate_media(media="print")
    page.goto(f"{house.addresses.dashboard}/serious-list/new")
    expect(page.locator("main")).to_contain_text("请在屏幕上填写")
    expect(page.locator("main .on-paper")).to_be_visible()
    expect(page.locator("main form").first).to_be_hidden()


def test_a_record_fits_its_paper_with_all_its_dates(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/records?lang=en")
    page.locator("tbody th a").first.click()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": UPRIGHT, "height": 900})
    assert page.locator("section[aria-labelledby=dates] tbody tr").count() > 3
    assert page.evaluate(BROKEN_DAYS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_longest_name_breaks_on_paper_and_is_not_cut_off(page: Page, house: RunningHouse) -> None:
    name = "南通样例危险化学品仓储物流与精细化工新材料联合循环利用示范产业园运营管理投资发展集团股份有限公司第一分公司"
    page.goto(f"{house.addresses.dashboard}/serious-list/new?lang=zh")
    form = page.locator("section[aria-labelledby=notice]")
    for field, value in {
        "subject": name,
        "uscc": company_code(901),
        "authority.code": "11320600YL0000063L",
        "authority.name": "南通市应急管理局",
        "authority.region": "320600",
        "notice.facts": "瞒报事故",
        "reason": "拟列入",
    }.items():
        form.locator(f"input[name='{field}']").fill(value)
    form.locator("select[name=situation]").select_option("11.6.4")
    form.locator("button").click()
    expect(page.locator("h1")).to_have_text(name)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": UPRIGHT, "height": 900})
    for path in (page.url, f"{house.addresses.dashboard}/serious-list"):
        page.goto(path)
        expect(page.locator("main")).to_contain_text(name)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
