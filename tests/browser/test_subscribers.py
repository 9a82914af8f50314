"""A subscriber from its first day to its last: entered, tested, paused, replayed, a new key, removed."""

from playwright.sync_api import Page, expect

from tests.support.running_house import RunningHouse
from tests.support.watched_page import Watch

PATIENCE = 60_000
NEW, DO = "section[aria-labelledby=new]", "section[aria-labelledby=do]"


def test_a_subscriber_is_entered_with_a_secret_shown_once_tried_paused_and_removed(
    page: Page, house: RunningHouse
) -> None:
    page.goto(f"{house.addresses.dashboard}/subscribers")
    page.fill(f"{NEW} input[name=name]", "商业查询站")
    page.fill(f"{NEW} input[name=url]", "https://hooks.invalid/creditsync")
    page.check(f"{NEW} input[name='type-drift.found']")
    page.click(f"{NEW} button")
    secret = page.inner_text("#secret")
    assert secret.startswith("whsec_")
    page.click("text=继续")
    expect(page.locator("section[aria-labelledby=facts]")).to_contain_text("发现不一致")
    assert secret not in page.content()
    page.click(f"{DO} button:has-text('发送测试事件')")
    row = page.locator("section[aria-labelledby=deliveries] tbody tr").first
    expect(row).to_contain_text("测试事件", timeout=PATIENCE)
    expect(row.locator("td").nth(4)).not_to_have_text("0", timeout=PATIENCE)
    row.locator("th a").click()
    expect(page.locator("section[aria-labelledby=tries] tbody")).to_contain_text("连不上")
    page.go_back()
    _act(page, "switch", "对方停机维护")
    expect(page.locator("section[aria-labelledby=facts]")).to_contain_text("已暂停 supervisor: 对方停机维护")
    _act(page, "switch", "对方已恢复")
    expect(page.locator("section[aria-labelledby=facts]")).not_to_contain_text("已暂停")
    _act(page, "replay", "对方重装系统")
    expect(page.locator("section[aria-labelledby=replays] tbody")).to_contain_text("对方重装系统")
    _act(page, "rotate", "例行轮换")
    assert page.inner_text("#secret") not in ("", secret)
    page.click("text=继续")
    _act(page, "remove", "合作终止")
    expect(page.locator(".toast")).to_contain_text("已注销")
    expect(page.locator("section[aria-labelledby=list]")).not_to_contain_text("商业查询站")


def test_an_address_that_may_not_be_reached_is_refused_with_the_reason(
    page: Page, house: RunningHouse, watch: Watch
) -> None:
    watch.expect("422")
    page.goto(f"{house.addresses.dashboard}/subscribers")
    page.fill(f"{NEW} input[name=name]", "内网")
    page.fill(f"{NEW} input[name=url]", "http://user:word@hooks.invalid/")
    page.click(f"{NEW} button")
    expect(page.locator("h1")).to_have_text("未执行")
    expect(page.locator(".said-no")).to_contain_text("该地址不能使用")


def _act(page: Page, name: str, reason: str) -> None:
    form = page.locator(f"{DO} form[action$='/{name}']")
    form.locator("input[name=reason]").fill(reason)
    form.locator("button").click()
