"""What an upheld objection does to a record: amended or withdrawn once, answered, never undone by its source."""

from pathlib import Path
from typing import Any

import pytest

from services.ingest import store
from services.ingest.day import DayBook
from services.ingest.handlers import Objections
from services.ingest.settings import IngestSettings
from services.ingest.tables import record
from shared.contracts.events import RecordAdmitted, RecordAmended, RecordVoided, Withdrawal
from shared.contracts.objections import CorrectedField, CorrectionSettled, ObjectionUpheld
from shared.contracts.records import PenaltyDetail
from shared.ids import new_id
from shared.sealing import Sealer
from shared.vocabulary import Remedy, RemedyOutcome, WithdrawalKind
from tests.support.rows import PERSON_NAME, PERSON_NUMBER, good, licence, penalty, person_penalty
from tests.support.services import RunningService

HEAR = Objections(DayBook(), Sealer(b"k" * 32))
LESS = {"fine": "50000", "penalty_content": "罚款人民币50000元。"}


def upheld(record_id: str, fields: dict[str, str], **changed: Any) -> ObjectionUpheld:
    values: dict[str, Any] = {
        "objection_id": new_id(),
        "record_id": record_id,
        "attempt": 1,
        "remedy": Remedy.CORRECT,
        "corrected": tuple(CorrectedField(field=name, value=value) for name, value in fields.items()),
        "decided_by": "reviewer",
        "reason": "决定书原件所载金额不同。",
    }
    return ObjectionUpheld(**(values | changed))


async def send(ingest: RunningService, row: dict[str, Any], kind: str = "penalty") -> dict[str, Any]:
    answer = await ingest.post("/v1/batches", {"kind": kind, "rows": [row]})
    assert answer.status_code == 201, answer.text
    verdict: dict[str, Any] = answer.json()["verdicts"][0]
    return verdict


async def admitted(ingest: RunningService, row: dict[str, Any], kind: str = "penalty") -> str:
    verdict = await send(ingest, row, kind)
    assert verdict["verdict"] == "admitted", verdict
    await ingest.take_told()
    record_id: str = verdict["record_id"]
    return record_id


async def settled(
    ingest: RunningService, decision: ObjectionUpheld, hear: Objections = HEAR
) -> tuple[list[Any], CorrectionSettled]:
    """What ingest tells of it: everything else first, the answer last."""
    await ingest.hear(hear, decision)
    told = await ingest.take_told()
    answers = [one for one in told if isinstance(one, CorrectionSettled)]
    assert [one.objection_id for one in answers] == [decision.objection_id]
    return [one for one in told if not isinstance(one, CorrectionSettled)], answers[0]


async def test_a_correction_is_an_amendment_with_the_next_generation(ingest: RunningService) -> None:
    record_id = await admitted(ingest, penalty())
    [amended], answer = await settled(ingest, upheld(record_id, LESS))
    assert isinstance(amended, RecordAmended)
    assert (amended.generation, amended.change, answer.outcome) == (2, None, RemedyOutcome.APPLIED)
    assert isinstance(amended.record.detail, PenaltyDetail)
    assert (amended.record.detail.fine, amended.record.detail.penalty_content) == (50_000, "罚款人民币50000元。")
    assert amended.record.subject.legal_representative == "样例乙"
    view = (await ingest.get(f"/v1/records/{record_id}")).json()
    assert (view["generation"], view["record"]["detail"]["fine"]) == (2, "50000.00")


async def test_the_same_decision_told_twice_changes_the_record_once(ingest: RunningService) -> None:
    record_id = await admitted(ingest, penalty())
    decision = upheld(record_id, LESS)
    await settled(ingest, decision)
    told, answer = await settled(ingest, decision)
    assert (told, answer.outcome) == ([], RemedyOutcome.UNCHANGED)


async def test_the_source_cannot_bring_back_what_was_proved_wrong(ingest: RunningService) -> None:
    record_id = await admitted(ingest, penalty())
    await settled(ingest, upheld(record_id, LESS))
    again = await send(ingest, penalty())
    assert (again["verdict"], again["reasons"][-1]["code"]) == ("unchanged", "objection")
    with_another_change = await send(ingest, penalty(CF_SY="未对新上岗人员进行教育和培训。"))
    assert (with_another_change["verdict"], with_another_change["reasons"][-1]["code"]) == ("quarantined", "objection")
    assert await ingest.take_told() == []
    right = await send(
        ingest, penalty(CF_NR_FK="5", CF_NR="罚款人民币50000元。", CF_SY="未对新上岗人员进行教育和培训。")
    )
    assert right["verdict"] == "amended"


async def test_a_later_objection_may_restore_what_an_earlier_one_changed(ingest: RunningService) -> None:
    record_id = await admitted(ingest, penalty())
    await settled(ingest, upheld(record_id, LESS))
    [back], answer = await settled(
        ingest, upheld(record_id, {"fine": "60000", "penalty_content": "罚款人民币60000元。"})
    )
    assert (back.generation, answer.outcome) == (3, RemedyOutcome.APPLIED)
    assert (await send(ingest, penalty()))["verdict"] == "unchanged"
    less = await send(ingest, penalty(CF_NR_FK="5", CF_NR="罚款人民币50000元。"))
    assert (less["verdict"], less["reasons"][-1]["code"]) == ("unchanged", "objection")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"document_number": "（苏通）应急罚〔2026〕9号"}, "document_number"),
        ({"fine": "0"}, "CF_NR_FK_YUAN"),
        ({"decided_on": "2026年13月1日"}, "CF_JDRQ"),
        ({"licence_content": "x"}, "licence_content"),
    ],
)
async def test_what_cannot_be_taken_is_answered_with_reasons_and_changes_nothing(
    ingest: RunningService, fields: dict[str, str], said: str
) -> None:
    record_id = await admitted(ingest, penalty())
    before = await ingest.rows(record)
    told, answer = await settled(ingest, upheld(record_id, fields))
    assert (told, answer.outcome) == ([], RemedyOutcome.REFUSED)
    assert said in " ".join(answer.reasons)
    assert await ingest.rows(record) == before


async def test_what_nobody_knows_is_not_corrected(ingest: RunningService) -> None:
    told, answer = await settled(ingest, upheld(new_id(), LESS))
    assert (told, answer.outcome) == ([], RemedyOutcome.REFUSED)


async def test_the_record_of_a_person_is_corrected_and_stays_masked(ingest: RunningService, tmp_path: Path) -> None:
    sealer = Sealer(*IngestSettings(data_dir=tmp_path).person_keys())
    hear = Objections(DayBook(), sealer)
    record_id = await admitted(ingest, person_penalty())
    facts = f"{PERSON_NAME}未佩戴安全帽。"
    told, answer = await settled(ingest, upheld(record_id, LESS | {"violation_facts": facts}), hear)
    assert answer.reasons == ()
    [amended] = told
    assert (amended.generation, answer.outcome) == (2, RemedyOutcome.APPLIED)
    text = amended.record.model_dump_json()
    assert PERSON_NAME not in text
    assert PERSON_NUMBER not in text
    [row] = await ingest.rows(record)
    private = store.opened(row, sealer)
    assert private is not None
    assert (private.name, private.id_number) == (PERSON_NAME, PERSON_NUMBER)
    again = await send(ingest, person_penalty())
    assert (again["verdict"], again["reasons"][-1]["code"]) == ("unchanged", "objection")
    told, answer = await settled(ingest, upheld(record_id, {"subject_name": "欧阳样例丙"}))
    assert (told, answer.outcome) == ([], RemedyOutcome.REFUSED)
    assert "sent by the source" in answer.reasons[0]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [("coercion", "object", "反应釜两台"), ("award", "honour", "安全文化示范企业"), ("inspection", "result", "移送")],
)
async def test_every_kind_of_record_is_corrected(ingest: RunningService, kind: str, field: str, value: str) -> None:
    record_id = await admitted(ingest, good(kind), kind)
    [amended], answer = await settled(ingest, upheld(record_id, {field: value}))
    assert (amended.generation, answer.outcome) == (2, RemedyOutcome.APPLIED)
    assert (await send(ingest, good(kind), kind))["reasons"][-1]["code"] == "objection"
    told, answer = await settled(ingest, upheld(record_id, {"ground_of_non_disclosure": "x"}))
    assert (told, answer.outcome) == ([], RemedyOutcome.REFUSED)


async def test_a_licence_keeps_everything_that_was_not_corrected(ingest: RunningService) -> None:
    record_id = await admitted(ingest, licence(), "licence")
    [amended], _ = await settled(ingest, upheld(record_id, {"licence_content": "危险化学品经营"}))
    [first] = [one for one in (await _everything_told(ingest, licence(2))) if isinstance(one, RecordAdmitted)]
    changed = amended.record.detail.model_copy(update={"licence_content": first.record.detail.licence_content})
    assert changed == first.record.detail


async def _everything_told(ingest: RunningService, row: dict[str, Any]) -> list[Any]:
    await send(ingest, row, "licence")
    return list(await ingest.take_told())


async def test_a_withdrawn_record_stays_withdrawn_whatever_comes(ingest: RunningService) -> None:
    record_id = await admitted(ingest, penalty())
    how = Withdrawal(
        kind=WithdrawalKind.VOID,
        statement_of_reasons="该决定的相对人认定有误。",
        withdrawn_on=ingest.clock.now().date(),
    )
    decision = upheld(record_id, {}, remedy=Remedy.WITHDRAW, withdrawal=how)
    [voided], answer = await settled(ingest, decision)
    assert isinstance(voided, RecordVoided)
    assert (voided.generation, answer.outcome) == (2, RemedyOutcome.APPLIED)
    assert (await settled(ingest, decision))[1].outcome is RemedyOutcome.UNCHANGED
    assert (await settled(ingest, upheld(record_id, LESS)))[1].outcome is RemedyOutcome.REFUSED
    assert (await send(ingest, penalty()))["verdict"] == "unchanged"


async def test_what_disclosure_has_to_carry_out_is_not_answered_by_ingest(ingest: RunningService) -> None:
    record_id = await admitted(ingest, penalty())
    await ingest.hear(HEAR, upheld(record_id, {}, remedy=Remedy.RECLASSIFY))
    assert await ingest.take_told() == []
