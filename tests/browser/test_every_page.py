"""What holds for every page of the menu: readable for all, no code of others, light, live."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from services.sync.dashboard.navigation import NAVIGATION
from tests.support.running_house import RunningHouse

PATHS = [*(entry.path for entry in NAVIGATION), "/deliveries/parked", "/deliveries/dead-letters", "/style-guide"]
MOST_BYTES = 60_000


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, house: RunningHouse, path: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(house.addresses.dashboard + path)
    found = Axe().run(page)
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found.response["violations"]] == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_is_whole_in_both_languages_and_brings_no_code_inline(
    page: Page, house: RunningHouse, path: str, lang: str
) -> None:
    answer = page.goto(f"{house.addresses.dashboard}{path}?lang={lang}")
    assert answer is not None and answer.status == 200
    text = answer.text()
    assert page.locator("h1").count() == 1
    assert page.locator(".silent").count() == (1 if path == "/style-guide" else 0)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]


BESIDE_PATHS = ("/serious-list/new", "/calendar", "/approvals", "/records/{}")


@pytest.mark.parametrize("path", [*PATHS, *BESIDE_PATHS])
def test_a_page_fits_a_telephone_and_only_tables_are_pushed_sideways(
    page: Page, house: RunningHouse, path: str
) -> None:
    if "{}" in path:
        page.goto(house.addresses.dashboard + "/records")
        path = str(page.locator("#live tbody th a").first.get_attribute("href"))
    page.set_viewport_size({"width": 390, "height": 844})
    for lang in ("zh", "en"):
        page.goto(f"{house.addresses.dashboard}{path}?lang={lang}")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        head = page.locator("header.bar").bounding_box()
        assert head is not None and head["height"] < 400


@pytest.mark.parametrize("path", PATHS)
def test_a_cold_page_weighs_less_than_60_kb_on_the_wire(page: Page, house: RunningHouse, path: str) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    weights: list[int] = []
    session.on("Network.loadingFinished", lambda event: weights.append(int(event["encodedDataLength"])))
    page.goto(house.addresses.dashboard + path, wait_until="networkidle")
    assert weights and sum(weights) < MOST_BYTES


@pytest.mark.parametrize("path", PATHS)
def test_what_a_page_lists_is_taken_away_in_both_forms(page: Page, house: RunningHouse, path: str) -> None:
    page.goto(house.addresses.dashboard + path)
    links = [str(link.get_attribute("href")) for link in page.locator(".foot a[download]").all()]
    forms = {form: [link for link in links if f".{form}" in link] for form in ("xlsx", "csv")}
    assert len(forms["xlsx"]) == len(forms["csv"]) and len(links) == 2 * len(forms["csv"])
    for form, begin in (("xlsx", b"PK\x03\x04"), ("csv", b"\xef\xbb\xbf")):
        for link in forms[form]:
            file = page.request.get(house.addresses.dashboard + link)
            assert (file.status, file.body()[: len(begin)]) == (200, begin), link
            assert f'.{form}"' in file.headers["content-disposition"], link
