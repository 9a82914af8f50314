"""`/v1/audit` tells what was done, page by page, to those who may know."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.evidence.actions import Action
from shared.messaging.unit_of_work import unit_of_work
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.audit import audit_router
from tests.support.audit_log import AuditLog, act
from tests.support.web import TestIssuer, calling


@pytest.fixture
async def client(log: AuditLog, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An auditor."""
    issuer = TestIssuer()
    app = create_api(
        "test",
        "test",
        routers=[audit_router(log.database)],
        settings=HouseSettings(data_dir=tmp_path),
        verifier=issuer.verifier(),
    )
    async with calling(app) as caller:
        caller.headers.update(issuer.bearer(scope="audit:read"))
        yield caller


async def items(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/audit", params={**query, "total": True})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    assert answer.json()["total"] == {"items": len(found), "or_more": False}
    return found


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
@pytest.mark.parametrize("name", ["since", "until"])
async def test_an_instant_that_no_clock_can_show_is_refused(client: httpx.AsyncClient, name: str, at: str) -> None:
    answer = await client.get("/v1/audit", params={name: at})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"query.{name}")


async def test_the_log_is_read_newest_first_page_by_page_and_each_entry_once(
    log: AuditLog, client: httpx.AsyncClient
) -> None:
    await log.write(*range(1, 8))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/audit", params={"limit": 3, **cursor})).json()
        seen += [entry["entry_id"] for entry in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == sorted((row["entry_id"] for row in await log.rows()), reverse=True)
    assert len(seen) == 7


async def test_an_entry_tells_who_what_why_and_where_it_stands_in_the_chain(
    log: AuditLog, client: httpx.AsyncClient
) -> None:
    await log.write(1)
    [entry] = await items(client)
    assert (entry["action"], entry["actor"], entry["reason"]) == ("repair.decided", "officer-1", "条件齐备")
    assert (entry["payload"], entry["seq"]) == ({"decision": "approve"}, 1)
    head = (await client.get("/v1/audit/head")).json()
    assert (head["seq"], head["hash"], head["key_id"]) == (1, entry["hash"], log.keys.key_id)


async def test_entries_are_found_by_subject_record_actor_action_and_time(
    log: AuditLog, client: httpx.AsyncClient
) -> None:
    await log.write(1, 2)
    async with unit_of_work(log.database, log.clock) as work:
        work.audit(replace(act(3), action=Action.REPAIR_FILED))
    middle = (await log.rows())[0]["at"]

    async def who(**query: Any) -> set[str]:
        return {entry["actor"] for entry in await items(client, **query)}

    assert await who(subject=f"{2:032x}") == {"officer-2"}
    assert await who(subject=f"{1002:032x}") == {"officer-2"}
    assert await who(actor="officer-1") == {"officer-1"}
    assert await who(action="repair.filed") == {"officer-3"}
    assert await who(until=middle.isoformat()) | await who(since=middle.isoformat()) == await who()
    assert await who(since=(log.clock.now() + timedelta(hours=1)).isoformat()) == set()
    assert [entry["seq"] for entry in await items(client, action="repair.filed")] == [None]


async def test_nobody_reads_the_log_without_the_scope(log: AuditLog, client: httpx.AsyncClient) -> None:
    for path in ("/v1/audit", "/v1/audit/head"):
        other = await client.get(path, headers=TestIssuer().bearer(scope="audit:read"))
        assert other.status_code == 401
    answer = await client.get("/v1/audit", params={"action": "no.such"})
    assert answer.status_code == 422


async def test_a_log_without_a_signed_head_says_so(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/audit/head")).status_code == 404
