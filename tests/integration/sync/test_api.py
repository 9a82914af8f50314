"""What sync tells over HTTP is what was seen, and a run that is asked for is asked for once."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sync.app import create_app
from services.sync.settings import SyncSettings
from services.sync.tables import reconciliation
from services.sync.timers import reconcile_requested
from shared.clock import SystemClock
from shared.vocabulary import Portal
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, SyncHouse, offline, online, record, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling


@pytest.fixture
async def client(house: SyncHouse, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A caller who may read and operate."""
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    settings = SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path)
    now = int(SystemClock().now().timestamp())
    bearer = issuer.bearer(scope="sync:read sync:operate", nbf=now - 1, exp=now + 600)
    async with calling(create_app(settings, house.database)) as caller:
        caller.headers.update(bearer)
        yield caller


async def _json(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_placement_is_agreed_only_when_a_look_saw_what_is_wanted(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1, 2)
    house.china.plan(record(1), Act.KEEP)
    await house.hear(offline(1))
    await house.push()
    await house.look()
    views = {view["portal"]: view for view in await _json(client, f"/v1/records/{record_id(1)}/placements")}
    china = views[CHINA]
    assert (china["wanted"], china["observed"], china["agreed"]) == ("offline", "present", False)
    assert china["acknowledged_generation"] == china["generation"] == 2
    counts = await _json(client, "/v1/placement-counts")
    assert counts[CHINA] == {
        "wanted_online": 1,
        "wanted_offline": 1,
        "seen_present": 1,
        "seen_absent": 0,
        "open": 1,
        "refused": 0,
    }
    still_open = await _json(client, "/v1/placements", portal=CHINA, agreed=False)
    assert [view["record_id"] for view in still_open["items"]] == [record_id(1)]


async def test_placements_are_read_page_by_page_and_each_once(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.hear(*(online(number) for number in range(1, 8)))
    cursor: dict[str, str] = {}
    seen: list[list[str]] = []
    for _ in range(3):
        page = await _json(client, "/v1/placements", portal=CHINA, limit=3, **cursor)
        seen.append([view["record_id"] for view in page["items"]])
        cursor = {"cursor": page["next"]}
    assert page["next"] is None
    assert seen == [[record_id(number) for number in numbers] for numbers in ((1, 2, 3), (4, 5, 6), (7,))]


async def test_a_run_that_is_asked_for_twice_under_one_key_is_carried_out_once(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1)
    house.china.plant("foreign")
    body = {"portals": [CHINA]}
    answers = [
        await client.post("/v1/reconciliations", json=body, headers={"Idempotency-Key": "one-key-for-one-run"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    (run_id,) = answers[0].json()["run_ids"]
    assert await house.count(reconciliation) == 1
    assert (await _json(client, f"/v1/reconciliations/{run_id}"))["state"] == "requested"
    assert await reconcile_requested(house.ground, house.china, house.limit) == 1
    found = await _json(client, f"/v1/reconciliations/{run_id}")
    assert (found["state"], found["listed"], found["drifts"]) == ("mended", 2, 1)
    (drift,) = await _json(client, "/v1/drifts", run_id=run_id)
    assert (drift["kind"], drift["record_id"], drift["mended_at"]) == ("foreign", None, None)


async def test_all_portals_are_reconciled_when_none_is_named(house: SyncHouse, client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/reconciliations", json={}, headers={"Idempotency-Key": "all-of-them-please"})
    assert len(answer.json()["run_ids"]) == len(Portal) == await house.count(reconciliation)


async def test_what_is_not_there_is_said_to_be_not_there(client: httpx.AsyncClient) -> None:
    for path in (f"/v1/records/{record_id(9)}/placements", f"/v1/reconciliations/{record_id(9)}"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("not-found")
