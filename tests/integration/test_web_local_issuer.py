"""The local identity provider, and a service that trusts it."""

import asyncio
import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet

from services.clients import PREDEFINED, Client
from services.issuer import JWKS_PATH, TOKEN_PATH, create_issuer, ensure_identity, mint
from services.local.ports import LOOPBACK, free_port
from shared.clock import FrozenClock
from shared.errors import StartRefused, Unavailable
from shared.outbound.client import OutboundClient
from shared.outbound.tokens import TokenSource
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.auth import public_routes, requires, undeclared_routes
from shared.web.caller import Caller
from shared.web.scopes import Scope
from shared.web.verifier import verifier_for
from tests.support.web import START, calling, served


@pytest.fixture
def settings(tmp_path: Path) -> HouseSettings:
    return HouseSettings(data_dir=tmp_path)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def service(settings: HouseSettings, clock: FrozenClock) -> FastAPI:
    routes = APIRouter()

    @routes.get("/v1/batches")
    async def batches(caller: Annotated[Caller, requires(Scope.INGEST_READ)]) -> dict[str, Any]:
        return {"caller": caller.client_id, "authorities": sorted(caller.authorities)}

    return create_api("ingest", "I", routers=[routes], settings=settings, verifier=verifier_for(settings, clock))


async def test_a_fetched_token_opens_a_service(settings: HouseSettings, clock: FrozenClock) -> None:
    secret = ensure_identity(settings.data_dir)["enforcement-system"]
    async with (
        OutboundClient(settings.issuer, app=create_issuer(settings, clock)) as issuer,
        calling(service(settings, clock)) as client,
    ):
        tokens = TokenSource(
            issuer,
            path=TOKEN_PATH,
            client_id="enforcement-system",
            client_secret=secret,
            scopes=["ingest:read"],
            clock=clock,
        )
        answer = await client.get("/v1/batches", headers=await tokens.headers())
        assert answer.json() == {"caller": "enforcement-system", "authorities": ["*"]}
        clock.advance(timedelta(hours=2))
        assert (await client.get("/v1/batches", headers=await tokens.headers())).status_code == 200


async def test_keys_can_be_fetched_from_the_address_of_the_provider(
    settings: HouseSettings, clock: FrozenClock
) -> None:
    ensure_identity(settings.data_dir)
    token = mint(settings.data_dir, "auditor", issuer=settings.issuer, audience=settings.audience, clock=clock)
    port = free_port()
    remote = settings.model_copy(update={"jwks": f"http://{LOOPBACK}:{port}{JWKS_PATH}"})
    async with calling(service(remote, clock)) as client:
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/v1/batches", headers=bearer)).status_code == 503
        async with served((create_issuer(settings, clock), port)):
            clock.advance(timedelta(seconds=6))
            assert (await client.get("/v1/batches", headers=bearer)).json()["caller"] == "auditor"


async def test_a_minted_token_opens_a_service(settings: HouseSettings, clock: FrozenClock) -> None:
    ensure_identity(settings.data_dir)
    token = mint(settings.data_dir, "auditor", issuer=settings.issuer, audience=settings.audience, clock=clock)
    async with calling(service(settings, clock)) as client:
        assert (await client.get("/v1/batches", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_credentials_may_come_as_basic_authentication_or_in_the_form(
    settings: HouseSettings, clock: FrozenClock
) -> None:
    secret = ensure_identity(settings.data_dir)["operator"]
    async with calling(create_issuer(settings, clock)) as client:
        grant = {"grant_type": "client_credentials"}
        by_header = await client.post(TOKEN_PATH, data=grant, headers=basic("operator", secret))
        by_form = await client.post(TOKEN_PATH, data={**grant, "client_id": "operator", "client_secret": secret})
        keys = KeySet.import_key_set((await client.get(JWKS_PATH)).json())
    for answer in (by_header, by_form):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
        claims = jwt.decode(body["access_token"], keys, algorithms=["Ed25519"]).claims
        assert (claims["iss"], claims["aud"], claims["sub"]) == (settings.issuer, "creditsync", "operator")
        assert "sync:operate" in claims["scope"].split()
        assert claims["exp"] - claims["nbf"] == 3600


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, basic("operator", "wrong"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, basic("nobody", "SECRET"), 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic ***"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Bearer x"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
        ({"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        ({}, {}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_refusal_has_the_standard_form(
    settings: HouseSettings, clock: FrozenClock, form: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    ensure_identity(settings.data_dir)
    async with calling(create_issuer(settings, clock)) as client:
        answer = await client.post(TOKEN_PATH, data=form, headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert (answer.headers.get("www-authenticate") == "Basic") == (status == 401)


async def test_a_client_gets_some_of_its_scopes_and_never_more(settings: HouseSettings, clock: FrozenClock) -> None:
    secret = ensure_identity(settings.data_dir)["auditor"]
    async with calling(create_issuer(settings, clock)) as client:

        async def asked(scope: str) -> httpx.Response:
            form = {"grant_type": "client_credentials", "scope": scope}
            return await client.post(TOKEN_PATH, data=form, headers=basic("auditor", secret))

        assert (await asked("ingest:read")).json()["scope"] == "ingest:read"
        refused = await asked("ingest:read ingest:write")
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_scope"})


def test_the_identity_is_made_once_readable_by_its_owner_only_and_secrets_are_kept_hashed_for_the_issuer(
    settings: HouseSettings,
) -> None:
    first = ensure_identity(settings.data_dir)
    keys = {path.name: path.read_bytes() for path in settings.keys_dir.iterdir()}
    assert ensure_identity(settings.data_dir) == first
    assert {path.name: path.read_bytes() for path in settings.keys_dir.iterdir()} == keys
    assert set(first) == {client.client_id for client in PREDEFINED}
    assert all(path.stat().st_mode & 0o077 == 0 for path in settings.keys_dir.iterdir())
    assert all(secret.encode() not in keys["clients.json"] for secret in first.values())
    assert b'"d"' not in keys["jwks.json"]


def test_a_client_added_later_gets_its_secret_and_the_others_keep_theirs(settings: HouseSettings) -> None:
    before = ensure_identity(settings.data_dir)
    county = Client("county-system", (Scope.INGEST_WRITE,), ("320681",))
    after = ensure_identity(settings.data_dir, (*PREDEFINED, county))
    assert after == before | {"county-system": after["county-system"]}
    register = json.loads((settings.keys_dir / "clients.json").read_bytes())
    assert register["county-system"]["authorities"] == ["320681"]


def test_without_an_identity_the_start_is_refused_with_what_to_do(settings: HouseSettings, clock: FrozenClock) -> None:
    with pytest.raises(StartRefused, match="start with `creditsync up`"):
        create_issuer(settings, clock)


def test_an_unknown_client_is_named_and_the_known_ones_listed(settings: HouseSettings, clock: FrozenClock) -> None:
    ensure_identity(settings.data_dir)
    with pytest.raises(StartRefused, match=r"no client ghost; known are .*auditor, .*enforcement-system"):
        mint(settings.data_dir, "ghost", issuer="i", audience="a", clock=clock)


def test_the_issuer_declares_its_routes(settings: HouseSettings, clock: FrozenClock) -> None:
    ensure_identity(settings.data_dir)
    app = create_issuer(settings, clock)
    assert undeclared_routes(app) == []
    assert {"POST /token", "GET /.well-known/jwks.json"} <= set(public_routes(app))


class CountingIssuer:
    """An ASGI application that counts what reaches the issuer."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.requests = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests += 1
        await self._app(scope, receive, send)


async def test_a_token_is_fetched_once_for_a_crowd_and_again_before_it_expires(
    settings: HouseSettings, clock: FrozenClock
) -> None:
    secret = ensure_identity(settings.data_dir)["operator"]
    counting = CountingIssuer(create_issuer(settings, clock))
    async with OutboundClient(settings.issuer, app=counting) as http:
        tokens = TokenSource(
            http, path=TOKEN_PATH, client_id="operator", client_secret=secret, scopes=["sync:read"], clock=clock
        )
        crowd = await asyncio.gather(*(tokens.headers() for _ in range(20)))
        assert len({headers["Authorization"] for headers in crowd}) == 1
        assert counting.requests == 1
        clock.advance(timedelta(minutes=59))
        await tokens.headers()
        assert counting.requests == 1
        clock.advance(timedelta(seconds=31))
        assert (await tokens.headers()) != crowd[0]
        assert counting.requests == 2
        tokens.forget()
        await tokens.headers()
        assert counting.requests == 3


async def test_a_refused_credential_is_unavailable_and_shows_no_secret(
    settings: HouseSettings, clock: FrozenClock
) -> None:
    ensure_identity(settings.data_dir)
    async with OutboundClient(settings.issuer, app=create_issuer(settings, clock)) as http:
        tokens = TokenSource(
            http, path=TOKEN_PATH, client_id="operator", client_secret="hidden", scopes=["sync:read"], clock=clock
        )
        with pytest.raises(Unavailable, match="answered 401") as refused:
            await tokens.headers()
    assert "hidden" not in str(refused.value)
