"""Coercion, awards and inspections are held with the rule that hides them from the public; no portal gets them."""

import json

import pytest

from services.disclosure import tables
from services.disclosure.domain.facts import facts_of
from shared.contracts.events import PublicationOnline, RecordAmended, Withdrawal
from shared.contracts.records import AwardDetail, CoercionDetail, Detail, InspectionDetail
from shared.policy import Evaluator, load_packs
from shared.vocabulary import Audience, InspectionPlan, InspectionResult, WithdrawalKind
from tests.support import told
from tests.support.register import HEAR
from tests.support.services import RunningService

COMMON = {"item_name": "样例事项", "legal_basis": "《中华人民共和国安全生产法》第六十五条", "content": "样例内容。"}
DETAILS: dict[str, Detail] = {
    "coercion": CoercionDetail(**COMMON, measure="查封设施", object="反应釜一台", valid_from=told.DECIDED),
    "award": AwardDetail(**COMMON, honour="安全生产先进单位"),
    "inspection": InspectionDetail(
        **COMMON,
        plan=InspectionPlan.DOUBLE_RANDOM,
        items="消防设施",
        result=InspectionResult.NO_PROBLEM,
        public=False,
        ground_of_non_disclosure="涉及商业秘密",
    ),
}


@pytest.mark.parametrize("kind", DETAILS)
async def test_such_a_record_is_held_with_its_provenance_and_shown_to_nobody(
    disclosure: RunningService, kind: str
) -> None:
    event = told.admitted(of=told.record().model_copy(update={"detail": DETAILS[kind]}))
    await disclosure.hear(HEAR.records, event)
    await disclosure.hear(HEAR.records, told.amended(event.record_id, event.record))
    assert [one for one in await disclosure.told() if isinstance(one, PublicationOnline)] == []
    [record] = await disclosure.rows(tables.disclosed_record)
    assert (record.kind, record.source_generation) == (kind, 2)
    publications = await disclosure.rows(tables.publication)
    assert {(row.audience, row.state) for row in publications} == {(audience, "exempt") for audience in Audience}
    provenance = await disclosure.rows(tables.publication_provenance)
    assert len(provenance) == len(Audience)
    assert all("no_rule" in row.provenance or "excluded:secret" in row.provenance for row in provenance)


async def test_a_withdrawal_of_such_a_record_is_kept(disclosure: RunningService) -> None:
    event = told.admitted(of=told.record().model_copy(update={"detail": DETAILS["award"]}))
    await disclosure.hear(HEAR.records, event)
    await disclosure.hear(HEAR.records, told.voided(event.record_id))
    [record] = await disclosure.rows(tables.disclosed_record)
    assert record.withdrawn
    assert await disclosure.told() == []


def test_a_record_that_its_authority_keeps_from_the_public_is_withheld_whatever_a_pack_may_say() -> None:
    record = told.record().model_copy(update={"detail": DETAILS["inspection"]})
    facts = facts_of(record, told.SUBMITTED)
    assert facts.secret
    windows = Evaluator(load_packs()).evaluate(facts, told.SUBMITTED)
    assert {window.publishability.value for window in windows} == {"exempt"}


async def test_a_changed_decision_is_shown_anew_in_three_working_days_with_its_reasons(
    disclosure: RunningService,
) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    await disclosure.take_told()
    statement = Withdrawal(
        kind=WithdrawalKind.AMENDED, statement_of_reasons="复议决定变更罚款金额。", withdrawn_on=told.SUBMITTED
    )
    amended = RecordAmended(
        record_id=event.record_id,
        generation=2,
        first_submitted_on=told.SUBMITTED,
        record=told.record(fine=30_000),
        change=statement,
    )
    await disclosure.hear(HEAR.records, amended)
    shown = [one for one in await disclosure.told() if isinstance(one, PublicationOnline)]
    assert {one.audience for one in shown} == set(Audience)
    assert {one.due_at.isoformat() for one in shown} == {"2026-11-05T16:00:00+00:00"}  # the end of 5 November
    page = await disclosure.client.get(f"/v1/column/statements/{event.record_id}")
    assert (page.status_code, page.json()["withdrawal_kind"]) == (200, "amended")
    assert "30000" not in json.dumps(page.json(), ensure_ascii=False)
    await disclosure.hear(HEAR.records, told.voided(event.record_id, generation=3))
    page = await disclosure.client.get(f"/v1/column/statements/{event.record_id}")
    assert page.json()["withdrawal_kind"] == "revoked"
