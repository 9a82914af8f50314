"""No route without an identity (G15): every one declares its scope, and the open ones are known here by name."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from services.house import SERVICES
from services.issuer import create_issuer, ensure_identity
from services.sync.dashboard.app import create_app as create_dashboard
from services.sync.dashboard.settings import DashboardSettings
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.settings import HouseSettings
from shared.web.auth import public_routes, undeclared_routes

HEALTH = ["GET /health/alive", "GET /health/fresh", "GET /health/ready"]
COLUMN = [
    "GET /column",
    "GET /column/records/{record_id}",
    "GET /column/serious-list",
    "GET /column/statements",
    "GET /column/statements/{record_id}",
    "GET /column/style.css",
    "GET /v1/column/records",
    "GET /v1/column/records.csv",
    "GET /v1/column/records/{record_id}",
    "GET /v1/column/statements",
    "GET /v1/column/statements.csv",
    "GET /v1/column/statements/{record_id}",
]
"""The bureau's own column (双公示专栏): whoever reads it needs no identity."""

CERTIFICATES = [
    "GET /.well-known/creditsync-keys.json",
    "GET /certificates/style.css",
    "GET /certificates/{certificate_id}",
    "GET /certificates/{certificate_id}/document",
]
"""Whoever holds a take-down certificate (下线证明) may check it."""

PAPERS = ["GET /v1/repair-materials/{material_id}/content"]
"""Whoever holds a link that was given out, signed and for some minutes, may fetch the one paper behind it."""

TRACKING = ["GET /tracking", "GET /tracking/style.css", "POST /tracking", "POST /v1/repair-tracking"]
"""An applicant follows its application by tracking number (查询码) and the end of its credit code, without login."""

OPEN = {
    "ingest": sorted([*HEALTH, "GET /v1/permission-catalogue", "GET /v1/permission-catalogue.csv"]),
    "disclosure": sorted([*HEALTH, *COLUMN, "GET /v1/serious-list/in-force", "GET /v1/serious-list/in-force.csv"]),
    "repair": sorted([*HEALTH, *PAPERS, *TRACKING]),
    "sync": sorted([*HEALTH, *CERTIFICATES]),
    "issuer": sorted(
        [
            *HEALTH,
            "GET /.well-known/jwks.json",
            "GET /.well-known/openid-configuration",
            "GET /accounts.css",
            "GET /authorize",
            "GET /invitation",
            "POST /authorize",
            "POST /invitation",
            "POST /token",
        ]
    ),
    "dashboard": sorted(
        [*HEALTH, "GET /sign-in", "GET /sign-in/callback", "GET /static/{digest}/{name}", "POST /sign-out"]
    ),
}


def app_of(name: str, data_dir: Path, **settings: Any) -> FastAPI:
    ensure_identity(data_dir)
    if name == "issuer":
        return create_issuer(HouseSettings(data_dir=data_dir, **settings), SystemClock())
    if name == "dashboard":
        return create_dashboard(DashboardSettings(data_dir=data_dir, **settings))
    service = SERVICES[name]
    return service.app(
        service.settings(data_dir=data_dir, **settings), Database(f"sqlite+aiosqlite:///{data_dir / 'x.db'}", name)
    )


@pytest.mark.parametrize("name", OPEN)
def test_every_route_declares_who_may_call_it_and_only_known_ones_are_open(name: str, tmp_path: Path) -> None:
    app = app_of(name, tmp_path)
    assert undeclared_routes(app) == []
    heads = {f"HEAD {path}" for path in (one.removeprefix("GET ") for one in OPEN[name])}
    assert [one for one in public_routes(app) if one not in heads] == OPEN[name]


@pytest.mark.parametrize("name", OPEN)
def test_metrics_are_open_only_where_the_operator_says_so(name: str, tmp_path: Path) -> None:
    assert "GET /metrics" not in public_routes(app_of(name, tmp_path))
    assert "GET /metrics" in public_routes(app_of(name, tmp_path, metrics_public=True))


def test_every_service_of_the_house_is_looked_at() -> None:
    assert set(OPEN) == {*SERVICES, "issuer", "dashboard"}
