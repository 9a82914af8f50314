"""Two systems send the same decisions: one record each, and what the authoritative one says stands (B03)."""

import asyncio
from typing import Any

import pytest

from services.ingest import tables
from tests.support import rows
from tests.support.services import RunningService

PLATFORM, SHEET = "platform", "spreadsheet"


async def set_map(ingest: RunningService, *clients: str, **changed: Any) -> Any:
    body = {"kind": "penalty", "clients": list(clients), "reason": "省行政执法平台为准"} | changed
    headers = ingest.headers(scope="ingest:sources")
    return await ingest.client.put("/v1/source-map", json=body, headers=headers)


async def send(ingest: RunningService, client: str, *sent: rows.Row) -> list[dict[str, Any]]:
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": list(sent)}, sub=client)
    assert answer.status_code == 201, answer.text
    verdicts: list[dict[str, Any]] = answer.json()["verdicts"]
    return verdicts


def words(verdict: dict[str, Any]) -> tuple[str, set[str]]:
    return verdict["verdict"], {reason["code"] for reason in verdict["reasons"]}


async def test_without_an_entry_any_system_may_send_and_the_last_word_counts(ingest: RunningService) -> None:
    [one] = await send(ingest, PLATFORM, rows.penalty(1))
    [other] = await send(ingest, SHEET, rows.penalty(1, CF_SY="新事实。"))
    assert (words(one), words(other)) == (("admitted", set()), ("amended", set()))


async def test_what_the_authoritative_system_says_is_not_replaced_by_another(ingest: RunningService) -> None:
    assert (await set_map(ingest, PLATFORM)).status_code == 200
    await send(ingest, PLATFORM, rows.penalty(1))
    [changed] = await send(ingest, SHEET, rows.penalty(1, CF_SY="新事实。"))
    [gone] = await send(ingest, SHEET, rows.penalty(1, CF_ZT="2", CHYY="撤销"))
    assert words(changed) == words(gone) == ("unchanged", {"B03", "V12"})
    [stored] = await ingest.rows(tables.record)
    assert (stored.state, stored.generation, stored.client) == ("valid", 1, PLATFORM)


async def test_the_authoritative_system_replaces_what_another_sent_and_keeps_it(ingest: RunningService) -> None:
    await set_map(ingest, PLATFORM)
    [early] = await send(
        ingest,
        SHEET,
        rows.penalty(1, CF_SY="旧事实。"),
    )
    [word] = await send(ingest, PLATFORM, rows.penalty(1))
    [late] = await send(ingest, SHEET, rows.penalty(1, CF_SY="旧事实。"))
    assert [words(one) for one in (early, word, late)] == [
        ("admitted", {"B03"}), ("amended", set()), ("unchanged", {"B03", "V12"}),
    ]  # fmt: skip


async def test_the_very_same_row_from_the_authoritative_system_makes_the_record_its_own(
    ingest: RunningService,
) -> None:
    await set_map(ingest, PLATFORM)
    await send(ingest, SHEET, rows.penalty(1))
    [same] = await send(ingest, PLATFORM, rows.penalty(1))
    [late] = await send(ingest, SHEET, rows.penalty(1, CF_SY="新事实。"))
    assert (same["verdict"], words(late)) == ("unchanged", ("unchanged", {"B03", "V12"}))
    [stored] = await ingest.rows(tables.record)
    assert stored.client == PLATFORM


async def test_two_systems_at_once_leave_one_record_each(ingest: RunningService) -> None:
    await set_map(ingest, PLATFORM)
    ours = [rows.penalty(number, CF_SY="平台事实。") for number in range(20)]
    theirs = [rows.penalty(number, CF_SY="表格事实。") for number in reversed(range(20))]
    await asyncio.gather(*(send(ingest, *one) for one in ((PLATFORM, *ours), (SHEET, *theirs)) for _ in range(2)))
    stored = await ingest.rows(tables.record)
    assert len(stored) == 20
    assert {row.client for row in stored} == {PLATFORM}
    assert all("平台事实" in row.content for row in stored)


async def test_a_row_of_another_system_waits_where_the_map_wants_it_and_passes_when_the_map_is_changed(
    ingest: RunningService,
) -> None:
    await set_map(ingest, PLATFORM, others="quarantine", authority_code=rows.AUTHORITY)
    [stopped] = await send(ingest, SHEET, rows.penalty(1))
    assert words(stopped) == ("quarantined", {"B03"})
    await set_map(ingest, authority_code=rows.AUTHORITY)
    body = {"correction": "as_is", "code": "B03", "reason": "数据来源清单已更改", "dry_run": False}
    released = await ingest.post("/v1/quarantine/release", body, scope="ingest:correct")
    assert released.json()["verdicts"] == {"admitted": 1}
    [stored] = await ingest.rows(tables.record)
    assert stored.client == SHEET


async def test_the_map_is_read_with_who_set_it_and_why(ingest: RunningService) -> None:
    await set_map(ingest, PLATFORM, "second", others="quarantine")
    items = (await ingest.get("/v1/source-map")).json()["items"]
    assert [(one["client"], one["authority_code"], one["others"]) for one in items] == [
        (PLATFORM, None, "quarantine"), ("second", None, "quarantine"),
    ]  # fmt: skip
    assert items[0]["reason"] == "省行政执法平台为准"


@pytest.mark.parametrize(
    "changed", [{"authority_code": "123"}, {"kind": "fine"}, {"clients": ["a b"]}, {"reason": " "}]
)
async def test_an_entry_of_a_wrong_form_is_refused(ingest: RunningService, changed: dict[str, Any]) -> None:
    assert (await set_map(ingest, PLATFORM, **changed)).status_code == 422
    assert await ingest.rows(tables.authoritative_source) == []


async def test_setting_the_map_needs_its_scope(ingest: RunningService) -> None:
    body = {"kind": "penalty", "clients": [PLATFORM], "reason": "x"}
    answer = await ingest.client.put("/v1/source-map", json=body, headers=ingest.headers(scope="ingest:write"))
    assert answer.status_code == 403
