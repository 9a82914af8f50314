"""Parked events over HTTP: counted by queue and type, and nothing of what they say leaves the house."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from services.sync.app import TABLES, create_app
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.database.mechanics import parked_event
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

DATABASES = [
    pytest.param("tmp_sqlite_url", id="sqlite"),
    pytest.param("postgres_url", id="postgresql", marks=pytest.mark.real),
]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(TABLES.upgrade, database_url)
    database = Database(database_url, "sync")
    yield database
    await database.close()


def _row(number: int, queue: str, kind: str) -> dict[str, object]:
    return {
        "parked_id": f"{number:032x}",
        "queue": queue,
        "message_id": "m",
        "position": number,
        "type": kind,
        "event": '{"name": "某人"}',
        "reason": "ValueError: 某人",
        "parked_at": datetime(2026, 3, number, tzinfo=UTC),
    }


async def test_parked_events_are_counted_and_not_told(database: Database, tmp_path: Path) -> None:
    rows = [
        _row(1, "sync.calendar", "calendar.year_loaded"),
        _row(2, "sync.publications", "publication.online"),
        _row(3, "sync.publications", "publication.online"),
    ]
    async with database.writing() as connection:
        await connection.execute(parked_event.insert(), rows)
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    app = create_app(SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path), database)
    now = int(SystemClock().now().timestamp())
    async with calling(app) as client:
        answers: list[httpx.Response] = [
            await client.get("/v1/parked-events", headers=issuer.bearer(scope=scope, nbf=now - 1, exp=now + 600))
            for scope in ("sync:read", "repair:read")
        ]
    assert [answer.status_code for answer in answers] == [200, 403]
    told = answers[0].json()
    assert [(one["queue"], one["type"], one["events"]) for one in told] == [
        ("sync.calendar", "calendar.year_loaded", 1),
        ("sync.publications", "publication.online", 2),
    ]
    assert told[1]["oldest_at"] < told[1]["newest_at"]
    assert "某人" not in answers[0].text
