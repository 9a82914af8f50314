"""One record as an operator sees it: all that happened on one axis, and the hand that asks for a look or an order."""

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
from shared.ids import new_id
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, SyncHouse, online, record, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling


@pytest.fixture
def issuer() -> TestIssuer:
    return TestIssuer()


def _bearer(issuer: TestIssuer, scope: str) -> dict[str, str]:
    now = int(SystemClock().now().timestamp())
    return issuer.bearer(scope=scope, nbf=now - 1, exp=now + 600)


@pytest.fixture
async def client(house: SyncHouse, issuer: TestIssuer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A supervisor, of a service that lives by the clock of the house."""
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    app = create_app(SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path), house.database)
    async with calling(app) as caller:
        app.state.desk = replace(app.state.desk, clock=house.clock)
        caller.headers.update(_bearer(issuer, "sync:read sync:operate sync:approve"))
        yield caller


async def _lines(client: httpx.AsyncClient, number: int, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/records/{record_id(number)}/timeline", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def _ask(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    return await client.post(path, json=body, headers={"Idempotency-Key": new_id()})


async def test_a_record_tells_what_was_wanted_sent_seen_and_found_newest_first(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1, 2)
    house.clock.advance(timedelta(hours=1))
    house.china.lose(record(1))
    await house.reconcile()
    lines = await _lines(client, 1)
    assert {line["what"] for line in lines} == {"wanted", "push", "observation", "drift"}
    assert [line["at"] for line in lines] == sorted((line["at"] for line in lines), reverse=True)
    found = next(line for line in lines if line["what"] == "drift")
    assert (found["portal"], found["outcome"]) == (CHINA, "missing") and found["run_id"]
    failures = await _lines(client, 1, failures=True)
    assert failures and all(one["what"] == "drift" or one["as_wanted"] is False for one in failures)
    assert {line["what"] for line in await _lines(client, 1, what="wanted")} == {"wanted"}
    assert {line["what"] for line in await _lines(client, 1, what="push,observation")} == {"push", "observation"}
    refused = await client.get(f"/v1/records/{record_id(1)}/timeline", params={"what": "gossip"})
    assert refused.status_code == 422


async def test_every_line_is_met_once_page_by_page(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.publish(1, 2)
    whole = await _lines(client, 1)
    met: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = (await client.get(f"/v1/records/{record_id(1)}/timeline", params=query)).json()
        met += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert met == whole and len(whole) >= 4


async def test_a_record_that_no_portal_shall_show_has_no_timeline(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/v1/records/{record_id(77)}/timeline")).status_code == 404


async def test_somebody_asks_for_a_look_and_it_finds_what_was_lost(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.publish(1)
    house.clock.advance(timedelta(days=1))
    house.china.lose(record(1))
    answer = await _ask(client, f"/v1/records/{record_id(1)}/looks", {"portal": CHINA})
    assert (answer.status_code, answer.json()) == (202, {"portals": [CHINA]})
    await house.look()
    [row] = (await client.get("/v1/record-states", params={"record_ids": record_id(1)})).json()
    assert {cell["portal"]: cell["observed"] for cell in row["cells"]}[CHINA] == "absent"


async def test_an_order_that_has_not_been_sent_is_not_held_back_by_a_look(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.hear(online(1))
    answer = await _ask(client, f"/v1/records/{record_id(1)}/looks", {})
    assert answer.status_code == 409
    await house.push()
    assert await house.attempts(1) == ["taken"]


async def test_an_order_that_was_taken_is_given_once_more_and_one_that_was_refused_is_not(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1)
    house.china.plan(record(2), Act.REFUSE)
    await house.hear(online(2))
    await house.push()
    path, body = f"/v1/records/{record_id(1)}/orders", {"portal": CHINA, "reason": "平台称未收到"}
    answer = await _ask(client, path, body)
    assert (answer.status_code, answer.json()) == (202, {"orders": 1})
    placements = (await client.get(f"/v1/records/{record_id(1)}/placements")).json()
    assert {one["portal"]: one["generation"] for one in placements}[CHINA] == 2
    refused = await _ask(client, f"/v1/records/{record_id(2)}/orders", body)
    assert refused.status_code == 409 and "retried with its cause" in refused.json()["detail"]


async def test_an_operator_does_not_send_a_portal_the_same_a_second_time(
    house: SyncHouse, client: httpx.AsyncClient, issuer: TestIssuer
) -> None:
    await house.publish(1)
    client.headers.update(_bearer(issuer, "sync:read sync:operate"))
    body = {"portal": CHINA, "reason": "平台称未收到"}
    refused = await _ask(client, f"/v1/records/{record_id(1)}/orders", body)
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "sync:approve")
    assert (await house.placement(1)).generation == 1
    assert (await _ask(client, f"/v1/records/{record_id(1)}/looks", {})).status_code == 202


async def test_states_of_some_records_come_in_the_order_asked_for(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.publish(1, 2, 3)
    asked = ",".join(record_id(number) for number in (3, 1, 9))
    rows = (await client.get("/v1/record-states", params={"record_ids": asked})).json()
    assert [row["record_id"] for row in rows] == [record_id(3), record_id(1)]


async def test_a_run_says_how_far_it_is_and_what_it_found_by_kind(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.publish(1, 2, 3)
    house.clock.advance(timedelta(hours=1))
    house.china.lose(record(1))
    house.china.lose(record(2))
    run = await house.reconcile()
    told = (await client.get(f"/v1/reconciliations/{run.run_id}/progress")).json()
    assert told["expected"] is None
    assert [(one["kind"], one["found"]) for one in told["kinds"]] == [("missing", 2)]
    first = (await client.get(f"/v1/reconciliations/{run.run_id}/drifts", params={"limit": 1, "total": True})).json()
    assert first["total"] == {"items": 2, "or_more": False}
    second = (
        await client.get(f"/v1/reconciliations/{run.run_id}/drifts", params={"limit": 1, "cursor": first["next"]})
    ).json()
    assert {one["record_id"] for one in (*first["items"], *second["items"])} == {record_id(1), record_id(2)}
    assert second["next"] is None
    none = (await client.get(f"/v1/reconciliations/{run.run_id}/drifts", params={"kind": "ghost"})).json()
    assert none["items"] == []
    waiting = await house.request(CHINA)
    going = (await client.get(f"/v1/reconciliations/{waiting}/progress")).json()
    assert (going["state"], going["listed"], going["expected"]) == ("requested", 0, 1)
