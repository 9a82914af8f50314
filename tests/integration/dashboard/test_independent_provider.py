"""Signing in at a provider of OpenID Connect whose code is not ours: code, PKCE, identity and what a person may do."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from services.sync.dashboard.app import create_app
from services.sync.dashboard.settings import SIGN_IN_CALLBACK, DashboardSettings
from tests.support.independent_provider import CLIENT, NAME, SECRET, issuer_at
from tests.support.provider_process import PATIENCE_SECONDS, running_provider

DASHBOARD = "http://127.0.0.1:8100"
PAGE = "/style-guide"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running_provider("tests.support.independent_provider", DASHBOARD + SIGN_IN_CALLBACK, issuer_at) as address:
        yield address


@asynccontextmanager
async def browser_at(data_dir: Path, issuer: str, scope: str, secret: str = SECRET) -> AsyncIterator[httpx.AsyncClient]:
    """`scope` is what the dashboard asks the provider for; its tokens are for the client itself (`audience`)."""
    settings = DashboardSettings(
        data_dir=data_dir,
        issuer=issuer,
        jwks=f"{issuer}/keys",
        audience=CLIENT,
        dashboard_url=DASHBOARD,
        sign_in_client=CLIENT,
        sign_in_secret=SecretStr(secret),
        sign_in_scope=scope,
    )
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=DASHBOARD, timeout=PATIENCE_SECONDS) as browser,
    ):
        yield browser


async def _let_in(browser: httpx.AsyncClient) -> dict[str, str]:
    """Ask to sign in, and let the provider say what the browser brings back."""
    asked = await browser.get("/sign-in", params={"to": PAGE})
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as elsewhere:
        answer = await elsewhere.get(asked.headers["location"])
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def _back(browser: httpx.AsyncClient, brought: dict[str, str]) -> httpx.Response:
    return await browser.get(f"{SIGN_IN_CALLBACK}?{urlencode(brought)}")


async def test_a_person_signs_in_by_name_and_sees_the_pages_of_the_granted_scopes(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path, issuer, "openid sync:read") as browser:
        brought = await _let_in(browser)
        assert brought["iss"] == issuer, "it adds what we did not ask for, as the standard lets it"
        assert (await _back(browser, brought)).status_code == 200
        page = await browser.get(PAGE)
    assert page.status_code == 200 and NAME in page.text
    assert 'href="/consistency"' in page.text and 'href="/quarantine"' not in page.text


async def test_whoever_is_granted_more_sees_more(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path, issuer, "openid sync:read ingest:read") as browser:
        await _back(browser, await _let_in(browser))
        page = await browser.get(PAGE)
    assert 'href="/quarantine"' in page.text


async def test_a_code_without_its_own_verifier_lets_nobody_in(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path, issuer, "openid sync:read") as browser:
        stolen, asked = await _let_in(browser), await _let_in(browser)
        answer = await _back(browser, asked | {"code": stolen["code"]})
        assert answer.status_code == 400 and "登录没有成功" in answer.text
        assert (await browser.get(PAGE)).status_code == 303


async def test_a_code_works_once(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path / "one", issuer, "openid sync:read") as browser:
        brought, cookies = await _let_in(browser), dict(browser.cookies)
        assert (await _back(browser, brought)).status_code == 200
        browser.cookies.clear()
        again = await browser.get(
            f"{SIGN_IN_CALLBACK}?{urlencode(brought)}",
            headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        )
        assert again.status_code == 400 and "登录没有成功" in again.text


async def test_a_wrong_secret_lets_nobody_in(tmp_path: Path, issuer: str) -> None:
    async with browser_at(tmp_path, issuer, "openid sync:read", secret="wrong") as browser:
        assert (await _back(browser, await _let_in(browser))).status_code == 400
        assert (await browser.get(PAGE)).status_code == 303
