"""A real browser over a real house. Every page that a test opens is watched: an error of a script, a violation of the
content policy or an answer of 5xx that the test did not expect fails it.

The browser lives as long as a module: while it does, its event loop occupies the thread, and async tests of other
folders would find it taken. For the same reason databases are made and dropped in a thread of their own here.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.accounts.roles import Role
from tests.support import servers
from tests.support.running_house import RunningHouse, running_house
from tests.support.servers import ServerAddress, give_up
from tests.support.watched_page import Watch, patient_context, sign_in

expect.set_options(timeout=60_000)  # a busy machine is no defect
SIGNED_IN_SECONDS = 300  # a session that nobody uses ends after half an hour
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def house(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    (run_folder / "house-of-the-browser").mkdir()  # fails where a second worker wants one: see `BrowserTogether`
    with running_house(tmp_path_factory.mktemp("house"), records=90) as running:
        running.person("supervisor", Role.SUPERVISOR)
        running.person("second", Role.SUPERVISOR)
        running.person("viewer", Role.VIEWER)
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        sentence = "no browser is installed: apt-get install chromium fonts-noto-cjk"
        give_up(sentence, required=os.environ.get("REQUIRE_REAL") == "1")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def cookies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cookies of the supervisor are kept between modules."""
    return tmp_path_factory.mktemp("cookies") / "supervisor.json"


@pytest.fixture(scope="module")
def signed_in(house: RunningHouse, browser: Browser, cookies: Path) -> Path:
    """The cookies of the supervisor, a few minutes old at most. A sign-in for each module was more than one name is
    let in at once, on a machine that goes through fifteen modules within four minutes."""
    if not cookies.exists() or time.time() - cookies.stat().st_mtime > SIGNED_IN_SECONDS:
        context = patient_context(browser)
        sign_in(context.new_page(), house, "supervisor")
        context.storage_state(path=cookies)
        context.close()
    return cookies


@pytest.fixture(scope="module")
def own_database(postgres_server: ServerAddress) -> Iterator[str]:
    """An empty PostgreSQL database of this module's own."""
    with ThreadPoolExecutor(1) as thread:
        runner = thread.submit(asyncio.Runner).result()
        database = servers.fresh_database(postgres_server)
        url = thread.submit(runner.run, database.__aenter__()).result()
        yield url
        thread.submit(runner.run, database.__aexit__(None, None, None)).result()
        thread.submit(runner.close).result()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def page(browser: Browser, signed_in: Path, watch: Watch) -> Iterator[Page]:
    """A page of the supervisor; what went wrong on it fails the test at its end."""
    context = patient_context(browser, storage_state=signed_in, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    watch.over(page)
    yield page
    context.close()
    assert watch.faults == []
