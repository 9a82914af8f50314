"""What people see when something behind the dashboard is dead, slow or broken: never a healthy picture."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from services.local.ports import free_port
from tests.support.running_house import RunningHouse, another_dashboard
from tests.support.watched_page import Watch, patient_context


@pytest.fixture(scope="module")
def silent_address() -> Iterator[str]:
    """A listener that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="module")
def lame(house: RunningHouse, silent_address: str) -> Iterator[str]:
    """A dashboard that finds nobody at disclosure's address and a mute at ingest's."""
    nobody = f"http://127.0.0.1:{free_port()}"
    more = {"CREDITSYNC_DISCLOSURE_URL": nobody, "CREDITSYNC_INGEST_URL": silent_address}
    with another_dashboard(house, free_port(), more) as address:
        yield address


def test_a_dead_service_greys_its_panel_with_the_time_and_the_others_go_on(page: Page, lame: str) -> None:
    page.goto(lame)
    for service in ("归集服务", "公示服务"):
        expect(page.locator(".silent").filter(has_text=f"{service} 没有应答")).to_contain_text("自 20")
    expect(page.locator(".cards .panel")).to_have_count(3)
    expect(page.locator("#content")).not_to_contain_text("现在没有需要处理的事")


def test_the_rule_files_of_the_services_that_answer_stay_beside_the_dead_one(
    page: Page, lame: str, house: RunningHouse
) -> None:
    page.goto(f"{house.addresses.dashboard}/policy")
    files = page.locator("section[aria-labelledby=rules]")
    expect(files.locator("table")).to_have_count(4)
    expect(files.locator("#rules-repair + p")).to_have_text("全部随程序提供。")
    expect(files.get_by_text("deadlines.toml")).to_have_count(4)
    page.goto(f"{lame}/policy?lang=en")
    files = page.locator("section[aria-labelledby=rules]")
    expect(files.locator("table")).to_have_count(2)
    expect(files.locator(".silent")).to_have_count(2)
    expect(files.locator(".silent").filter(has_text="disclosure does not answer")).to_have_count(1)
    page.goto(f"{lame}/policy?lang=zh")
    expect(page.locator("section[aria-labelledby=rules] .silent")).to_contain_text(["归集服务", "公示服务"])


def test_a_dashboard_that_dies_is_told_on_the_open_page(page: Page, house: RunningHouse, watch: Watch) -> None:
    watch.expect("Failed to load resource")
    watch.expect("Failed to fetch")
    port = free_port()
    with another_dashboard(house, port, {"CREDITSYNC_POLL_SECONDS": "1"}) as address:
        page.goto(address)
        expect(page.locator("body.is-stale")).to_have_count(0)
    expect(page.locator("body.is-stale")).to_have_count(1, timeout=60_000)
    expect(page.locator("#fresh .stale")).to_be_visible()
    with another_dashboard(house, port, {"CREDITSYNC_POLL_SECONDS": "1"}):
        expect(page.locator("body.is-stale")).to_have_count(0, timeout=60_000)


def test_twenty_open_tabs_stay_live(page: Page, house: RunningHouse) -> None:
    pages = [page.context.new_page() for _ in range(20)]
    for one in pages:
        one.goto(house.addresses.dashboard, wait_until="domcontentloaded")
    for one in pages:
        with one.expect_response(lambda answer: "/live" in answer.url, timeout=60_000) as answer:
            one.bring_to_front()
        assert answer.value.status in (200, 304)
    for one in pages:
        one.close()


def test_without_javascript_a_page_filters_and_acts(page: Page, house: RunningHouse) -> None:
    browser = page.context.browser
    assert browser is not None
    plain = patient_context(browser, storage_state=page.context.storage_state(), java_script_enabled=False)
    quiet = plain.new_page()
    quiet.goto(f"{house.addresses.dashboard}/consistency")
    quiet.check("input[name=every]")
    quiet.click("form.filter button")
    assert "every=true" in quiet.url and quiet.locator("tbody tr").count() > 1
    quiet.click("section[aria-labelledby=ask] button")
    expect(quiet.locator(".toast")).to_be_visible()
    plain.close()
