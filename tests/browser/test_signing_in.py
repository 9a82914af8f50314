"""Who may come in, who not, and what an ended session looks like."""

from playwright.sync_api import Browser, Page, expect

from tests.support.running_house import PASSWORD, RunningHouse, invitation_of
from tests.support.watched_page import Watch, patient_context, sign_in


def test_the_first_person_sets_a_password_by_the_printed_link_which_works_once(
    house: RunningHouse, browser: Browser
) -> None:
    page = patient_context(browser).new_page()
    page.goto(invitation_of(house))
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.click("button")
    expect(page.locator("main")).to_contain_text("密码已设置")
    page.goto(invitation_of(house))
    expect(page.locator("main")).to_contain_text("已经用过")
    sign_in(page, house, "admin")
    expect(page.locator("header")).to_contain_text("admin")
    page.context.close()


def test_a_wrong_password_and_an_unknown_name_look_the_same(house: RunningHouse, browser: Browser) -> None:
    page = patient_context(browser).new_page()
    told = []
    for name in ("supervisor", "nobody"):
        page.goto(house.addresses.dashboard)
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", "wrong wrong wrong")
        page.click("button")
        expect(page.locator("[role=alert]")).to_be_visible()
        told.append(page.inner_text("main"))
    assert told[0] == told[1]
    page.context.close()


def test_after_signing_out_the_page_asks_to_sign_in_again(house: RunningHouse, browser: Browser) -> None:
    page = patient_context(browser).new_page()
    sign_in(page, house, "viewer")
    page.click("header form button")
    expect(page.locator("h1")).to_have_text("已退出")
    page.goto(house.addresses.dashboard)
    expect(page.locator("input[name=password]")).to_be_visible()
    page.context.close()


def test_an_open_page_whose_session_has_ended_leads_to_the_sign_in(
    house: RunningHouse, page: Page, watch: Watch
) -> None:
    watch.expect("401")
    page.goto(house.addresses.dashboard)
    page.context.clear_cookies()
    expect(page.locator("input[name=password]")).to_be_visible(timeout=60_000)
