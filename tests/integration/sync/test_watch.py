"""What operators see: each state in its word, worst first, and a page that costs by what is not as wanted."""

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
from services.sync.watch.counts import CountsMemory
from services.sync.watch.sample import KEPT, take_samples
from services.sync.watch.tables import portal_sample, register_entry
from shared.clock import SystemClock
from shared.vocabulary import Portal
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, SyncHouse, offline, online, record, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling


@pytest.fixture
async def client(house: SyncHouse, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A caller who may read, of a service that lives by the clock of the house."""
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    app = create_app(SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path), house.database)
    now = int(SystemClock().now().timestamp())
    async with calling(app) as caller:
        fresh = CountsMemory(house.database, house.clock, list(Portal))
        app.state.desk = replace(app.state.desk, clock=house.clock, state_counts=fresh)
        caller.headers.update(issuer.bearer(scope="sync:read", nbf=now - 1, exp=now + 600))
        yield caller


async def _json(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _states(client: httpx.AsyncClient, **query: Any) -> list[tuple[str, str]]:
    page = await _json(client, "/v1/matrix", total=True, **query)
    assert page["total"] == {"items": len(page["items"]), "or_more": False}
    return [(row["record_id"], row["state"]) for row in page["items"]]


async def test_a_record_that_should_be_gone_stands_before_everything_else(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1, 2, 3)
    await house.hear(offline(1, days=1), offline(2, days=9), online(4))
    assert await _states(client, portal=CHINA) == [
        (record_id(2), "moving"),
        (record_id(1), "moving"),
        (record_id(4), "moving"),
    ] or {state for _, state in await _states(client, portal=CHINA)} == {"moving"}
    house.clock.advance(timedelta(days=2))
    first, *others = await _states(client, portal=CHINA)
    assert first == (record_id(1), "overdue")
    assert {state for _, state in others} == {"moving"}


async def test_a_refused_order_waits_for_a_person_and_says_why(house: SyncHouse, client: httpx.AsyncClient) -> None:
    house.china.plan(record(1), Act.REFUSE)
    await house.hear(online(1))
    await house.push()
    page = await _json(client, "/v1/matrix", portal=CHINA, state="failed")
    cell = next(cell for cell in page["items"][0]["cells"] if cell["portal"] == CHINA)
    assert (page["items"][0]["state"], cell["state"]) == ("failed", "failed")
    assert cell["refusal"]


async def test_a_difference_that_was_found_is_shown_with_its_kind_and_age(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1, 2)
    house.china.lose(record(1))
    house.clock.advance(timedelta(hours=1))
    await house.reconcile()
    house.clock.advance(timedelta(hours=3))
    row = (await _json(client, "/v1/matrix", portal=CHINA, state="differs"))["items"][0]
    cell = next(cell for cell in row["cells"] if cell["portal"] == CHINA)
    assert (row["record_id"], cell["state"], cell["drift"]) == (record_id(1), "differs", "missing")
    assert await _states(client, portal=CHINA, state="differs", older_than_hours=2) == [(record_id(1), "differs")]
    assert await _states(client, portal=CHINA, state="differs", older_than_hours=4) == []


async def test_people_find_records_by_name_number_code_and_identifier(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1, 2, 13)
    for q, numbers in {
        "试样2号": {2},
        "〔2026〕13号": {13},
        "K000001": {1},
        record_id(2): {2},
        "化工": {1, 2, 13},
        "100%": set(),
        "__": set(),
    }.items():
        found = await _json(client, "/v1/matrix", every=True, q=q, total=True)
        assert found["total"] == {"items": len(numbers), "or_more": False}
        on_their_way = {record_id(number) for number in numbers}
        assert {record for record, _ in await _states(client, q=q)} == on_their_way
        assert {row["record_id"] for row in found["items"]} == on_their_way, q


async def test_every_record_is_met_once_page_by_page(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.hear(*(online(number) for number in range(1, 8)))
    for query in ({}, {"every": True}):
        met: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = await _json(client, "/v1/matrix", limit=3, total=True, **query, **cursor)
            assert page["total"] == {"items": 7, "or_more": False}
            met += [row["record_id"] for row in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert sorted(met) == [record_id(number) for number in range(1, 8)]


async def test_the_counts_of_states_sum_to_all_placements(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.publish(1, 2, 3)
    house.china.lose(record(1))
    await house.reconcile()
    await house.hear(offline(2))
    counted = (await _json(client, "/v1/state-counts"))["portals"]
    assert counted[CHINA] == {"overdue": 0, "failed": 0, "differs": 1, "moving": 1, "stale": 0, "same": 1}
    assert sum(counted[Portal.CREDIT_JIANGSU].values()) == 3


async def test_what_was_seen_too_long_ago_is_no_longer_called_the_same(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1)
    house.clock.advance(timedelta(hours=50))
    assert (await _json(client, "/v1/state-counts"))["portals"][CHINA]["stale"] == 1
    await house.reconcile()
    house.clock.advance(timedelta(hours=1))
    fresh = CountsMemory(house.database, house.clock, list(Portal))
    assert (await fresh.read()).portals[CHINA]["stale"] == 0  # type: ignore[index]


async def test_a_newer_name_replaces_the_older_one_and_an_older_content_does_not(house: SyncHouse) -> None:
    await house.hear(online(1, 2, facts="新"), online(1, 1))
    rows = await house.rows(register_entry.select())
    assert [(row.record_id, row.subject_name) for row in rows] == [(record_id(1), "南通试样1号化工有限公司")]


async def test_deliveries_of_a_day_are_told_apart_from_what_is_shown(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.publish(1)
    house.china.plan(record(2), Act.REFUSE)
    await house.hear(online(2))
    await house.push()
    health = {row["portal"]: row for row in await _json(client, "/v1/portal-health")}
    assert (health[CHINA]["attempts"], health[CHINA]["succeeded"], health[CHINA]["refused"]) == (2, 1, 1)
    assert health[Portal.MARKET_SUPERVISION]["attempts"] == 0
    house.clock.advance(timedelta(hours=25))
    assert {row["attempts"] for row in await _json(client, "/v1/portal-health")} == {0}


async def test_a_step_is_sampled_once_and_old_samples_go(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await house.hear(online(1), online(2))
    for _ in range(3):
        await take_samples(house.database, house.clock)
    assert await house.count(portal_sample) == len(Portal)
    house.clock.advance(timedelta(minutes=5))
    await take_samples(house.database, house.clock)
    told = (await _json(client, "/v1/portal-samples"))[CHINA]
    assert [(one["waiting"], one["not_as_wanted"]) for one in told] == [(2, 2), (2, 2)]
    house.clock.advance(KEPT)
    await take_samples(house.database, house.clock)
    assert len(await house.rows(portal_sample.select().where(portal_sample.c.portal == CHINA))) <= 2
