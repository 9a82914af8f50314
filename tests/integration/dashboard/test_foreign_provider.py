"""Signing in at a provider that is none of ours, in a process of its own, with keys and customs of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from services.sync.dashboard.app import create_app
from services.sync.dashboard.settings import SIGN_IN_CALLBACK, DashboardSettings
from tests.support.foreign_provider import CLIENT, LIVES_SECONDS, NAME, SECRET, issuer_at
from tests.support.provider_process import PATIENCE_SECONDS, running_provider

DASHBOARD = "http://127.0.0.1:8100"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running_provider("tests.support.foreign_provider", DASHBOARD + SIGN_IN_CALLBACK, issuer_at) as address:
        yield address


@asynccontextmanager
async def browser_at(data_dir: Path, issuer: str, secret: str = SECRET) -> AsyncIterator[httpx.AsyncClient]:
    settings = DashboardSettings(
        data_dir=data_dir,
        issuer=issuer,
        jwks=f"{issuer}/certs",
        dashboard_url=DASHBOARD,
        sign_in_client=CLIENT,
        sign_in_secret=SecretStr(secret),
    )
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=DASHBOARD, timeout=PATIENCE_SECONDS) as browser,
    ):
        yield browser


async def _sign_in(browser: httpx.AsyncClient) -> httpx.Response:
    """As a browser does: to the provider, and back to where it sends one."""
    asked = await browser.get("/sign-in", params={"to": "/style-guide"})
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as elsewhere:
        answer = await elsewhere.get(asked.headers["location"])
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    return await browser.get(f"{back.path}?{back.query}")


async def test_a_person_of_the_bureau_s_own_provider_signs_in_and_is_named(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path, issuer) as browser:
        back = await _sign_in(browser)
        assert back.status_code == 200 and 'href="/style-guide"' in back.text
        page = await browser.get("/style-guide")
        assert page.status_code == 200 and NAME in page.text


async def test_refresh_tokens_that_work_once_carry_a_session_on(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path, issuer) as browser:
        await _sign_in(browser)
        pages = [await browser.get("/style-guide") for _ in range(3)]
        assert [page.status_code for page in pages] == [200, 200, 200]
        kept = {page.headers["set-cookie"] for page in pages}
        assert len(kept) == 3, f"a click renews a token of {LIVES_SECONDS} seconds"


async def test_a_wrong_secret_lets_nobody_in(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path, issuer, "wrong") as browser:
        back = await _sign_in(browser)
        assert back.status_code == 400 and "登录没有成功" in back.text
        assert (await browser.get("/style-guide")).status_code == 303
