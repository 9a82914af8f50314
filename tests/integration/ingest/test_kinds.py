"""All five kinds of record are taken in, told by their contract, and repeated without a new word."""

import pytest

from services.ingest import tables
from shared.contracts.events import RecordAdmitted, RecordVoided
from shared.contracts.records import InspectionDetail
from shared.vocabulary import InspectionPlan, InspectionResult, RecordKind
from tests.support import rows
from tests.support.services import RunningService


@pytest.mark.parametrize("kind", list(RecordKind))
async def test_a_record_of_every_kind_is_taken_told_and_known_again(ingest: RunningService, kind: RecordKind) -> None:
    body = {"kind": kind, "rows": [rows.good(kind, 1), rows.good(kind, 2)]}
    first, again = [(await ingest.post("/v1/batches", body)).json() for _ in range(2)]
    assert first["counts"] | {"admitted": 2} == first["counts"]
    assert again["counts"] | {"unchanged": 2} == again["counts"]
    events = await ingest.told()
    assert [type(event) for event in events] == [RecordAdmitted, RecordAdmitted]
    shown = (await ingest.get(f"/v1/records/{first['verdicts'][0]['record_id']}")).json()
    assert shown["record"]["detail"]["kind"] == kind
    assert (shown["client"], shown["data_version"], shown["withdrawals"]) == ("enforcement-system", None, [])


async def test_an_inspection_says_what_it_found_and_a_ground_keeps_it_from_the_public(ingest: RunningService) -> None:
    row = rows.inspection(SFGK="否", BGKLY="涉及商业秘密")
    await ingest.post("/v1/records", {"kind": "inspection", "row": row})
    [event] = await ingest.told()
    assert isinstance(event, RecordAdmitted)
    detail = event.record.detail
    assert isinstance(detail, InspectionDetail)
    assert (detail.plan, detail.result) == (InspectionPlan.DOUBLE_RANDOM, InspectionResult.ORDERED_TO_CORRECT)
    assert (detail.public, detail.ground_of_non_disclosure) == (False, "涉及商业秘密")


async def test_an_award_that_is_invalid_is_withdrawn_like_any_decision(ingest: RunningService) -> None:
    await ingest.post("/v1/records", {"kind": "award", "row": rows.award()})
    gone = rows.award(JL_ZT="2", CHYY="以欺骗手段取得。")
    answer = await ingest.post("/v1/records", {"kind": "award", "row": gone})
    assert answer.json()["counts"]["voided"] == 1
    assert isinstance((await ingest.told())[-1], RecordVoided)
    [stored] = await ingest.rows(tables.record)
    assert (stored.state, stored.generation) == ("voided", 2)
