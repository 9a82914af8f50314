"""Versions, withdrawals and changes of decisions, in rows and by explicit operations (rulings R24, V16)."""

from datetime import date
from typing import Any

import pytest

from services.ingest import tables
from shared.contracts.base import EventData
from shared.contracts.events import RecordAdmitted, RecordAmended, RecordVoided
from shared.vocabulary import WithdrawalKind
from tests.support import rows
from tests.support.services import RunningService

REASONS = "行政复议决定撤销。"


async def send(ingest: RunningService, *sent: rows.Row) -> list[dict[str, Any]]:
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": list(sent)})
    assert answer.status_code == 201, answer.text
    verdicts: list[dict[str, Any]] = answer.json()["verdicts"]
    return verdicts


def codes(verdict: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in verdict["reasons"]}


def one_voided(events: list[EventData]) -> RecordVoided:
    [event] = [one for one in events if isinstance(one, RecordVoided)]
    return event


@pytest.mark.parametrize(
    ("named", "kind"),
    [("", WithdrawalKind.REVOKED), ("变更", WithdrawalKind.AMENDED), ("确认违法", WithdrawalKind.UNLAWFUL),
     ("无效", WithdrawalKind.VOID)],
)  # fmt: skip
async def test_a_row_with_an_invalid_state_and_reasons_withdraws_its_decision(
    ingest: RunningService, named: str, kind: WithdrawalKind
) -> None:
    [first] = await send(ingest, rows.penalty(1))
    [verdict] = await send(ingest, rows.penalty(1, CF_ZT="2", 撤回原因=REASONS, CHLX=named, CHRQ="2026-10-31"))
    assert (verdict["verdict"], verdict["record_id"]) == ("voided", first["record_id"])
    event = one_voided(await ingest.told())
    assert (event.generation, event.withdrawal.kind) == (2, kind)
    assert (event.withdrawal.statement_of_reasons, event.withdrawal.withdrawn_on) == (REASONS, date(2026, 10, 31))
    [history] = (await ingest.get(f"/v1/records/{first['record_id']}")).json()["withdrawals"]
    assert (history["kind"], history["statement_of_reasons"]) == (kind, REASONS)
    assert (history["due_on"], history["provisional"]) == ("2026-11-04", False)  # three working days from Saturday


async def test_without_reasons_it_waits_for_a_person_and_the_record_stays_as_it_is(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1))
    [verdict] = await send(ingest, rows.penalty(1, CF_ZT="2"))
    assert (verdict["verdict"], codes(verdict)) == ("quarantined", {"V16"})
    [stored] = await ingest.rows(tables.record)
    assert stored.state == "valid"


async def test_a_withdrawal_that_comes_twice_is_noted_once(ingest: RunningService) -> None:
    gone = rows.penalty(1, CF_ZT="2", CHYY=REASONS)
    await send(ingest, rows.penalty(1))
    await send(ingest, gone)
    [again] = await send(ingest, gone)
    assert (again["verdict"], codes(again)) == ("unchanged", {"V16"})
    assert len(await ingest.rows(tables.withdrawal)) == 1
    one_voided(await ingest.told())


async def test_a_decision_that_comes_withdrawn_is_kept_and_nobody_admits_it_later(ingest: RunningService) -> None:
    [first] = await send(ingest, rows.penalty(1, CF_ZT="2", CHYY=REASONS))
    [same, other] = await send(ingest, rows.penalty(1), rows.penalty(1, CF_SY="另一事实。"))
    assert [one["verdict"] for one in (first, same, other)] == ["voided", "unchanged", "quarantined"]
    [event] = await ingest.told()
    assert isinstance(event, RecordVoided)
    assert event.generation == 1


async def test_admitted_and_withdrawn_in_one_batch_is_told_as_withdrawn_alone(ingest: RunningService) -> None:
    verdicts = await send(ingest, rows.penalty(1), rows.penalty(1, CF_ZT="2", CHYY=REASONS), rows.penalty(1))
    assert [one["verdict"] for one in verdicts] == ["admitted", "voided", "unchanged"]
    assert "V12" in codes(verdicts[1])
    assert one_voided(await ingest.told()).generation == 2
    assert len(await ingest.told()) == 1
    [stored] = await ingest.rows(tables.record)
    assert stored.state == "voided"


async def test_a_persons_name_is_masked_in_the_reasons(ingest: RunningService) -> None:
    row = rows.person_penalty(1, CF_ZT="2", CHYY=f"{rows.PERSON_NAME}申请复议后撤销。")
    await send(ingest, row)
    assert one_voided(await ingest.told()).withdrawal.statement_of_reasons == "欧阳***申请复议后撤销。"


async def test_a_lower_version_changes_nothing_and_a_higher_one_replaces(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1, 数据版本="2"))
    [lower] = await send(ingest, rows.penalty(1, SJBB="1", CF_SY="旧事实。"))
    [higher] = await send(ingest, rows.penalty(1, SJBB="3", CF_SY="新事实。"))
    [middle] = await send(ingest, rows.penalty(1, SJBB="2"))
    assert [one["verdict"] for one in (lower, higher, middle)] == ["unchanged", "amended", "unchanged"]
    assert codes(lower) == codes(middle) == {"V16"}
    [stored] = await ingest.rows(tables.record)
    assert (stored.data_version, stored.generation) == (3, 2)


async def test_a_higher_version_with_the_same_content_is_remembered_and_not_told(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1, SJBB="1"))
    [same] = await send(ingest, rows.penalty(1, SJBB="5"))
    [lower] = await send(ingest, rows.penalty(1, SJBB="4", CF_SY="旧事实。"))
    assert [same["verdict"], lower["verdict"]] == ["unchanged", "unchanged"]
    assert len(await ingest.told()) == 1


async def test_the_same_version_with_another_content_counts_with_a_warning(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1, SJBB="1"))
    [verdict] = await send(ingest, rows.penalty(1, SJBB="1", CF_SY="新事实。"))
    assert (verdict["verdict"], codes(verdict)) == ("amended", {"V16"})


async def test_two_rows_of_one_batch_about_one_decision_are_told_of_each_other(ingest: RunningService) -> None:
    verdicts = await send(ingest, rows.penalty(1), rows.penalty(2), rows.penalty(1), rows.penalty(1, CF_SY="新事实。"))
    assert [one["verdict"] for one in verdicts] == ["admitted", "admitted", "unchanged", "amended"]
    assert [codes(one) for one in verdicts] == [set(), set(), {"V12"}, {"V12"}]
    assert "1 row above" in verdicts[3]["reasons"][0]["message"]


# --- by explicit operation


@pytest.fixture
async def record_id(ingest: RunningService) -> str:
    [verdict] = await send(ingest, rows.penalty(1))
    await ingest.take_told()
    admitted: str = verdict["record_id"]
    return admitted


def changed(**cells: Any) -> dict[str, Any]:
    row = rows.penalty(1, CF_NR="罚款人民币30000元。", CF_NR_FK="3") | cells
    return {"statement_of_reasons": "复议决定变更罚款金额。", "changed_on": "2026-11-02", "row": row}


async def test_a_changed_decision_takes_the_place_of_the_old_one_with_public_reasons(
    ingest: RunningService, record_id: str
) -> None:
    answer = await ingest.post(f"/v1/records/{record_id}/change", changed())
    assert answer.status_code == 200, answer.text
    assert (answer.json()["generation"], answer.json()["due_on"]) == (2, "2026-11-05")
    [event] = await ingest.told()
    assert isinstance(event, RecordAmended)
    assert event.change is not None
    assert (event.generation, event.change.kind) == (2, WithdrawalKind.AMENDED)
    assert event.change.statement_of_reasons == "复议决定变更罚款金额。"
    shown = (await ingest.get(f"/v1/records/{record_id}")).json()
    assert (shown["state"], shown["generation"]) == ("valid", 2)
    assert [one["kind"] for one in shown["withdrawals"]] == ["amended"]
    [again] = await send(ingest, changed()["row"])
    assert again["verdict"] == "unchanged"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (changed(CF_NR="罚款人民币60000元。", CF_NR_FK="6"), 409, "nothing to change"),
        (changed(CF_WSH="（苏通）应急罚〔2026〕2号"), 422, "another decision"),
        (changed(CF_NR_FK=""), 422, "row.CF_NR_FK"),
        (changed(CF_ZT="2", CHYY="撤销"), 422, "withdraws the decision"),
        (changed() | {"changed_on": "2026-11-03"}, 422, "withdrawn_on"),
        (changed() | {"statement_of_reasons": " "}, 422, "statement_of_reasons"),
        (changed() | {"statement_of_reasons": f"当事人{rows.PERSON_NUMBER}"}, 422, "citizen"),
    ],
)
async def test_a_change_that_is_none_or_not_usable_is_refused_and_changes_nothing(
    ingest: RunningService, record_id: str, body: dict[str, Any], status: int, says: str
) -> None:
    before = await ingest.counts()
    answer = await ingest.post(f"/v1/records/{record_id}/change", body)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert await ingest.counts() == before


async def test_nobody_changes_a_withdrawn_an_unknown_or_a_foreign_decision(
    ingest: RunningService, record_id: str
) -> None:
    foreign = await ingest.post(f"/v1/records/{record_id}/change", changed(), authorities=[rows.OTHER_AUTHORITY])
    unknown = await ingest.post(f"/v1/records/{'0' * 32}/change", changed())
    body = {"kind": "revoked", "statement_of_reasons": REASONS, "withdrawn_on": "2026-11-02"}
    withdrawn = await ingest.post(f"/v1/records/{record_id}/withdrawal", body)
    late = await ingest.post(f"/v1/records/{record_id}/change", changed())
    assert [one.status_code for one in (foreign, unknown, withdrawn, late)] == [403, 404, 200, 409]
    assert withdrawn.json()["due_on"] == "2026-11-05"


async def test_a_change_reads_back_by_its_contract_after_an_admission(ingest: RunningService) -> None:
    [verdict] = await send(ingest, rows.penalty(7))
    await ingest.post(f"/v1/records/{verdict['record_id']}/change", changed(CF_WSH="（苏通）应急罚〔2026〕7号"))
    first, second = await ingest.told()
    assert isinstance(first, RecordAdmitted)
    assert isinstance(second, RecordAmended)
    assert first.record_id == second.record_id
