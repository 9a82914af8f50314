"""Parked events over HTTP: told by cause and never what they say, opened masked, sent back or discarded by a person."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from services.sync.app import TABLES, create_app
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.database.mechanics import audit_entry, outbox, parked_event
from shared.ids import new_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

DATABASES = [
    pytest.param("tmp_sqlite_url", id="sqlite"),
    pytest.param("postgres_url", id="postgresql", marks=pytest.mark.real),
]
QUEUE = "sync.publications"
OFFLINE = "sync.take_downs"
ABOUT = "a" * 32


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(TABLES.upgrade, database_url)
    database = Database(database_url, "sync")
    yield database
    await database.close()


class People:
    """Callers by their scopes; each change has a fresh key unless one is given."""

    def __init__(self, client: httpx.AsyncClient, issuer: TestIssuer) -> None:
        self._client, self._issuer = client, issuer

    def _headers(self, scope: str) -> dict[str, str]:
        now = int(SystemClock().now().timestamp())
        return self._issuer.bearer(scope=scope, sub=scope.replace(" ", "+"), nbf=now - 1, exp=now + 600)

    async def get(self, path: str, scope: str = "sync:read") -> httpx.Response:
        return await self._client.get(f"/v1/parked-events{path}", headers=self._headers(scope))

    async def post(self, scope: str, queue: str = QUEUE, key: str | None = None, **body: Any) -> httpx.Response:
        headers = self._headers(scope) | {"Idempotency-Key": key or new_id()}
        body = {"remedy": "retry", "reason": "the handler was mended", **body}
        return await self._client.post(f"/v1/parked-events/{queue}", json=body, headers=headers)


@pytest.fixture
async def people(database: Database, tmp_path: Path) -> AsyncIterator[People]:
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    app = create_app(SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path), database)
    async with calling(app) as client:
        yield People(client, issuer)


def _row(number: int, queue: str = QUEUE, kind: str = "publication.online", **more: object) -> dict[str, object]:
    event = {"subject": ABOUT, "data": {"name": "某人", "remark": "身份证 110101199003070715", "generation": number}}
    return {
        "parked_id": f"{number:032x}",
        "queue": queue,
        "message_id": "m",
        "position": number,
        "type": kind,
        "event": json.dumps(event, ensure_ascii=False),
        "reason": "ValueError: 110101199003070715 is not known",
        "parked_at": datetime(2026, 3, 1, 0, 0, number % 60, tzinfo=UTC),
        **more,
    }


def _readable(number: int) -> dict[str, object]:
    told = {"record_id": ABOUT, "generation": number, "audience": "credit_sites", "reason": "window_expired"}
    data = {**told, "offline_on": "2026-03-01", "due_at": "2026-03-02T00:00:00Z"}
    envelope = {"id": new_id(), "source": "/creditsync/disclosure", "subject": ABOUT, "time": "2026-03-01T00:00:00Z"}
    kind = "publication.offline"
    event = json.dumps({"specversion": "1.0", "type": kind, **envelope, "data": data})
    return _row(number, OFFLINE, kind, event=event)


async def _park(database: Database, *rows: dict[str, object]) -> None:
    async with database.writing() as connection:
        await connection.execute(parked_event.insert(), list(rows))


async def _parked(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(parked_event))).scalar_one())


async def _sent_back(database: Database) -> list[tuple[str, str, list[Any]]]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.outbox_id))).all()
    return [(row.routing_key, row.type, json.loads(row.body)) for row in rows]


async def _acts(database: Database) -> list[Any]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(audit_entry).order_by(audit_entry.c.entry_id))).all()
    return [row for row in rows if row.action != "call.taken"]


async def test_parked_events_are_counted_by_cause_and_not_told(database: Database, people: People) -> None:
    broken = _row(4, reason="0.data.record.region: String should have at most 12 characters")
    await _park(database, _row(1, "sync.calendar", "calendar.year_loaded"), _row(2), _row(3), broken)
    answer = await people.get("")
    told = answer.json()
    assert [(one["queue"], one["type"], one["cause"], one["events"]) for one in told] == [
        ("sync.calendar", "calendar.year_loaded", "ValueError", 1),
        (QUEUE, "publication.online", "0.data.record.region", 1),
        (QUEUE, "publication.online", "ValueError", 2),
    ]
    assert told[2]["oldest_at"] < told[2]["newest_at"]
    assert (await people.get("", "repair:read")).status_code == 403
    listed = await people.get(f"/{QUEUE}?cause=ValueError&limit=1&total=true")
    assert listed.json()["total"] == {"items": 2, "or_more": False}
    [one], cursor = listed.json()["items"], listed.json()["next"]
    assert (one["about"], one["parked_id"]) == (ABOUT, f"{2:032x}")
    rest = (await people.get(f"/{QUEUE}?cause=ValueError&cursor={cursor}")).json()
    assert ([one["parked_id"] for one in rest["items"]], rest["next"]) == ([f"{3:032x}"], None)
    for said in (answer.text, listed.text):
        assert "某人" not in said and "110101" not in said


async def test_one_event_is_opened_without_personal_data_and_the_look_is_kept(
    database: Database, people: People
) -> None:
    await _park(database, _row(1), _readable(2))
    assert (await people.get(f"/{QUEUE}/{1:032x}")).status_code == 403
    opened = await people.get(f"/{QUEUE}/{1:032x}", "events:settle")
    assert opened.json()["event"]["data"]["generation"] == 1
    assert (opened.json()["readable"], opened.json()["cause"]) == (False, "ValueError")
    assert "某人" not in opened.text and "110101" not in opened.text
    assert (await people.get(f"/{OFFLINE}/{2:032x}", "events:settle")).json()["readable"] is True
    for unknown in (f"/{QUEUE}/{2:032x}", f"/{QUEUE}/{9:032x}", f"/{QUEUE}/nonsense"):
        assert (await people.get(unknown, "events:settle")).status_code == 404
    looks = [(act.action, act.actor, act.subject) for act in await _acts(database)]
    assert looks == [("parked_event.opened", "events:settle", f"{number:032x}") for number in (1, 2)]


async def test_events_go_back_to_their_own_queue_once_after_a_dry_run(database: Database, people: People) -> None:
    await _park(database, _row(1), _readable(2), _readable(3), _row(4, OFFLINE, reason="KeyError: x"))
    tried = (await people.post("events:settle", OFFLINE, dry_run=True)).json()
    assert tried == {"events": 3, "unreadable": 1, "left": 0, "dry_run": True}
    assert (await _parked(database), await _sent_back(database)) == (4, [])
    key = new_id()
    for _ in range(2):
        done = await people.post("events:settle", OFFLINE, key, type="publication.offline", cause="ValueError")
        assert done.json() == {"events": 2, "unreadable": 0, "left": 0, "dry_run": False}
    [(routing_key, kind, events)] = await _sent_back(database)
    assert (routing_key, kind) == (f"queue.{OFFLINE}", "publication.offline")
    assert [one["data"]["generation"] for one in events] == [2, 3]
    assert await _parked(database) == 2
    [act] = await _acts(database)
    assert (act.action, act.actor, act.reason) == ("parked_events.retried", "events:settle", "the handler was mended")
    assert (act.effect_rows, json.loads(act.payload)["queues"]) == (2, [OFFLINE])


async def test_what_is_discarded_needs_who_may_approve_and_leaves_a_digest(database: Database, people: People) -> None:
    await _park(database, _row(1), _row(2))
    one = [f"{1:032x}"]
    refused = await people.post("events:settle", remedy="discard", parked_ids=one)
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "events:approve")
    assert (await people.post("sync:read", parked_ids=one)).status_code == 403
    assert (await people.post("events:settle events:approve", remedy="discard", reason=" ")).status_code == 422
    done = await people.post("events:settle events:approve", remedy="discard", reason="told twice", parked_ids=one)
    assert (done.json()["events"], await _parked(database), await _sent_back(database)) == (1, 1, [])
    [act] = await _acts(database)
    assert (act.action, act.reason, act.subject) == ("parked_events.discarded", "told twice", one[0])
    assert act.effect_rows == 1 and len(act.effect_digest) == 64


async def test_more_than_one_may_settle_alone_needs_who_may_approve(database: Database, people: People) -> None:
    await _park(database, *(_readable(number) for number in range(1, 152)))
    refused = await people.post("events:settle", OFFLINE)
    assert refused.status_code == 403
    assert "151" in refused.json()["detail"] and await _parked(database) == 151
    assert (await people.post("events:settle events:approve", OFFLINE)).json()["events"] == 151
    assert [len(events) for _, _, events in await _sent_back(database)] == [100, 51]
