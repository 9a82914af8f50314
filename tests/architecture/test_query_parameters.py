"""No filter that is misspelt hands out another list: each route refuses what it does not take, and says so itself."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from services.house import SERVICES
from shared.web.query import KnownParameters, known_parameters
from shared.web.scopes import Scope
from tests.architecture.test_routes import app_of
from tests.support.web import TestIssuer

UNKNOWN = "urn:creditsync:problem:unknown-parameter"
STRAY = "knd_of_nothing"
OPEN_PAGES = {
    "disclosure": [
        "/column",
        "/column/records/{record_id}",
        "/column/serious-list",
        "/column/statements",
        "/column/statements/{record_id}",
        "/column/style.css",
    ],
    "ingest": [],
    "repair": ["/tracking", "/tracking/style.css"],
    "sync": [
        "/.well-known/creditsync-keys.json",
        "/certificates/style.css",
        "/certificates/{certificate_id}",
        "/certificates/{certificate_id}/document",
    ],
}
"""What citizens open, also by a link to which a mail program added something."""
MECHANICS = {"/health/alive", "/health/fresh", "/health/ready", "/metrics"}


def routes_of(app: FastAPI) -> list[APIRoute]:
    found = [one.original_route for one in iter_route_contexts(app.routes)]
    return [route for route in found if isinstance(route, APIRoute)]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_route_takes_is_what_its_document_says(name: str, tmp_path: Path) -> None:
    app = app_of(name, tmp_path)
    document = app.openapi()["paths"]
    for route in routes_of(app):
        for method in route.methods if route.include_in_schema else ():
            told = document[route.path][method.lower()].get("parameters", [])
            assert known_parameters(route) == {one["name"]: _repeats(one) for one in told if one["in"] == "query"}


def _repeats(told: dict[str, Any]) -> bool:
    kinds = told["schema"].get("anyOf", [told["schema"]])
    return any(one.get("type") == "array" for one in kinds)


@pytest.mark.parametrize("name", SERVICES)
def test_only_pages_for_everybody_ignore_what_they_do_not_know(name: str, tmp_path: Path) -> None:
    app, known = app_of(name, tmp_path), KnownParameters()
    ignoring = {route.path for route in routes_of(app) if known.of(route) is None}
    assert ignoring - MECHANICS == set(OPEN_PAGES[name])


@pytest.mark.parametrize("name", SERVICES)
async def test_every_other_route_refuses_a_parameter_that_it_does_not_know(name: str, tmp_path: Path) -> None:
    app, issuer, known = app_of(name, tmp_path), TestIssuer(), KnownParameters()
    app.state.verifier = issuer.verifier()
    bearer = issuer.bearer(scope=" ".join(Scope), authorities=["*"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://creditsync.test") as client:
        for route in routes_of(app):
            for method in route.methods if known.of(route) is not None else ():
                address = re.sub(r"\{.*?\}", "0", route.path)
                answer = await client.request(method, address, params={STRAY: "x"}, headers=bearer)
                assert (answer.status_code, answer.json()["type"]) == (422, UNKNOWN), (method, route.path)


@pytest.mark.parametrize("name", SERVICES)
def test_what_citizens_open_is_answered_to_head_too(name: str, tmp_path: Path) -> None:
    """So ask programs that preview links or watch pages."""
    routes = routes_of(app_of(name, tmp_path))
    asked = {route.path for route in routes if "HEAD" in route.methods}
    assert asked >= set(OPEN_PAGES[name])
