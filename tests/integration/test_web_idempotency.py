"""A changing call takes effect once, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import Column, String, Table, func, select, text

from shared.database.engine import Database
from shared.database.mechanics import idempotency_key, metadata, new_metadata
from shared.errors import CONFLICT, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, forget, once, reply
from shared.web.scopes import Scope
from tests.support.web import START, TestIssuer, calling

SCHEMA = "trial"
effects = new_metadata()
effect = Table("effect", effects, Column("body", String(200), nullable=False))


KEY = {
    "caller": "enforcement-system",
    "idempotency_key": "k1",
    "request_digest": b"d" * 32,
    "status": 201,
    "response": b"{}",
    "media_type": "application/json",
    "stored_at": START,
}


class Receipt(BaseModel):
    effects: int


class Desk:
    """An application with one changing route. A test can hold the work, and see how many are inside."""

    def __init__(self, database: Database, issuer: TestIssuer) -> None:
        self.database = database
        self.issuer = issuer
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.inside = asyncio.Semaphore(0)
        self.app = create_api(
            "desk", "Desk", routers=[self._router()], settings=HouseSettings(), verifier=issuer.verifier()
        )

    def _router(self) -> APIRouter:
        routes = APIRouter()

        @routes.post("/v1/effects")
        async def post(
            request: Request, caller: Annotated[Caller, requires(Scope.INGEST_WRITE)], dry: int = 0
        ) -> Response:
            call = await changing_call(request, caller)
            body = (await request.body()).decode()
            async with unit_of_work(self.database, self.issuer.clock) as work:
                return await once(work, call, lambda: self._work(work, body))

        return routes

    async def _work(self, work: UnitOfWork, body: str) -> Reply:
        await work.connection.execute(effect.insert(), {"body": body})
        self.inside.release()
        await self.go_on.wait()
        if body == "refuse me":
            raise Problem(CONFLICT, "Not now.")
        if body == "break":
            raise RuntimeError("broken")
        if body == "served between look and lock":
            await work.connection.execute(idempotency_key.insert(), KEY)
        count = (await work.connection.execute(select(func.count()).select_from(effect))).scalar_one()
        return reply(201, Receipt(effects=count))

    async def count(self) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(effect))).scalar_one()

    async def keys(self) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(idempotency_key))).scalar_one()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, SCHEMA)
    async with database.writing() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(effects.create_all)
    yield database
    await database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, TestIssuer())


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(desk.app) as client:
        yield client


def post(
    client: httpx.AsyncClient,
    desk: Desk,
    body: str,
    key: str = "k1",
    *,
    sub: str = "enforcement-system",
    query: str = "",
) -> "asyncio.Task[httpx.Response]":
    headers = {**desk.issuer.bearer(sub=sub), "Idempotency-Key": key}
    return asyncio.create_task(client.post(f"/v1/effects{query}", content=body, headers=headers))


async def test_a_repeated_call_gets_the_stored_answer_and_has_no_second_effect(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    first = await post(client, desk, "a")
    second = await post(client, desk, "a")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content == b'{"effects":1}'
    assert first.headers["content-type"] == second.headers["content-type"] == "application/json"
    assert "idempotent-replay" not in first.headers
    assert second.headers["idempotent-replay"] == "true"
    assert await desk.count() == 1


async def test_a_call_that_was_served_meanwhile_is_undone_and_told_to_ask_again(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    refused = await post(client, desk, "served between look and lock")
    assert (refused.status_code, refused.json()["detail"]) == (409, "The same request has just been served.")
    assert await desk.count() == await desk.keys() == 0


@pytest.mark.parametrize(("body", "query"), [("b", ""), ("a", "?dry=1")])
async def test_the_same_key_with_another_request_is_refused_and_nothing_stored(
    client: httpx.AsyncClient, desk: Desk, body: str, query: str
) -> None:
    await post(client, desk, "a")
    refused = await post(client, desk, body, query=query)
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:creditsync:problem:idempotency-key-reused"
    assert await desk.count() == 1


async def test_keys_of_two_callers_do_not_meet(client: httpx.AsyncClient, desk: Desk) -> None:
    await post(client, desk, "a")
    other = await post(client, desk, "b", sub="another-system")
    assert other.status_code == 201
    assert await desk.count() == 2


async def test_two_identical_calls_at_the_same_moment_have_one_effect(client: httpx.AsyncClient, desk: Desk) -> None:
    desk.go_on.clear()
    first = post(client, desk, "a")
    await asyncio.wait_for(desk.inside.acquire(), 60)
    second = post(client, desk, "a")
    if desk.database.dialect == "postgresql":
        told = await asyncio.wait_for(second, 60)
        assert told.status_code == 409
        assert told.json()["type"] == "urn:creditsync:problem:request-in-progress"
        assert told.headers["retry-after"] == "1"
    else:
        await asyncio.sleep(0.1)
        assert not second.done()
    desk.go_on.set()
    assert (await first).status_code == 201
    if desk.database.dialect == "sqlite":
        assert (await second).headers["idempotent-replay"] == "true"
    assert (await post(client, desk, "a")).headers["idempotent-replay"] == "true"
    assert await desk.count() == 1


async def test_a_crowd_of_identical_calls_has_one_effect(client: httpx.AsyncClient, desk: Desk) -> None:
    answers = await asyncio.gather(*(post(client, desk, "a") for _ in range(12)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum(answer.status_code == 201 and "idempotent-replay" not in answer.headers for answer in answers) == 1
    assert await desk.count() == 1


async def test_calls_with_different_keys_do_not_hinder_each_other(client: httpx.AsyncClient, desk: Desk) -> None:
    answers = await asyncio.gather(*(post(client, desk, f"body {n}", f"k{n}") for n in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert await desk.count() == 12


@pytest.mark.parametrize(("body", "status"), [("refuse me", 409), ("break", 500)])
async def test_a_call_that_failed_stores_nothing_and_frees_its_key(
    client: httpx.AsyncClient, desk: Desk, body: str, status: int
) -> None:
    assert (await post(client, desk, body)).status_code == status
    assert (await desk.count(), await desk.keys()) == (0, 0)
    assert (await post(client, desk, "a")).status_code == 201


async def test_a_changing_call_needs_a_usable_key(client: httpx.AsyncClient, desk: Desk) -> None:
    headers = desk.issuer.bearer()
    missing = await client.post("/v1/effects", content="a", headers=headers)
    assert missing.status_code == 400
    assert missing.json()["type"] == "urn:creditsync:problem:idempotency-key-missing"
    for key in ("x" * 201, "two words"):
        bad = await client.post("/v1/effects", content="a", headers={**headers, "Idempotency-Key": key})
        assert bad.status_code == 422
        assert bad.json()["errors"][0]["field"] == "Idempotency-Key"
    assert await desk.count() == 0


async def test_a_refused_token_stores_nothing(client: httpx.AsyncClient, desk: Desk) -> None:
    headers = {**desk.issuer.bearer(scope="ingest:read"), "Idempotency-Key": "k1"}
    assert (await client.post("/v1/effects", content="a", headers=headers)).status_code == 403
    assert (await desk.count(), await desk.keys()) == (0, 0)


async def test_old_keys_are_forgotten_and_young_ones_kept(client: httpx.AsyncClient, desk: Desk) -> None:
    await post(client, desk, "a", "old")
    desk.issuer.clock.advance(timedelta(minutes=10))
    await post(client, desk, "b", "young")
    async with desk.database.writing() as connection:
        assert await forget(connection, START + timedelta(minutes=5)) == 1
    assert "idempotent-replay" in (await post(client, desk, "b", "young")).headers
    assert "idempotent-replay" not in (await post(client, desk, "a", "old")).headers
