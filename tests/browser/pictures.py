"""The pictures of the README, taken anew from a house with the sample feed: `python -m tests.browser.pictures`.

Look at them before they are committed; `docs/images` holds nothing else.
"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, sync_playwright

from services.accounts.roles import Role
from shared.vocabulary import Portal
from tests.support.running_house import RunningHouse, running_house
from tests.support.watched_page import sign_in

IMAGES = Path(__file__).parents[2] / "docs" / "images"
RECORDS = 400


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_house(Path(folder), records=RECORDS) as house:
        house.person("supervisor", Role.SUPERVISOR)
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            _windows(browser, house)
            _record_on_a_portal(browser, house)
            browser.close()


def _windows(browser: Browser, house: RunningHouse) -> None:
    """到期窗口, on the fullest day."""
    page = browser.new_page(viewport={"width": 1280, "height": 600}, color_scheme="light", locale="zh-CN")
    sign_in(page, house, "supervisor")
    page.goto(f"{house.addresses.dashboard}/windows")
    page.locator("section.panel .figure a").last.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "dashboard-windows.png", full_page=True)
    page.close()


def _record_on_a_portal(browser: Browser, house: RunningHouse) -> None:
    """What a citizen sees of one penalty."""
    page = browser.new_page(viewport={"width": 1100, "height": 900}, color_scheme="light", locale="zh-CN")
    page.goto(house.addresses.portals[Portal.CREDIT_JIANGSU])
    page.locator("li", has_text="行政处罚").locator("a").first.click()
    upper: FloatRect = {"x": 0, "y": 0, "width": 1100, "height": 900}
    page.screenshot(path=IMAGES / "portal-record.png", full_page=True, clip=upper)
    page.close()


if __name__ == "__main__":
    main()
