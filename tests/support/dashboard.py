"""A dashboard with the local identity provider and services that a test owns, all in one process."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI

from services.accounts.roles import Role
from services.accounts.store import Accounts
from services.issuer import create_issuer, ensure_identity
from services.sync.dashboard.app import create_app
from services.sync.dashboard.reading import Services
from services.sync.dashboard.settings import SIGN_IN_CALLBACK, DashboardSettings
from services.sync.dashboard.sign_in.provider import Provider, Registration
from services.sync.dashboard.sign_in.renewals import Renewals
from shared.clock import FrozenClock
from shared.outbound.client import OutboundClient
from tests.support.web import START

PASSWORD = "correct horse battery"
Asgi = Callable[..., Any]


@dataclass
class DashboardHouse:
    """The dashboard as a browser meets it, the provider's client, and the clock of both."""

    browser: httpx.AsyncClient
    provider: httpx.AsyncClient
    accounts: Accounts
    clock: FrozenClock
    app: FastAPI

    def person(self, name: str, role: Role) -> None:
        self.accounts.accept(self.accounts.invite(name, role), PASSWORD)

    async def asked(self, to: str = "/") -> str:
        """Where the dashboard sends somebody who wants to sign in."""
        return (await self.browser.get("/sign-in", params={"to": to})).headers["location"]

    async def code_for(self, address: str, name: str, password: str = PASSWORD) -> httpx.Response:
        """The provider's answer to name and password."""
        parts = urlsplit(address)
        return await self.provider.post(f"{parts.path}?{parts.query}", data={"name": name, "password": password})

    async def sign_in(self, name: str, to: str = "/") -> httpx.Response:
        answer = await self.code_for(await self.asked(to), name)
        parts = urlsplit(answer.headers["location"])
        return await self.browser.get(f"{parts.path}?{parts.query}")


@asynccontextmanager
async def dashboard_house(data_dir: Path, services: Mapping[str, Asgi] | None = None) -> AsyncIterator[DashboardHouse]:
    """`services` are ASGI applications by name; the others cannot be reached."""
    clock = FrozenClock(START)
    ensure_identity(data_dir)
    settings = DashboardSettings(data_dir=data_dir)
    redirect = f"{settings.dashboard_url}{SIGN_IN_CALLBACK}"
    issuer = create_issuer(settings, clock, {settings.sign_in_client: redirect})
    app = create_app(settings)
    identity = OutboundClient(settings.issuer, app=issuer)
    clients = {name: OutboundClient(settings.sync_url, app=given) for name, given in (services or {}).items()}
    unreachable = {name: OutboundClient("http://127.0.0.1:1") for name in ("ingest", "disclosure", "repair", "sync")}
    desk = app.state.desk
    desk.verifier._clock = clock
    registration = Registration(settings.sign_in_client, None, redirect, "openid")
    provider = Provider(settings.issuer, registration, identity, clock)
    app.state.desk = replace(
        desk,
        clock=clock,
        services=Services({**unreachable, **clients}, clock),
        cookie=replace(desk.cookie, clock=clock),
        provider=provider,
        renewals=Renewals(provider),
    )
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.dashboard_url) as browser,
        httpx.AsyncClient(transport=httpx.ASGITransport(issuer), base_url=settings.issuer) as provider,
    ):
        yield DashboardHouse(browser, provider, Accounts(data_dir, clock), clock, app)
    await app.state.desk.services.close()
    await identity.close()


def answering(answer: Callable[[str, str], Any]) -> Asgi:
    """A service that answers JSON for a path and its query; nothing is there where the answer is None."""

    async def service(scope: Any, _receive: Any, send: Any) -> None:
        body = answer(scope["path"], scope["query_string"].decode())
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 404 if body is None else 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    return service


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
