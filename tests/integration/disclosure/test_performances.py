"""What was not performed leaves the public like everything else, and then somebody has to enforce it (Q03)."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from services.disclosure import tables
from services.disclosure.metrics import ENFORCEMENT_OPEN
from services.disclosure.performances.tables import performance, performance_step
from services.disclosure.performances.tasks import open_due
from shared.clock import legal_date
from shared.contracts.events import RepairRevoked
from shared.database.mechanics import audit_entry
from shared.evidence.actions import Action
from shared.ids import new_id
from shared.policy.load import texts_of
from tests.support import told
from tests.support.law import LawHouse
from tests.support.packs import changed, label
from tests.support.rows import AUTHORITY, OTHER_AUTHORITY
from tests.support.services import RunningService, statements

CLERK = {"scope": "disclosure:read disclosure:operate", "authorities": [AUTHORITY], "sub": "clerk-1"}
DECIDED = date(2026, 10, 30)
OVER = date(2027, 10, 31)
"""The first day on which a fine of 60,000 yuan, decided on 30 October 2026, is shown to nobody."""


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = CLERK
    return await LawHouse.opened(disclosure)


async def arrived(house: LawHouse, number: int = 1, **changed: Any) -> list[str]:
    events = [told.admitted(of=told.record(**changed)) for _ in range(number)]
    await house.hear(*events)
    return [one.record_id for one in events]


async def state(house: LawHouse, record_id: str, statement: str = "unperformed", **changed: Any) -> Any:
    on = str(legal_date(house.service.clock.now()))
    body = {"statement": statement, "on": on, "reason": "催告后仍未缴纳罚款"} | changed.pop("body", {})
    path = f"/v1/performances/{record_id}"
    headers = house.service.headers(changed.pop("key", None), **changed)
    return await house.service.client.put(path, json=body, headers=headers)


async def close(house: LawHouse, record_id: str, outcome: str = "enforced", **claims: Any) -> Any:
    body = {"outcome": outcome, "on": str(legal_date(house.service.clock.now())), "reason": "法院已执行完毕"}
    return await house.service.post(f"/v1/performances/{record_id}/closing", body, **claims)


async def pass_the_maximum(house: LawHouse) -> int:
    house.go_to(OVER)
    await house.expire()
    return await look(house)


async def look(house: LawHouse, at_once: int = 500) -> int:
    async with house.service.work() as work:
        return await open_due(work, await house.book.current(work.connection), at_once)


async def listed(house: LawHouse, query: str = "") -> list[Any]:
    items: list[Any] = (await house.service.get(f"/v1/performances?{query}")).json()["items"]
    return items


async def steps(house: LawHouse, record_id: str) -> list[tuple[str, str]]:
    story = (await house.service.get(f"/v1/performances/{record_id}")).json()
    return [(one["step"], one["actor"]) for one in story["steps"]]


async def audited(house: LawHouse, action: Action) -> list[Any]:
    return [row for row in await house.service.rows(audit_entry) if row.action == action]


async def test_what_was_not_performed_leaves_at_its_maximum_and_one_task_is_opened(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    answer = await state(house, record_id)
    assert (answer.status_code, answer.json()["standing"]) == (200, "unperformed")
    windows = {row.offline_on for row in await house.service.rows(tables.publication)}
    assert await look(house) == 0 and await listed(house) == []
    assert await pass_the_maximum(house) == 1
    assert await look(house) == 0 == await look(house)
    assert {row.state for row in await house.service.rows(tables.publication)} == {"offline"}
    assert {row.offline_on for row in await house.service.rows(tables.publication)} == windows == {OVER}
    [task] = await listed(house)
    assert (task["record_id"], task["offline_on"], task["reason"]) == (
        record_id,
        str(OVER),
        "公示期满，处罚决定未履行。",
    )
    assert task["document_number"] == "（苏通）应急罚〔2026〕1号" and task["authority"] == "南通市应急管理局"
    assert [one for one, _ in await steps(house, record_id)] == ["unperformed", "opened"]
    [entry] = await audited(house, Action.ENFORCEMENT_OPENED)
    assert (entry.actor, entry.record_id, entry.effect_rows) == ("system:disclosure.enforcement", record_id, 1)
    await look(house)
    assert ENFORCEMENT_OPEN._value.get() == 1


async def test_a_penalty_that_is_stated_as_unperformed_after_its_end_has_its_task_at_once(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    assert await pass_the_maximum(house) == 0
    assert (await state(house, record_id)).json()["standing"] == "open"
    assert await look(house) == 0
    assert [one for one, _ in await steps(house, record_id)] == ["unperformed", "opened"]
    again = await state(house, record_id)
    assert again.json()["standing"] == "open"
    assert [one for one, _ in await steps(house, record_id)] == ["unperformed", "opened", "unperformed"]


async def test_only_the_last_audience_that_loses_sight_of_it_opens_the_task(house: LawHouse) -> None:
    house.go_to(date(2023, 12, 4))
    event = told.admitted(of=told.record(date(2023, 12, 1)), on=date(2023, 12, 4))  # the own column has a year only
    await house.hear(event)
    await state(house, event.record_id)
    ends = sorted({row.offline_on for row in await house.service.rows(tables.publication)})
    assert len(ends) == 2
    for day, opened in zip(ends, (0, 1), strict=True):
        house.go_to(day)
        await house.expire()
        assert await look(house) == opened


async def test_packs_that_answer_otherwise_end_the_display_and_open_no_task(house: LawHouse) -> None:
    first, second = await arrived(house, 2)
    await state(house, first)
    wanted = {"scope": "disclosure:adopt", "sub": "law-officer"}
    await house.adopt(changed("answers.toml", 'value = "ends_with_task"', 'value = "ends"'), **wanted)
    assert await pass_the_maximum(house) == 0
    assert (await state(house, second)).json()["standing"] == "unperformed"
    assert {row.state for row in await house.service.rows(tables.publication)} == {"offline"}
    await house.adopt(label(texts_of(), "2027.11"), **wanted)
    assert await look(house) == 2


async def test_what_was_performed_repaired_or_withdrawn_has_no_task(house: LawHouse) -> None:
    performed, repaired, withdrawn, unstated = await arrived(house, 4)
    for record_id in (performed, repaired, withdrawn):
        await state(house, record_id)
    assert (await state(house, performed, "performed")).json()["standing"] == "performed"
    await house.hear_repairs(told.repaired(repaired))
    await house.hear(told.voided(withdrawn))
    assert await pass_the_maximum(house) == 0
    assert {row.standing for row in await house.service.rows(performance)} == {"performed", "unperformed"}
    assert [one["record_id"] for one in await listed(house, "standing=unperformed")] == [repaired]
    assert (await house.service.get(f"/v1/performances/{unstated}")).status_code == 404


async def test_a_withdrawn_decision_closes_its_task_and_nothing_more_can_be_stated(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    await state(house, record_id)
    await pass_the_maximum(house)
    await house.hear(told.voided(record_id))
    [closed] = await listed(house, "standing=closed")
    assert (closed["outcome"], closed["actor"]) == ("withdrawn", "system:disclosure.events")
    assert await listed(house) == []
    refused = await state(house, record_id)
    assert refused.status_code == 409 and "withdrawn" in refused.json()["detail"]


async def test_a_task_is_closed_by_a_person_with_how_it_ended_and_a_wrong_closing_is_undone(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    await state(house, record_id)
    assert (await close(house, record_id)).status_code == 404
    await pass_the_maximum(house)
    answer = await close(house, record_id, sub="clerk-2")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "enforced")
    again = await close(house, record_id)
    assert again.status_code == 409 and again.json()["outcome"] == "enforced"
    [closed] = await listed(house, "standing=closed")
    assert (closed["actor"], closed["reason"]) == ("clerk-2", "法院已执行完毕")
    [entry] = await audited(house, Action.ENFORCEMENT_CLOSED)
    assert (entry.actor, entry.record_id, entry.reason) == ("clerk-2", record_id, "法院已执行完毕")
    assert (await state(house, record_id)).json()["standing"] == "open"
    assert (await state(house, record_id, "performed")).json()["standing"] == "closed"
    [closed] = await listed(house, "standing=closed")
    assert closed["outcome"] == "performed"
    assert await steps(house, record_id) == [
        ("unperformed", "clerk-1"), ("opened", "system:disclosure.enforcement"), ("closed", "clerk-2"),
        ("unperformed", "clerk-1"), ("opened", "clerk-1"), ("performed", "clerk-1"), ("closed", "clerk-1"),
    ]  # fmt: skip
    assert await look(house) == 0


async def test_two_workers_that_look_at_once_open_each_task_once(house: LawHouse) -> None:
    for record_id in await arrived(house, 20):
        await state(house, record_id)
    house.go_to(OVER)
    await house.expire()
    opened = await asyncio.gather(*(look(house, 7) for _ in range(4)))
    while more := await look(house):
        opened.append(more)
    assert sum(opened) == 20
    assert Counter(row.step for row in await house.service.rows(performance_step)) == {"unperformed": 20, "opened": 20}


async def test_one_statement_under_one_key_has_one_effect(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    first, again = [await state(house, record_id, key="once-and-only") for _ in range(2)]
    assert first.json() == again.json() and again.headers["Idempotent-Replay"] == "true"
    assert len(await house.service.rows(performance_step)) == 1
    assert len(await audited(house, Action.PERFORMANCE_STATED)) == 1


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"on": "2026-11-03"}, 422, "2026-11-03 lies after today"),
        ({"on": "2026-10-29"}, 409, "before the decision of 2026-10-30"),
        ({"reason": "\u200b "}, 422, "a reason that can be read"),
        ({"statement": "perhaps"}, 422, "statement"),
    ],
)
async def test_what_cannot_be_stated_is_refused_with_a_sentence_and_stores_nothing(
    house: LawHouse, body: dict[str, str], status: int, said: str
) -> None:
    [record_id] = await arrived(house)
    before = await house.service.counts()
    answer = await state(house, record_id, body=body)
    assert answer.status_code == status and said in answer.text
    assert await house.service.counts() == before


async def test_only_a_clerk_of_the_authority_states_or_closes_anything(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    foreign = await state(house, record_id, authorities=[OTHER_AUTHORITY])
    assert (foreign.status_code, foreign.json()["authorities"]) == (403, [AUTHORITY])
    assert (await state(house, record_id, scope="disclosure:read")).status_code == 403
    await state(house, record_id)
    await pass_the_maximum(house)
    assert (await close(house, record_id, authorities=[OTHER_AUTHORITY])).status_code == 403
    assert (await house.service.rows(performance))[0].standing == "open"


async def test_unknown_records_licences_and_proved_repairs_are_named_in_a_batch_and_the_rest_is_stored(
    house: LawHouse,
) -> None:
    good, repaired = await arrived(house, 2)
    licence = told.admitted(of=told.licence_record())
    await house.hear(licence)
    await house.hear_repairs(told.repaired(repaired))
    unknown = new_id()
    records = [
        {"record_id": one, "statement": "unperformed", "on": "2026-11-02"}
        for one in (good, repaired, licence.record_id, unknown)
    ]
    body = {"records": records, "reason": "年度核查"}
    results = (await house.service.post("/v1/performances", body)).json()["items"]
    assert [one["standing"] for one in results] == ["unperformed", None, None, None]
    assert [one["refusal"].split(".")[0] for one in results[1:]] == [
        "A repair was approved on proof of performance",
        "Only penalties are performed; this record is none",
        "Disclosure knows no such record",
    ]
    assert (await state(house, unknown)).status_code == 404
    too_many = {"records": records * 126, "reason": "年度核查"}
    assert (await house.service.post("/v1/performances", too_many)).status_code == 422


async def test_five_hundred_records_are_stated_and_opened_with_a_handful_of_statements(house: LawHouse) -> None:
    ids = await arrived(house, 500)
    records = [{"record_id": one, "statement": "unperformed", "on": "2026-11-02"} for one in ids]
    with statements() as sent:
        answer = await house.service.post("/v1/performances", {"records": records, "reason": "年度核查"})
    assert answer.status_code == 200 and len(sent) < 25
    house.go_to(OVER)
    await house.expire()
    with statements() as sent:
        assert await look(house, 300) == 300
    assert len(sent) < 20
    assert [await look(house, 300) for _ in range(2)] == [200, 0]


async def test_the_list_is_read_by_region_and_page_and_handed_out_whole_as_csv(house: LawHouse) -> None:
    here = await arrived(house, 3)
    there = await arrived(house, authority=OTHER_AUTHORITY)
    for record_id in (*here, *there):
        await state(house, record_id, authorities=[AUTHORITY, OTHER_AUTHORITY], body={"reason": "=1+1"})
    await pass_the_maximum(house)
    assert {one["record_id"] for one in await listed(house, "region=320600")} == set(here)
    assert {one["record_id"] for one in await listed(house, "region=320700")} == set(there)
    assert len(await listed(house, "region=320000")) == 4
    assert (await house.service.get("/v1/performances?region=32")).status_code == 422
    first = (await house.service.get("/v1/performances?limit=3")).json()
    second = (await house.service.get(f"/v1/performances?limit=3&cursor={first['next']}")).json()
    assert {one["record_id"] for one in first["items"] + second["items"]} == {*here, *there}
    assert second["next"] is None
    file = await house.service.get("/v1/performances.csv?region=320600")
    lines = file.text.splitlines()
    assert file.headers["content-type"].startswith("text/csv") and len(lines) == 4
    assert {line.split('","')[0].strip('"') for line in lines[1:]} == set(here)
    for record_id in here:
        await state(house, record_id, "performed", body={"reason": "=1+1"})
    assert "'=1+1" in (await house.service.get("/v1/performances.csv?standing=closed")).text


async def test_numbers_of_persons_in_a_reason_are_masked(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    await state(house, record_id, body={"reason": "当事人 329999198501010013 未缴"})
    [step] = await house.service.rows(performance_step)
    assert "329999198501010013" not in step.reason and step.reason.startswith("当事人")


async def test_a_revoked_repair_lets_the_statement_count_again(house: LawHouse) -> None:
    [record_id] = await arrived(house)
    await state(house, record_id)
    await house.hear_repairs(told.repaired(record_id))
    house.service.clock.advance(timedelta(days=1))
    refused = await state(house, record_id)
    assert refused.status_code == 409 and "Revoke the repair" in refused.json()["detail"]
    revoked = {"application_id": new_id(), "record_id": record_id, "revoked_on": told.SUBMITTED}
    await house.hear_repairs(RepairRevoked(**revoked, restores_display=True))
    assert await pass_the_maximum(house) == 1
