"""The feed of attempts: newest first, each met once, filtered, and told with what its order waits for."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sync.app import create_app
from services.sync.settings import SyncSettings
from shared.clock import SystemClock
from shared.web.pagination import encoded
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, SyncHouse, offline, online, record, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

ATTEMPTS = "/v1/push-attempts"


@pytest.fixture
async def client(house: SyncHouse, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    app = create_app(SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path), house.database)
    now = int(SystemClock().now().timestamp())
    async with calling(app) as caller:
        app.state.desk = replace(app.state.desk, clock=house.clock)
        caller.headers.update(issuer.bearer(scope="sync:read", nbf=now - 1, exp=now + 600))
        yield caller


async def _attempts(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """Whatever is asked for, the list says how many there are."""
    answer = await client.get(ATTEMPTS, params={**query, "total": True})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert (page["next"], page["total"]) == (None, {"items": len(page["items"]), "or_more": False})
    return list(page["items"])


async def _of(client: httpx.AsyncClient, **query: Any) -> set[str]:
    return {one["record_id"] for one in await _attempts(client, **query)}


@pytest.mark.parametrize("position", [["x"], ["x", 1], [1, "x"], ["2026-01-01T00:00", 1, 2], ["2026-01-01T00:00", "1"]])
async def test_a_cursor_of_another_list_is_refused(client: httpx.AsyncClient, position: list[str | int]) -> None:
    answer = await client.get(ATTEMPTS, params={"cursor": encoded(position)})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_an_attempt_tells_its_record_its_way_and_that_it_is_tried_again(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    house.china.plan(record(1), Act.UNCERTAIN_UNDONE)
    await house.hear(online(1))
    await house.push()
    [one] = await _attempts(client, portal=CHINA)
    assert one["next_push_at"] is not None
    await house.settle(rounds=20, step=timedelta(minutes=1))
    newest, first = await _attempts(client, portal=CHINA)
    assert (first["outcome"], first["number"], newest["outcome"], newest["number"]) == ("uncertain", 1, "taken", 2)
    assert first["idempotency_key"] == newest["idempotency_key"] == f"{record_id(1)}-1"
    assert (first["document_number"], first["take_down"], first["next_push_at"]) == (
        record(1).document_number,
        False,
        None,
    )
    await house.hear(offline(1))
    await house.push()
    assert [one["take_down"] for one in await _attempts(client, portal=CHINA)] == [True, False, False]


async def test_the_feed_is_filtered_by_portal_outcome_code_way_record_name_and_age(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1)
    house.china.plan(record(2), Act.REFUSE)
    await house.hear(online(2), offline(1))
    await house.push()
    [refused] = await _attempts(client, failed=True)
    assert (refused["record_id"], refused["outcome"]) == (record_id(2), "refused")
    assert await _of(client, outcome="refused") == await _of(client, code=refused["code"]) == {record_id(2)}
    assert await _of(client, code="no such code") == set()
    assert await _of(client, take_down=True) == {record_id(1)}
    assert await _of(client, record_id=record_id(2)) == await _of(client, q="试样2号") == {record_id(2)}
    assert await _of(client, q="nobody") == set()
    assert {one["portal"] for one in await _attempts(client, portal=CHINA)} == {CHINA}
    house.clock.advance(timedelta(hours=2))
    await house.hear(online(3))
    await house.push()
    assert await _of(client, hours=1, portal=CHINA) == {record_id(3)}


async def test_every_attempt_is_met_once_page_by_page(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.hear(*(online(number) for number in range(1, 8)))
    await house.push()
    met: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        answer = (await client.get(ATTEMPTS, params={"limit": 3, "total": True, **cursor})).json()
        assert answer["total"] == {"items": 7, "or_more": False}, "of the whole list, from whichever page"
        met += [one["attempt_id"] for one in answer["items"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    assert len(met) == len(set(met)) == 7
    assert met == sorted(met, reverse=True)
