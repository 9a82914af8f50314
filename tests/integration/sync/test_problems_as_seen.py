"""A person settles the orders that he looked at: one that has come meanwhile, of either direction, is not his."""

from typing import Any

import pytest
from sqlalchemy import select, update

from services.sync.own_failures import UNREADABLE
from services.sync.tables import content
from shared.database.mechanics import audit_entry
from tests.integration.sync.test_problems import REFUSED, Operator, callers, operator
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

__all__ = ["callers", "operator"]

FIRST, SECOND = record_id(1), record_id(2)
WORDS = {"violation_facts": "违法事实（节略，全文见决定书）"}


@pytest.fixture
async def waiting(house: SyncHouse) -> SyncHouse:
    """Two publications that the portal refuses, as it will refuse whatever comes for them."""
    for number in (1, 2):
        house.china.plan(record(number), *[Act.REFUSE] * 9)
    await house.hear(online(1, 2), online(2, 2))
    await house.push()
    return house


async def _seen(operator: Operator) -> dict[str, int]:
    """What a page or a terminal shows of the cause: its records, each with its generation."""
    return {one["record_id"]: one["generation"] for one in (await operator.get(REFUSED))["items"]}


def _named(seen: dict[str, int], *records: str, **more: Any) -> dict[str, Any]:
    named = {one: seen[one] for one in records}
    return {"reason": "该门户限长", "record_ids": list(named), "generations": named, **more}


async def _set_aside(house: SyncHouse) -> list[Any]:
    return list(await house.rows(select(audit_entry).where(audit_entry.c.action == "orders.set_aside")))


@pytest.mark.parametrize("more", [{"remedy": "amend", "fields": WORDS}, {"remedy": "retry"}, {"remedy": "skip"}])
@pytest.mark.parametrize("newer", [online(1, 3, facts="源头更正"), offline(1, 3)], ids=["corrected", "taken down"])
async def test_an_order_that_came_after_the_look_is_left_alone(
    waiting: SyncHouse, operator: Operator, newer: Any, more: dict[str, Any]
) -> None:
    seen = await _seen(operator)
    await waiting.hear(newer)
    await waiting.push()
    before = await waiting.placement(1)
    assert (before.generation, before.refusal_code) == (seen[FIRST] + 1, "STALE_OR_WRONG")
    for dry_run in (True, False):
        answer = await operator.post(REFUSED, **_named(seen, FIRST, **more), dry_run=dry_run)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:creditsync:problem:conflict")
        assert answer.json()["record_ids"] == [FIRST]
    assert await waiting.placement(1) == before
    assert before.amended_body is None


async def test_nothing_is_done_to_the_others_when_one_of_those_named_is_a_newer_order(
    waiting: SyncHouse, operator: Operator
) -> None:
    seen = await _seen(operator)
    await waiting.hear(offline(1, 3))
    await waiting.push()
    assert (await operator.post(REFUSED, **_named(seen, FIRST, SECOND, remedy="skip"))).status_code == 409
    assert [(await waiting.placement(number)).refusal_code for number in (1, 2)] == ["STALE_OR_WRONG"] * 2
    assert await _set_aside(waiting) == []


async def test_an_order_that_somebody_else_settled_is_not_settled_again(waiting: SyncHouse, operator: Operator) -> None:
    seen = await _seen(operator)
    await operator.post(REFUSED, **_named(seen, FIRST, remedy="skip"))
    assert (await operator.post(REFUSED, **_named(seen, FIRST, remedy="retry"))).status_code == 409
    assert (await waiting.placement(1)).refusal_code == "skipped"


async def test_what_is_still_as_it_was_seen_is_settled(waiting: SyncHouse, operator: Operator) -> None:
    seen = await _seen(operator)
    done = await operator.post(REFUSED, **_named(seen, FIRST, remedy="amend", fields=WORDS))
    assert (done.status_code, done.json()["orders"]) == (200, 1)
    assert (await waiting.placement(1)).amended_body
    assert (await operator.post(REFUSED, **_named(seen, SECOND, remedy="skip"))).json()["publications"] == 1


@pytest.mark.parametrize(
    "more",
    [
        {"generations": {FIRST: 1}},
        {"record_ids": [FIRST, SECOND], "generations": {FIRST: 1}},
        {"record_ids": [FIRST], "generations": {FIRST: 1, SECOND: 1}},
        {"record_ids": [FIRST], "generations": {FIRST: -1}},
        {"record_ids": [FIRST], "generations": {FIRST: 2**31}},
        {"record_ids": [FIRST], "generations": {FIRST: "on"}},
        {"record_ids": [FIRST], "generations": {}},
    ],
)
async def test_generations_that_are_not_those_of_the_named_records_are_refused(
    waiting: SyncHouse, operator: Operator, more: dict[str, Any]
) -> None:
    answer = await operator.post(REFUSED, remedy="retry", reason="映射已更正", **more)
    assert answer.status_code == 422
    assert await _seen(operator) == {FIRST: 1, SECOND: 1}


@pytest.fixture
async def mixed(waiting: SyncHouse) -> SyncHouse:
    """The same with the first of them to be taken down, and refused with the same code."""
    await waiting.hear(offline(1, 3))
    await waiting.push()
    return waiting


async def test_all_of_a_cause_are_set_aside_without_its_take_downs(mixed: SyncHouse, operator: Operator) -> None:
    settlement = {"remedy": "skip", "reason": "企业已注销"}
    told = {"orders": 1, "publications": 1, "take_downs": 0, "take_downs_left_out": 1}
    assert (await operator.post(REFUSED, **settlement, dry_run=True)).json() == {**told, "dry_run": True}
    assert (await operator.post(REFUSED, **settlement)).json() == {**told, "dry_run": False}
    assert [(await mixed.placement(number)).refusal_code for number in (1, 2)] == ["STALE_OR_WRONG", "skipped"]
    [entry] = await _set_aside(mixed)
    assert (entry.record_id, entry.payload) == (SECOND, '{"publications":1,"take_downs":0}')


async def test_a_take_down_is_set_aside_by_its_name(mixed: SyncHouse, operator: Operator) -> None:
    seen = await _seen(operator)
    done = await operator.post(REFUSED, **_named(seen, FIRST, remedy="skip"))
    told = {"orders": 1, "publications": 0, "take_downs": 1, "take_downs_left_out": 0, "dry_run": False}
    assert done.json() == told
    assert (await mixed.placement(1)).refusal_code == "skipped"
    [entry] = await _set_aside(mixed)
    assert (entry.record_id, entry.payload) == (FIRST, '{"publications":0,"take_downs":1}')


async def test_a_retry_of_a_whole_cause_takes_both_directions_and_tells_them(
    mixed: SyncHouse, operator: Operator
) -> None:
    done = (await operator.post(REFUSED, remedy="retry", reason="映射已更正")).json()
    told = {"orders": 2, "publications": 1, "take_downs": 1, "take_downs_left_out": 0, "dry_run": False}
    assert done == told


@pytest.mark.parametrize(
    ("record", "fields", "status"),
    [(FIRST, WORDS, 409), (SECOND, {"fine": "1"}, 422), (SECOND, WORDS, 200)],
)
async def test_an_amendment_is_tried_dry_as_it_is_carried_out(
    mixed: SyncHouse, operator: Operator, record: str, fields: dict[str, str], status: int
) -> None:
    named = _named(await _seen(operator), record, remedy="amend", fields=fields)
    dry = await operator.post(REFUSED, **named, dry_run=True)
    assert (await mixed.placement(2)).amended_body is None
    done = await operator.post(REFUSED, **named)
    assert (dry.status_code, done.status_code) == (status, status)


async def test_what_cannot_be_read_has_no_words_to_amend(house: SyncHouse, operator: Operator) -> None:
    cause = f"/v1/push-problems/{CHINA}/{UNREADABLE}"
    await house.hear(online(1))
    async with house.database.writing() as connection:
        await connection.execute(update(content).values(body="{}"))
    await house.settle(rounds=60, step=MINUTE)
    [shown] = (await operator.get(cause))["items"]
    assert shown["amendable"] == []
    named = _named({FIRST: shown["generation"]}, FIRST, remedy="amend", fields=WORDS)
    for dry_run in (True, False):
        answer = await operator.post(cause, **named, dry_run=dry_run)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:creditsync:problem:conflict")
    assert (await house.placement(1)).refusal_code == UNREADABLE
