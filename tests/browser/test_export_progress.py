"""An export that takes a while says how many rows have come; one that broke off is never called whole."""

import csv
import io
import struct
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from services.sync.dashboard.exports import FRAMED
from tests.support.running_house import RunningHouse
from tests.support.watched_page import Watch

BOX = ".exporting"
PATH = "**/consistency/export.csv*"
SLOW_SECONDS = 1.5
"""Longer than what the script says nothing about."""


def _ask(page: Page, house: RunningHouse) -> None:
    page.goto(f"{house.addresses.dashboard}/consistency?every=true")


def test_a_slow_export_says_its_rows_and_saves_the_whole_file(page: Page, house: RunningHouse) -> None:
    def slow(route: Route) -> None:
        time.sleep(SLOW_SECONDS)
        route.continue_()

    page.route(PATH, slow)
    _ask(page, house)
    with page.expect_download() as waiting:
        page.click("text=导出 csv")
    rows = list(csv.reader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))
    assert waiting.value.suggested_filename == "consistency.csv"
    assert rows[0][0] == "文书号" and len(rows) > 1
    expect(page.locator(BOX)).to_contain_text(f"导出完成：{len(rows) - 1} 行")
    found = Axe().run(page)
    assert [one["id"] for one in found.response["violations"]] == []


def test_an_export_that_breaks_off_says_so(page: Page, house: RunningHouse) -> None:
    piece = "文书号\r\n〔2026〕1号\r\n".encode()
    body = struct.pack(">II", len(piece), 1) + piece
    headers = {"Content-Type": FRAMED, "Content-Disposition": 'attachment; filename="consistency.csv"'}
    page.route(PATH, lambda route: route.fulfill(body=body, headers=headers))
    _ask(page, house)
    with page.expect_download() as waiting:
        page.click("text=导出 csv")
    assert waiting.value.path().read_bytes() == piece
    expect(page.locator(BOX)).to_contain_text("导出中断：只收到 1 行")


def test_what_the_service_refuses_is_read_on_a_page(page: Page, house: RunningHouse, watch: Watch) -> None:
    watch.expect("422")
    _ask(page, house)
    page.evaluate("document.querySelector('a[data-export]').href = '/consistency/export.csv?state=nonsense'")
    page.click("a[data-export]")
    expect(page.locator("h1")).to_have_text("未执行")
