"""Events set aside: seen by cause, opened masked, sent back with a reason and gone; discarded by who may approve."""

import json
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
QUEUE = "disclosure.subjects"
TABLE = "section[aria-labelledby=parked] tbody tr"


def _now() -> str:
    """As SQLite keeps instants."""
    return SystemClock().now().replace(tzinfo=None).isoformat(" ", "microseconds")


def _park(house: RunningHouse, reason: str, **data: object) -> str:
    """Set an event aside, as the consumer of disclosure does; its number."""
    parked_id, uscc = new_id(), "91320100MA1MU1CJ0C"
    told = {
        "uscc": uscc,
        "generation": 1,
        "status": "deregistered",
        "as_of": "2026-11-01",
        "proof_reference": "13912345678",
    }
    event = {
        "specversion": "1.0",
        "id": new_id(),
        "source": "/creditsync/ingest",
        "type": "subject.status_changed",
        "subject": uscc,
        "time": "2026-11-01T00:00:00Z",
        "data": told | data,
    }
    row = (parked_id, QUEUE, new_id(), 0, event["type"], json.dumps(event), reason, _now())
    with closing(sqlite3.connect(house.data_dir / "disclosure.db", timeout=60)) as database, database:
        database.execute("INSERT INTO parked_event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return parked_id


def _readable_for_all(page: Page) -> None:
    found = Axe().run(page)
    assert [one["id"] for one in found.response["violations"]] == []


def test_a_parked_event_is_seen_opened_masked_and_sent_back_with_a_reason(page: Page, house: RunningHouse) -> None:
    parked_id = _park(house, "KeyError: 13912345678")
    page.goto(house.addresses.dashboard)
    page.click("text=搁置的事件 1 个")
    row = page.locator(TABLE).filter(has_text="KeyError")
    expect(row).to_contain_text("公示服务")
    expect(row).to_contain_text("登记状态变化")
    row.locator("a").click()
    page.click(f"text={parked_id[:12]}")
    expect(page.locator("#content")).to_contain_text("可以读取")
    _readable_for_all(page)
    expect(page.locator("pre")).to_contain_text('"generation": 1')
    expect(page.locator("#content")).not_to_contain_text("13912345678")
    page.go_back()
    _readable_for_all(page)
    page.fill("#settle input[name=reason]", "处理程序已修正")
    page.click("#settle button")
    expect(page.locator("dd strong")).to_have_text("1")
    _readable_for_all(page)
    page.click("text=放回队列 1")
    expect(page.locator(".toast")).to_contain_text("已放回队列")
    expect(page.locator(TABLE)).to_have_count(0, timeout=PATIENCE)
    page.reload()
    expect(page.locator("#content")).to_contain_text("没有搁置的事件")
    page.goto(f"{house.addresses.dashboard}/audit?service=disclosure&actor=supervisor&action=parked_events.retried")
    expect(page.locator("section[aria-labelledby=log] tbody tr").first).to_contain_text("处理程序已修正")


def test_what_breaks_its_contract_is_discarded_by_who_may_approve(
    page: Page, house: RunningHouse, browser: Browser
) -> None:
    _park(house, "0.data.status: Input should be 'active'", status="nonsense")
    house.person("sends-back", Role.OPERATOR)
    context = patient_context(browser, locale="zh-CN")
    operator = context.new_page()
    sign_in(operator, house, "sends-back")
    for one, may in ((operator, False), (page, True)):
        one.goto(f"{house.addresses.dashboard}/deliveries")
        one.locator(TABLE).filter(has_text="data.status").locator("td a").click()
        one.select_option("#settle select[name=remedy]", "retry")
        one.fill("#settle input[name=reason]", "再试一次")
        one.click("#settle button")
        expect(one.locator(".said-no")).to_contain_text("1 个现在仍读取不了")
        one.click("text=返回")
        one.select_option("#settle select[name=remedy]", "discard")
        one.fill("#settle input[name=reason]", "来源已重新告知")
        one.click("#settle button")
        assert one.locator("form.act button").count() == may
    context.close()
    page.click("text=作废 1")
    expect(page.locator(".toast")).to_contain_text("已作废")
    expect(page.locator(TABLE)).to_have_count(0)
    page.goto(f"{house.addresses.dashboard}/audit?service=disclosure&actor=supervisor&action=parked_events.discarded")
    expect(page.locator("section[aria-labelledby=log] tbody tr").first).to_contain_text("来源已重新告知")
