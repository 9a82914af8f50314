"""An export that takes a while says how many rows have come; one that broke off is never called whole."""

import csv
import io
import struct
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from shared.counted_frames import FRAMED, Sort
from tests.support.running_house import RunningHouse
from tests.support.watched_page import Watch

BOX = ".exporting"
PATH = "**/consistency/export.csv*"
SLOW_SECONDS = 1.5
"""Longer than what the script says nothing about."""


_BY_HAND = """
  const real = window.fetch;
  window.fetch = (address, options) => {
    if (!String(address).includes("/export.")) return real(address, options);
    let control;
    const stream = new ReadableStream({ start: (given) => { control = given; } });
    window.frame = (text, rows, total, sort) => {
      const piece = new TextEncoder().encode(text), head = new DataView(new ArrayBuffer(16));
      [piece.length, rows, total, sort].forEach((number, at) => head.setUint32(at * 4, number));
      control.enqueue(new Uint8Array(head.buffer));
      control.enqueue(piece);
      if (!piece.length) control.close();
    };
    const headers = { "Content-Type": "FRAMED", "Content-Disposition": 'attachment; filename="audit.csv"' };
    return Promise.resolve(new Response(stream, { headers }));
  };
""".replace("FRAMED", FRAMED)
"""An export of which a test hands out every piece."""


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
    body = struct.pack(">IIII", len(piece), 1, 0, 0) + piece
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


def test_a_long_export_shows_a_bar_its_total_and_what_is_left_and_says_what_is_a_lower_bound(
    page: Page, house: RunningHouse
) -> None:
    page.add_init_script(_BY_HAND)
    page.goto(f"{house.addresses.dashboard}/audit")
    page.click("text=导出 csv")
    box, bar = page.locator(BOX), page.locator(f"{BOX} progress")
    page.evaluate("frame('a\\r\\n', 500, 0, 0)")
    expect(box).to_contain_text("已读 500 行")
    assert bar.get_attribute("value") is None and "剩" not in box.inner_text()
    page.evaluate("frame('b\\r\\n', 1000, 20000, 1)")
    expect(box).to_contain_text("共 20,000 行 · 约剩 ")
    assert (bar.get_attribute("value"), bar.get_attribute("max")) == ("1000", "20000")
    page.evaluate("frame('d\\r\\n', 2000, 20000, 2)")
    expect(box).to_contain_text("20,000 行以上 · 至少还需 ")
    found = Axe().run(page)
    assert [one["id"] for one in found.response["violations"]] == []
    page.evaluate("frame('e\\r\\n', 20500, 20000, 2)")
    expect(box).to_contain_text("已读 20,500 行")
    expect(box).not_to_contain_text("还需")
    assert bar.get_attribute("value") is None, "more came than had been counted: nobody knows the end"
    with page.expect_download() as waiting:
        page.evaluate("frame('', 20501, 20501, 1)")
    assert waiting.value.path().read_text() == "a\nb\nd\ne\n"
    expect(box).to_contain_text("导出完成：20,501 行")


def test_a_total_that_is_told_is_the_number_of_rows(page: Page, house: RunningHouse) -> None:
    for path in ("audit", "deliveries", "records", "windows", "quarantine", "enforcement"):
        answer = page.request.get(f"{house.addresses.dashboard}/{path}/export.csv", headers={"Accept": FRAMED})
        assert (answer.status, answer.headers["content-type"]) == (200, FRAMED), path
        body, heads, at = answer.body(), [], 0
        while at < len(body):
            heads.append(struct.unpack_from(">IIII", body, at))
            at += 16 + heads[-1][0]
        length, rows, total, sort = heads[-1]
        assert (length, total, sort) == (0, rows, Sort.EXACT), path
        if path == "records":
            assert {total for *_, total, sort in heads if sort} == {rows}
