"""Dead letters: seen on the overview, by cause, tried, sent back with a reason by who may, and gone."""

import sqlite3
from contextlib import closing

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from services.accounts.roles import Role
from shared.clock import SystemClock
from shared.ids import new_id
from tests.support.running_house import RunningHouse
from tests.support.watched_page import patient_context, sign_in

PATIENCE = 60_000
QUEUE = "repair.calendar"
TABLE = "section[aria-labelledby=letters] tbody tr"


def _bury(house: RunningHouse, letters: int, queue: str = QUEUE) -> None:
    """Readable messages without an event, as they lie when workers died while they had them."""
    at = SystemClock().now().replace(tzinfo=None).isoformat(" ", "microseconds")
    row = ("calendar.year_loaded", "calendar.year_loaded", "{}", 20, "delivery limit", at, b"[]")
    columns = "queue, message_id, type, routing_key, headers, attempts, reason, dead_at, body"
    with closing(sqlite3.connect(house.data_dir / "bus.db", timeout=60)) as bus, bus:
        bus.executemany(
            f"INSERT INTO dead_letter ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - names of columns
            [(queue, new_id(), *row) for _ in range(letters)],
        )


def _is_buried(house: RunningHouse, queue: str) -> bool:
    with closing(sqlite3.connect(house.data_dir / "bus.db", timeout=60)) as bus:
        found = bus.execute("SELECT count(*) FROM dead_letter WHERE queue = ?", (queue,)).fetchone()
    return bool(found[0])


def _readable_for_all(page: Page) -> None:
    found = Axe().run(page)
    assert [one["id"] for one in found.response["violations"]] == []


def test_dead_letters_are_seen_tried_and_sent_back_with_a_reason(
    page: Page, house: RunningHouse, browser: Browser
) -> None:
    _bury(house, 51)
    page.goto(house.addresses.dashboard)
    found = page.locator(".attention a", has_text="死信 51 条")
    expect(found).to_be_visible(timeout=PATIENCE)
    found.click()
    row = page.locator(TABLE)
    expect(row).to_contain_text("投递次数用尽")
    expect(row).to_contain_text("放假安排载入")
    _readable_for_all(page)
    house.person("sends-letters", Role.OPERATOR)
    context = patient_context(browser, locale="zh-CN")
    operator = context.new_page()
    sign_in(operator, house, "sends-letters")
    for one, may in ((operator, False), (page, True)):
        one.goto(f"{house.addresses.dashboard}/deliveries")
        one.locator("section[aria-labelledby=dead] h2 a").click()
        one.locator(f"{TABLE} td a").click()
        expect(one.locator("#content")).to_contain_text("可以读取")
        _readable_for_all(one)
        one.fill("#settle input[name=reason]", "工作进程内存已加大")
        one.click("#settle button")
        expect(one.locator("dd strong")).to_have_text("51")
        _readable_for_all(one)
        assert one.locator("form.act button").count() == may
    expect(operator.locator(".said-no")).to_contain_text("超过 50 条")
    context.close()
    page.click("text=重投 51 条")
    expect(page.locator(".toast")).to_contain_text("已重投")
    expect(page.locator("#content")).to_contain_text("没有死信", timeout=PATIENCE)
    page.goto(f"{house.addresses.dashboard}/audit?service=sync&actor=supervisor&action=dead_letters.replayed")
    expect(page.locator("section[aria-labelledby=log] tbody tr").first).to_contain_text("工作进程内存已加大")


def test_who_may_approve_discards_dead_letters_with_a_reason_and_the_log_keeps_it(
    page: Page, house: RunningHouse, browser: Browser
) -> None:
    queue = "sync.calendar"
    _bury(house, 1, queue)
    house.person("discards-letters", Role.OPERATOR)
    context = patient_context(browser, locale="zh-CN")
    operator = context.new_page()
    sign_in(operator, house, "discards-letters")
    for one, may in ((operator, False), (page, True)):
        one.goto(f"{house.addresses.dashboard}/deliveries/dead-letters")
        one.locator(TABLE, has_text=queue).locator("td a").click()
        one.select_option("#settle select[name=remedy]", "discard")
        one.fill("#settle input[name=reason]", "来源已重新告知")
        one.click("#settle button")
        expect(one.locator("dl.facts")).to_contain_text("作废")
        _readable_for_all(one)
        assert one.locator("form.act button").count() == may
    expect(operator.locator(".said-no")).to_contain_text("须由有审批权限的人办理")
    context.close()
    assert _is_buried(house, queue)
    page.click("text=作废 1 条")
    expect(page.locator(".toast")).to_contain_text("已作废")
    assert not _is_buried(house, queue)
    page.goto(f"{house.addresses.dashboard}/audit?service=sync&actor=supervisor&action=dead_letters.discarded")
    expect(page.locator("section[aria-labelledby=log] tbody tr").first).to_contain_text("来源已重新告知")
