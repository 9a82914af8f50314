"""The three pages that need no login: readable for everybody, without a script or a cookie, in both themes."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_repair import Office
from tests.support.running_house import RunningHouse
from tests.support.watched_page import Watch, patient_context

THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def office(house: RunningHouse) -> Office:
    return Office(house)


@pytest.fixture
def visitor(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A browser without scripts; whatever a page breaks in it fails the test, and so does a cookie."""
    context = patient_context(browser, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    watch.over(page)
    yield page
    assert context.cookies() == []
    context.close()
    assert watch.faults == []


def _axe(browser: Browser, content: str, style: str, theme: str) -> None:
    """axe is a script itself, so that it looks at the same page in a browser that has scripts."""
    context = patient_context(browser, color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    page.set_content(re.sub(r"<link[^>]*stylesheet[^>]*>", f"<style>{style}</style>", content))
    found = Axe().run(page)
    context.close()
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found.response["violations"]] == []


def _looks_the_same(page: Page, browser: Browser, style_address: str) -> None:
    style = httpx.get(style_address).text
    assert "prefers-color-scheme: dark" in style and "@media print" in style
    assert page.locator("h1").count() == 1
    assert page.locator("header .brand").count() == 1
    for theme in THEMES:
        _axe(browser, page.content(), style, theme)


def test_a_citizen_searches_the_column_and_reads_an_entry(visitor: Page, house: RunningHouse, browser: Browser) -> None:
    home = f"{house.addresses.disclosure}/column"
    answer = visitor.goto(home)
    assert answer is not None and "max-age" in answer.headers["cache-control"]
    _looks_the_same(visitor, browser, f"{home}/style.css")
    visitor.locator("tbody a").first.click()
    expect(visitor.locator("dl")).to_contain_text("公示截止日")
    _looks_the_same(visitor, browser, f"{home}/style.css")
    visitor.get_by_role("link", name="English").click()
    expect(visitor.locator("dl")).to_contain_text("Last day of publication")


def test_a_citizen_looks_into_the_serious_list_from_the_column(
    visitor: Page, house: RunningHouse, browser: Browser
) -> None:
    home = f"{house.addresses.disclosure}/column"
    visitor.goto(home)
    visitor.get_by_role("link", name="安全生产严重失信主体名单").click()
    expect(visitor.locator("h1")).to_have_text("安全生产严重失信主体名单")
    _looks_the_same(visitor, browser, f"{home}/style.css")
    visitor.fill("#q", "没有的公司")
    visitor.click("button")
    expect(visitor.locator("main")).to_contain_text("今日没有符合条件的主体")


def test_a_citizen_who_knows_the_middle_of_a_name_is_led_to_it(visitor: Page, house: RunningHouse) -> None:
    visitor.goto(f"{house.addresses.disclosure}/column")
    middle = visitor.locator("tbody a").first.inner_text()[2:6]
    visitor.fill("#q", middle)
    visitor.click("button")
    expect(visitor.locator("main")).to_contain_text("今日没有符合条件的公示信息")
    visitor.get_by_role("link", name="按“名称包含”再查一次").click()
    expect(visitor.locator("tbody")).to_contain_text(middle)


def test_an_applicant_follows_the_application(
    visitor: Page, house: RunningHouse, browser: Browser, office: Office, watch: Watch
) -> None:
    case = office.filed()
    whole = office.call("credit-officer", "GET", f"/v1/repair-applications/{case['application_id']}")
    home = f"{house.addresses.repair}/tracking"
    visitor.goto(home)
    _looks_the_same(visitor, browser, f"{home}/style.css")
    watch.expect("404")
    visitor.fill("#number", case["tracking_number"])
    visitor.fill("#code", "000000")
    visitor.click("button")
    expect(visitor.locator("[role=alert]")).to_be_visible()
    visitor.fill("#number", case["tracking_number"])
    visitor.fill("#code", whole["subject_key"][-6:])
    visitor.click("button[type=submit]")
    expect(visitor.locator("main")).to_contain_text(case["tracking_number"])
    _looks_the_same(visitor, browser, f"{home}/style.css")


def test_a_certificate_that_is_not_there_says_so(
    visitor: Page, house: RunningHouse, browser: Browser, watch: Watch
) -> None:
    watch.expect("404")
    home = f"{house.addresses.sync}/certificates"
    visitor.goto(f"{home}/0123456789abcdef0123456789abcdef")
    expect(visitor.locator("main")).to_contain_text("没有此编号")
    _looks_the_same(visitor, browser, f"{home}/style.css")
    visitor.get_by_role("link", name="English").click()
    expect(visitor.locator("main")).to_contain_text("There is no take-down certificate")
