from typing import Annotated

import pytest
from fastapi import APIRouter

from shared.errors import FOREIGN_AUTHORITY, Problem
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.auth import PUBLIC, public_routes, requires, undeclared_routes
from shared.web.caller import Caller
from shared.web.scopes import MEANINGS, Scope
from tests.support.web import TestIssuer, calling


def router() -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.get("/placements")
    async def placements(caller: Annotated[Caller, requires(Scope.SYNC_READ)]) -> dict[str, str]:
        return {"caller": caller.client_id}

    @routes.get("/column", dependencies=[PUBLIC])
    async def column() -> dict[str, str]:
        return {"column": "open"}

    return routes


def forgetful() -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.post("/records/{record_id}")
    async def records(record_id: str) -> None:
        return None

    return routes


async def test_a_route_that_forgets_its_scope_is_found_even_inside_an_included_router() -> None:
    outer = APIRouter()
    outer.include_router(forgetful(), prefix="/inner")
    outer.include_router(router())
    app = create_api("sync", "Sync", routers=[outer], settings=HouseSettings(), verifier=None)
    assert undeclared_routes(app) == ["POST /inner/v1/records/{record_id}"]


async def test_only_health_and_marked_pages_are_public() -> None:
    app = create_api("sync", "Sync", routers=[router()], settings=HouseSettings(), verifier=None)
    assert undeclared_routes(app) == []
    assert public_routes(app) == ["GET /health/alive", "GET /health/fresh", "GET /health/ready", "GET /v1/column"]


@pytest.mark.parametrize(
    ("headers", "status", "challenge"),
    [
        ({}, 401, 'Bearer error="invalid_token"'),
        ({"Authorization": "Basic b3BlcmF0b3I6eA=="}, 401, 'Bearer error="invalid_token"'),
        ({"Authorization": "Bearer "}, 401, 'Bearer error="invalid_token"'),
        ({"Authorization": "Bearer a.b.c"}, 401, 'Bearer error="invalid_token"'),
    ],
)
async def test_no_identity_no_entry(headers: dict[str, str], status: int, challenge: str) -> None:
    issuer = TestIssuer()
    app = create_api("sync", "Sync", routers=[router()], settings=HouseSettings(), verifier=issuer.verifier())
    async with calling(app) as client:
        answer = await client.get("/v1/placements", headers=headers)
    assert answer.status_code == status
    assert answer.headers["WWW-Authenticate"] == challenge
    assert answer.json()["type"] == "urn:creditsync:problem:authentication-required"


async def test_a_token_opens_what_its_scopes_name_and_nothing_else() -> None:
    issuer = TestIssuer()
    app = create_api("sync", "Sync", routers=[router()], settings=HouseSettings(), verifier=issuer.verifier())
    async with calling(app) as client:
        allowed = await client.get("/v1/placements", headers=issuer.bearer(scope="sync:read"))
        refused = await client.get("/v1/placements", headers=issuer.bearer(scope="sync:operate sync:reading"))
        metrics = await client.get("/metrics", headers=issuer.bearer(scope="sync:read"))
        unnamed = await client.get("/metrics")
    assert allowed.json() == {"caller": "enforcement-system"}
    assert refused.status_code == 403
    assert refused.json()["required_scope"] == "sync:read"
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="sync:read"'
    assert (metrics.status_code, unnamed.status_code) == (403, 401)


async def test_without_a_verifier_no_token_counts() -> None:
    issuer = TestIssuer()
    app = create_api("sync", "Sync", routers=[router()], settings=HouseSettings(), verifier=None)
    async with calling(app) as client:
        assert (await client.get("/v1/placements", headers=issuer.bearer(scope="sync:read"))).status_code == 401
        assert (await client.get("/v1/column")).json() == {"column": "open"}


async def test_the_openapi_document_names_the_scope_of_each_route_and_the_form_of_problems() -> None:
    app = create_api("sync", "Sync", routers=[router()], settings=HouseSettings(), verifier=None)
    async with calling(app) as client:
        document = (await client.get("/openapi.json")).json()
        assert (await client.get("/docs")).status_code == 404
    operation = document["paths"]["/v1/placements"]["get"]
    assert operation["security"] == [{"bearer": ["sync:read"]}]
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert "security" not in document["paths"]["/v1/column"]["get"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_a_caller_writes_for_its_own_authorities_only() -> None:
    caller = Caller("county", frozenset(), frozenset({"320681", "320682"}))
    caller.must_write_for("320681", "320682")
    with pytest.raises(Problem) as refused:
        caller.must_write_for("320681", "320600", "320500")
    assert refused.value.kind is FOREIGN_AUTHORITY
    assert refused.value.members == {"authorities": ["320500", "320600"]}
    assert caller.foreign(["320681", "320600", "320600"]) == {"320600"}


def test_a_caller_without_authorities_writes_for_none_and_a_province_for_all() -> None:
    assert not Caller("nobody", frozenset(), frozenset()).may_write_for("320600")
    assert Caller("province", frozenset(), frozenset({"*"})).may_write_for("320600")
    assert not Caller("county", frozenset(), frozenset({"320681"})).may_write_for("*")


def test_every_scope_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Scope)
