"""Dead letters over HTTP: told by cause and never what they say, sent back by a person with a reason, on both buses."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.sync.app import TABLES, create_app
from services.sync.dead_letters.api import dead_letter_router
from services.sync.dead_letters.office import MOST_AT_ONCE, DeadLetterOffice, tell_dead_letters
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.contracts.events import PublicationOffline
from shared.database.engine import Database
from shared.database.mechanics import audit_entry
from shared.errors import Unavailable
from shared.evidence.entry import effect_of
from shared.ids import new_id
from shared.messaging import metrics
from shared.messaging.bus import ALL, Bus, Message, Which
from shared.messaging.topology import QUEUES, own_key
from shared.web.app import create_api
from shared.web.verifier import verifier_for
from tests.support.buses import make_bus, next_of, opened
from tests.support.messaging_house import WrappedBus
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

HOUSES = [
    pytest.param(("tmp_sqlite_url", None), id="sqlite-embedded"),
    pytest.param(("postgres_url", "amqp_url"), id="postgresql-rabbitmq", marks=pytest.mark.real),
]
QUEUE, OTHER = "sync.take_downs", "repair.calendar"
ABOUT = "a" * 32
OFFLINE = PublicationOffline.TYPE
BODY = "the body is not a JSON array of events"


@pytest.fixture(params=HOUSES)
def addresses(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Of the database and of the bus."""
    database, bus = request.param
    return str(request.getfixturevalue(database)), (
        str(request.getfixturevalue(bus)) if bus else f"sqlite+aiosqlite:///{tmp_path / 'bus.db'}"
    )


@pytest.fixture
async def database(addresses: tuple[str, str]) -> AsyncIterator[Database]:
    await asyncio.to_thread(TABLES.upgrade, addresses[0])
    database = Database(addresses[0], "sync")
    yield database
    await database.close()


@pytest.fixture
async def bus(addresses: tuple[str, str]) -> AsyncIterator[Bus]:
    async with opened(make_bus(addresses[1], topology=QUEUES)) as bus:
        yield bus


class People:
    """Callers by their scopes; each change has a fresh key unless one is given."""

    def __init__(self, client: httpx.AsyncClient, issuer: TestIssuer) -> None:
        self._client, self._issuer = client, issuer

    def _headers(self, scope: str) -> dict[str, str]:
        now = int(SystemClock().now().timestamp())
        return self._issuer.bearer(scope=scope, sub=scope.replace(" ", "+"), nbf=now - 1, exp=now + 600)

    async def get(self, path: str = "", scope: str = "sync:read") -> httpx.Response:
        return await self._client.get(f"/v1/dead-letters{path}", headers=self._headers(scope))

    async def post(self, scope: str, queue: str = QUEUE, key: str | None = None, **body: Any) -> httpx.Response:
        headers = self._headers(scope) | {"Idempotency-Key": key or new_id()}
        body = {"reason": "the worker has more memory now", **body}
        return await self._client.post(f"/v1/dead-letters/{queue}", json=body, headers=headers)


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()


@pytest.fixture
def settings(issuer: TestIssuer, addresses: tuple[str, str], tmp_path: Path) -> SyncSettings:
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    return SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path, bus_url=addresses[1])


@pytest.fixture
async def people(database: Database, issuer: TestIssuer, settings: SyncSettings) -> AsyncIterator[People]:
    async with calling(create_app(settings, database)) as client:
        yield People(client, issuer)


def _told(subject: str = ABOUT) -> bytes:
    return json.dumps([{"subject": subject, "data": {"name": "某人", "phone": "13912345678"}}]).encode()


async def _bury(bus: Bus, reason: str, *bodies: bytes, queue: str = QUEUE, kind: str = OFFLINE) -> None:
    await bus.publish([Message(new_id(), kind, own_key(queue), body) for body in bodies])
    async with bus.consume(queue, prefetch=10) as deliveries:
        for _ in bodies:
            await (await next_of(deliveries)).dead_letter(reason)


async def _acts(database: Database) -> list[Any]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(audit_entry).order_by(audit_entry.c.entry_id))).all()
    return [row for row in rows if row.action != "call.taken"]


async def test_dead_letters_of_all_services_are_merged_by_cause_and_not_told(bus: Bus, people: People) -> None:
    await _bury(bus, "delivery limit", _told(), _told("13912345678"))
    await _bury(bus, BODY, b"\xe6\x9f\x90 13912345678")
    await _bury(bus, "the type is not in the catalogue", _told(), queue=OTHER, kind="of.tomorrow")
    answer = await people.get()
    items = answer.json()["items"]
    assert [(one["queue"], one["type"], one["cause"], one["letters"], one["in_queue"]) for one in items] == [
        (OTHER, "of.tomorrow", "the type is not in the catalogue", 1, 1),
        (QUEUE, OFFLINE, "delivery limit", 2, 3),
        (QUEUE, OFFLINE, BODY, 1, 3),
    ]
    tomorrow, limit, broken = (one["sample"] for one in items)
    assert (limit["about"], limit["events"], limit["readable"], limit["attempts"]) == (ABOUT, 1, True, 1)
    assert (broken["about"], broken["events"], broken["readable"]) == (None, None, False)
    assert (tomorrow["about"], tomorrow["readable"]) == (ABOUT, False)
    assert items[1]["oldest_at"] <= items[1]["newest_at"]
    assert "某人" not in answer.text and "1391234" not in answer.text
    first = (await people.get("?limit=2&total=true")).json()
    assert first["total"] == {"items": 3, "or_more": False}
    rest = (await people.get(f"?limit=2&cursor={first['next']}")).json()
    assert first["items"] + rest["items"] == items and rest["next"] is None
    assert [one["queue"] for one in (await people.get(f"?queue={OTHER}")).json()["items"]] == [OTHER]
    counts = [{"queue": OTHER, "letters": 1}, {"queue": QUEUE, "letters": 3}]
    assert (await people.get("/counts")).json() == counts
    await tell_dead_letters(bus)
    assert metrics.DEAD_LETTERS.labels(QUEUE)._value.get() == 3


async def test_letters_go_back_to_their_own_queue_once_after_a_dry_run_with_who_and_why(
    bus: Bus, people: People, database: Database
) -> None:
    await _bury(bus, "delivery limit", _told(), _told())
    await _bury(bus, BODY, b"nothing")
    tried = (await people.post("events:settle", cause="delivery limit", dry_run=True)).json()
    assert (tried["letters"], tried["others"], tried["dry_run"]) == (2, 1, True)
    assert ((await bus.dead_counts())[QUEUE], await _acts(database)) == (3, [])
    key = new_id()
    first, again = [await people.post("events:settle", key=key, cause="delivery limit", type=OFFLINE) for _ in range(2)]
    assert first.json() == again.json() and (first.json()["letters"], first.json()["others"]) == (2, 1)
    depths = await bus.depths()
    assert (depths[QUEUE], depths[f"{QUEUE}.dead"]) == (2, 1)
    [act] = await _acts(database)
    assert (act.action, act.actor, act.subject) == ("dead_letters.replayed", "events:settle", QUEUE)
    assert (act.reason, act.effect_rows) == ("the worker has more memory now", 2)
    assert json.loads(act.payload)["causes"] == ["delivery limit"]


async def test_a_call_that_the_broker_never_heard_of_is_brought_about_by_its_repetition(
    bus: Bus, people: People, database: Database
) -> None:
    await _bury(bus, "delivery limit", _told())
    key = new_id()
    assert (await people.post("events:settle", key=key)).status_code == 200
    async with bus.consume(QUEUE, prefetch=1) as deliveries:
        await (await next_of(deliveries)).dead_letter("delivery limit")
    assert (await people.post("events:settle", key=key)).status_code == 200
    assert (await bus.dead_counts())[QUEUE] == 1, "it died after the decision: a repetition is no new one"
    assert (await people.post("events:settle")).json()["letters"] == 1
    assert (await bus.dead_counts())[QUEUE] == 0
    assert len(await _acts(database)) == 2


class DiesBeforeTheBroker(WrappedBus):
    """Of a process that is killed when its decision is stored and the broker was not asked yet."""

    async def replay(self, queue: str, *, limit: int, which: Which = ALL) -> int:
        raise Unavailable("killed")


async def test_what_was_decided_by_a_call_that_was_killed_goes_back_when_it_is_repeated_and_nothing_else(
    bus: Bus, people: People, database: Database, issuer: TestIssuer, settings: SyncSettings
) -> None:
    await _bury(bus, "delivery limit", _told(), _told())
    clock, key = settings.clock(), new_id()
    office = DeadLetterOffice(lambda: DiesBeforeTheBroker(make_bus(settings.bus_address(), topology=QUEUES)))
    router = dead_letter_router(database, clock, office)
    dying = create_api("sync", "sync", routers=[router], settings=settings, verifier=verifier_for(settings, clock))
    async with calling(dying) as client:
        assert (await People(client, issuer).post("events:settle", key=key)).status_code == 503
    [act] = await _acts(database)
    assert (act.effect_rows, (await bus.dead_counts())[QUEUE]) == (2, 2)
    await _bury(bus, "delivery limit", _told())
    assert (await people.post("events:settle", key=key)).json()["letters"] == 2
    depths = await bus.depths()
    assert (depths[QUEUE], depths[f"{QUEUE}.dead"]) == (2, 1)
    assert len(await _acts(database)) == 1


async def test_of_more_than_one_call_is_about_those_go_back_that_were_decided_on_however_often_it_is_repeated(
    bus: Bus, people: People, database: Database
) -> None:
    await _bury(bus, "delivery limit", *(_told() for _ in range(MOST_AT_ONCE + 20)))
    letters = await bus.dead_letters(QUEUE, limit=2 * MOST_AT_ONCE)
    digests = {one.mark.name: one.mark.digest for one in letters}
    key = new_id()
    first, again = [await people.post("events:settle events:approve", key=key) for _ in range(2)]
    decided = first.json()["message_ids"]
    assert first.json() == again.json() and (first.json()["letters"], first.json()["others"]) == (MOST_AT_ONCE, 20)
    depths = await bus.depths()
    assert (depths[QUEUE], depths[f"{QUEUE}.dead"]) == (MOST_AT_ONCE, 20)
    left = {one.mark.name for one in await bus.dead_letters(QUEUE, limit=MOST_AT_ONCE)}
    assert left == set(digests) - set(decided)
    [act] = await _acts(database)
    effect = effect_of(f"{name} {digests[name]}" for name in decided)
    assert (act.effect_rows, act.effect_digest) == (MOST_AT_ONCE, effect.digest)


async def test_letters_are_discarded_by_who_may_approve_and_stay_in_the_audit_log_as_digests(
    bus: Bus, people: People, database: Database
) -> None:
    await _bury(bus, BODY, b"nothing", b"nothing else")
    await _bury(bus, "delivery limit", _told())
    doomed = {one.message.message_id: one.mark.digest for one in await bus.dead_letters(QUEUE, limit=10)}
    discard = {"remedy": "discard", "cause": BODY, "reason": "the sender told it anew"}
    tried = (await people.post("events:settle", **discard, dry_run=True)).json()
    assert (tried["letters"], tried["others"], tried["dry_run"]) == (2, 1, True)
    alone = await people.post("events:settle", **discard)
    assert (alone.status_code, "events:approve" in alone.json()["detail"]) == (403, True)
    assert ((await bus.dead_counts())[QUEUE], await _acts(database)) == (3, [])
    before, key = metrics.DEAD_LETTERS_DISCARDED.labels(QUEUE)._value.get(), new_id()
    first, again = [await people.post("events:settle events:approve", key=key, **discard) for _ in range(2)]
    assert first.json() == again.json()
    gone = first.json()["message_ids"]
    assert (len(gone), set(gone) <= set(doomed)) == (2, True)
    [left] = await bus.dead_letters(QUEUE, limit=10)
    assert (left.cause, left.message.body) == ("delivery limit", _told())
    assert metrics.DEAD_LETTERS_DISCARDED.labels(QUEUE)._value.get() == before + 2
    [act] = await _acts(database)
    assert (act.action, act.actor, act.subject) == (
        "dead_letters.discarded", "events:settle+events:approve", QUEUE
    )  # fmt: skip
    assert (act.reason, act.effect_rows) == ("the sender told it anew", 2)
    assert sorted(json.loads(act.payload)["messages"]) == sorted(gone)
    assert act.effect_digest in {
        effect_of(f"{one} {doomed[one]}" for one in order).digest for order in (gone, gone[::-1])
    }
    assert (await people.post("events:settle events:approve", **discard)).json()["letters"] == 0


async def test_who_may_not_and_what_is_not_there_is_refused_with_a_sentence(bus: Bus, people: People) -> None:
    await _bury(bus, "delivery limit", *(_told() for _ in range(51)))
    assert (await people.get("", "repair:read")).status_code == 403
    assert (await people.post("sync:read")).status_code == 403
    assert (await people.post("events:settle", reason=" ")).status_code == 422
    unknown = await people.post("events:settle", "sync.nothing")
    assert unknown.status_code == 404 and QUEUE in unknown.json()["detail"]
    assert (await people.get("?queue=sync.nothing")).status_code == 404
    assert (await people.get("?cursor=WzFd")).status_code == 422
    many = await people.post("events:settle")
    assert (many.status_code, "51 messages" in many.json()["detail"]) == (403, True)
    assert (await bus.dead_counts())[QUEUE] == 51
    assert (await people.post("events:settle events:approve")).json()["letters"] == 51
    assert (await bus.dead_counts())[QUEUE] == 0


async def test_a_bus_that_is_away_is_said_and_nothing_is_decided(
    people: People, database: Database, addresses: tuple[str, str], tmp_path: Path
) -> None:
    issuer = TestIssuer()
    keys = tmp_path / "other.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    settings = SyncSettings(
        issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path, bus_url="amqp://guest:guest@127.0.0.1:1/x"
    )
    async with calling(create_app(settings, database)) as client:
        nobody = People(client, issuer)
        assert (await nobody.get("/counts")).status_code == 503
        assert (await nobody.post("events:settle")).status_code == 503
    assert await _acts(database) == []
