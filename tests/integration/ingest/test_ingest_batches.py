"""Batches over HTTP: one verdict a row, one event a change, whatever is repeated, amended or doubled (G01, G02)."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from services.ingest import tables
from shared.contracts.events import RecordAdmitted, RecordAmended
from shared.ids import new_id
from tests.support import rows
from tests.support.services import RunningService, statements


async def send(ingest: RunningService, *batch: rows.Row, kind: str = "penalty", **claims: Any) -> dict[str, Any]:
    answer = await ingest.post("/v1/batches", {"kind": kind, "rows": list(batch)}, **claims)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def verdicts(receipt: dict[str, Any]) -> list[str]:
    return [row["verdict"] for row in receipt["verdicts"]]


async def test_each_row_of_a_mixed_batch_gets_one_verdict_and_the_verdicts_sum_to_the_rows(
    ingest: RunningService,
) -> None:
    batch = [rows.penalty(1), rows.penalty(2, CF_NR_FK=""), rows.penalty(3), rows.penalty(1)]
    receipt = await send(ingest, *batch)
    assert [row["row"] for row in receipt["verdicts"]] == [1, 2, 3, 4]
    assert verdicts(receipt) == ["admitted", "quarantined", "admitted", "unchanged"]
    assert {name: n for name, n in receipt["counts"].items() if n} == Counter(verdicts(receipt))
    assert receipt["rows"] == sum(receipt["counts"].values()) == 4


async def test_each_new_record_is_told_exactly_once_as_the_contract_wants_it(ingest: RunningService) -> None:
    receipt = await send(ingest, *(rows.penalty(number) for number in range(1, 251)))
    told = await ingest.told()
    assert {type(event) for event in told} == {RecordAdmitted}
    assert sorted(e.record_id for e in told) == sorted(row["record_id"] for row in receipt["verdicts"])
    assert len({e.record_id for e in told}) == 250


async def test_newline_delimited_rows_and_single_records_are_taken_like_a_json_batch(ingest: RunningService) -> None:
    body = rows.ndjson([rows.licence(1), rows.licence(2)]) + b"\n\n"
    headers = {**ingest.headers(), "Content-Type": "application/x-ndjson"}
    lines = await ingest.client.post("/v1/batches?kind=licence", content=body, headers=headers)
    single = await ingest.post("/v1/records", {"kind": "licence", "row": rows.licence(3)})
    again = await send(ingest, *(rows.licence(number) for number in (1, 2, 3)), kind="licence")
    assert (lines.status_code, single.status_code) == (201, 201)
    assert verdicts(lines.json()) + verdicts(single.json()) == ["admitted"] * 3
    assert verdicts(again) == ["unchanged"] * 3


async def test_a_batch_sent_again_is_unchanged_throughout_and_tells_nothing(ingest: RunningService) -> None:
    batch = [rows.penalty(1), rows.person_penalty(2), rows.penalty(3, CF_CFLB="没收违法所得;罚款", CF_NR_WFFF="0.5")]
    first = await send(ingest, *batch)
    await ingest.take_told()
    second = await send(ingest, *batch)
    assert verdicts(first) == ["admitted"] * 3
    assert verdicts(second) == ["unchanged"] * 3
    assert [row["record_id"] for row in first["verdicts"]] == [row["record_id"] for row in second["verdicts"]]
    assert await ingest.told() == []


async def test_another_content_under_the_same_key_is_an_amendment_of_the_next_generation(
    ingest: RunningService,
) -> None:
    first = await send(ingest, rows.penalty(1))
    await ingest.take_told()
    second = await send(ingest, rows.penalty(1, CF_NR_FK="7"))
    [event] = await ingest.told()
    assert verdicts(second) == ["amended"]
    assert isinstance(event, RecordAmended)
    assert (event.record_id, event.generation) == (first["verdicts"][0]["record_id"], 2)
    assert event.record.detail.fine == 70_000  # type: ignore[union-attr]
    view = (await ingest.get(f"/v1/records/{event.record_id}")).json()
    assert (view["generation"], view["record"]["detail"]["fine"]) == (2, "70000.00")


async def test_a_record_that_changes_inside_its_first_batch_is_told_once_with_its_last_content(
    ingest: RunningService,
) -> None:
    receipt = await send(ingest, rows.penalty(1), rows.penalty(1, CF_NR_FK="7"), rows.penalty(1, CF_NR_FK="7"))
    assert verdicts(receipt) == ["admitted", "amended", "unchanged"]
    [event] = await ingest.told()
    assert isinstance(event, RecordAdmitted)
    assert (event.generation, event.record.detail.fine) == (2, 70_000)  # type: ignore[union-attr]
    [stored] = await ingest.rows(tables.record)
    assert stored.generation == 2


async def test_the_first_submission_keeps_its_day_through_amendments(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1))
    ingest.clock.advance(timedelta(days=9))
    await send(ingest, rows.penalty(1, CF_NR_FK="7"))
    days = {event.first_submitted_on.isoformat() for event in await ingest.told()}  # type: ignore[attr-defined]
    assert days == {"2026-11-02"}


@pytest.mark.parametrize(
    "writing", ["（苏通）应急罚[2026]1号", "(苏通)应急罚【2026】1号", "（苏通）应急罚〔２０２６〕 1 号"]
)
async def test_the_same_number_in_another_writing_is_the_same_record(ingest: RunningService, writing: str) -> None:
    first = await send(ingest, rows.penalty(1))
    second = await send(ingest, rows.penalty(1, CF_WSH=writing))
    assert first["verdicts"][0]["record_id"] == second["verdicts"][0]["record_id"]
    assert len(await ingest.rows(tables.record)) == 1


async def test_codes_in_another_case_or_width_are_the_same_authority_and_subject(ingest: RunningService) -> None:
    odd = rows.penalty(
        1, CF_CFJGDM=rows.AUTHORITY.lower(), CF_SJLYDM=f" {rows.AUTHORITY[:6]} {rows.AUTHORITY[6:]} ",
        CF_XDR_SHXYM=rows.COMPANY.lower(),
    )  # fmt: skip
    first = await send(ingest, odd)
    second = await send(ingest, rows.penalty(1))
    assert verdicts(first) + verdicts(second) == ["admitted", "unchanged"]
    [event] = await ingest.told()
    assert event.record.issuing_authority.code == rows.AUTHORITY  # type: ignore[attr-defined]
    assert event.record.source_authority.code == rows.AUTHORITY  # type: ignore[attr-defined]


async def test_a_person_with_a_spaced_number_is_the_same_person(ingest: RunningService) -> None:
    first = await send(ingest, rows.person_penalty(1))
    number = f"{rows.PERSON_NUMBER[:6]} {rows.PERSON_NUMBER[6:14]} {rows.PERSON_NUMBER[14:]}"
    second = await send(ingest, rows.person_penalty(1, CF_XDR_ZJHM=number))
    assert verdicts(second) == ["unchanged"]
    assert first["verdicts"][0]["record_id"] == second["verdicts"][0]["record_id"]


async def test_concurrent_batches_with_the_same_new_records_leave_one_record_each(ingest: RunningService) -> None:
    batch = [rows.penalty(number) for number in range(1, 121)]
    mirrored = list(reversed(batch))
    receipts = await asyncio.gather(send(ingest, *batch), send(ingest, *mirrored), send(ingest, *batch))
    stored = await ingest.rows(tables.record)
    told = await ingest.told()
    assert len(stored) == len({row.record_key for row in stored}) == 120
    assert sum(receipt["counts"]["admitted"] for receipt in receipts) == 120
    assert sum(receipt["counts"]["unchanged"] for receipt in receipts) == 240
    assert sorted(event.record_id for event in told) == sorted(row.record_id for row in stored)  # type: ignore[attr-defined]


async def test_concurrent_amendments_of_one_record_get_a_generation_each(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1))
    await ingest.take_told()
    await asyncio.gather(*(send(ingest, rows.penalty(1, CF_NR_FK=str(fine))) for fine in (7, 8, 9, 10)))
    assert sorted(event.generation for event in await ingest.told()) == [2, 3, 4, 5]  # type: ignore[attr-defined]
    [stored] = await ingest.rows(tables.record)
    assert stored.generation == 5


async def test_one_call_sent_twice_at_once_takes_effect_once(ingest: RunningService) -> None:
    body, key = {"kind": "penalty", "rows": [rows.penalty(1)]}, new_id()
    answers = await asyncio.gather(*(ingest.post("/v1/batches", body, key) for _ in range(3)))
    later = await ingest.post("/v1/batches", body, key)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert later.headers["idempotent-replay"] == "true"
    assert all(answer.content == later.content for answer in answers if answer.status_code == 201)
    assert (await ingest.counts())["batch"] == 1
    assert len(await ingest.told()) == 1


async def test_the_receipt_can_be_asked_for_again_by_its_client_and_by_nobody_else(ingest: RunningService) -> None:
    receipt = await send(ingest, rows.penalty(1), rows.penalty(2, CF_SY=""))
    path = f"/v1/batches/{receipt['batch_id']}"
    assert (await ingest.get(path)).json() == receipt
    assert (await ingest.get(path, sub="somebody-else")).status_code == 404


async def statements_for(ingest: RunningService, number: int) -> int:
    """Statements for a batch in which rows are new, amended, unchanged and quarantined in equal parts."""
    base = number * 1_000
    old = [rows.penalty(base + at) for at in range(number // 2)]
    await send(ingest, *old)
    changed = [row | {"CF_NR_FK": "8"} for row in old[::2]]
    new = [rows.penalty(base + number + at) for at in range(number // 4)]
    bad = [rows.penalty(base + 2 * number + at, CF_SY="") for at in range(number // 4)]
    with statements() as sent:
        receipt = await send(ingest, *changed, *old[1::2], *new, *bad)
    assert {name for name, n in receipt["counts"].items() if n} == {"admitted", "amended", "unchanged", "quarantined"}
    return len(sent)


async def test_a_large_batch_needs_no_more_statements_than_a_small_one(ingest: RunningService) -> None:
    assert await statements_for(ingest, 500) == await statements_for(ingest, 8)
