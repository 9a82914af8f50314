"""Objections as disclosure hears of them: the mark beside a shown record, and a class that was proved wrong."""

import csv
from datetime import date
from io import StringIO
from typing import Any

import pytest

from services.disclosure.confirmations.tables import confirmation
from services.disclosure.objections.tables import objection_mark
from shared.contracts.events import PublicationOnline
from shared.contracts.objections import ObjectionMarkChanged, ObjectionUpheld, Reclassification, ReclassificationSettled
from shared.ids import new_id
from shared.vocabulary import Remedy, RemedyOutcome, Severity
from tests.support.register import HEAR, admit, penalty
from tests.support.services import RunningService
from tests.support.told import admitted, record, voided

DECIDED = date(2026, 10, 30)
HUGE = 130_000


def mark(record_id: str, generation: int, *, marked: bool = True) -> ObjectionMarkChanged:
    return ObjectionMarkChanged(
        record_id=record_id, generation=generation, marked=marked, since_on=date(2026, 11, 1 + generation)
    )


async def shown(disclosure: RunningService) -> dict[str, Any]:
    [item] = (await disclosure.client.get("/v1/column/records")).json()["items"]
    found: dict[str, Any] = item
    return found


async def test_the_column_shows_the_mark_until_it_is_taken_off(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED))
    record_id = (await shown(disclosure))["record_id"]
    page = f"/column/records/{record_id}"
    assert (await shown(disclosure))["objected_on"] is None
    assert "异议" not in (await disclosure.client.get(page)).text
    await disclosure.hear(HEAR.objections, mark(record_id, 1))
    assert (await shown(disclosure))["objected_on"] == "2026-11-02"
    assert "异议处理中" in (await disclosure.client.get(page)).text
    assert "Objected to" in (await disclosure.client.get("/column?lang=en")).text
    table = (await disclosure.client.get("/v1/column/records.csv")).text.lstrip("\ufeff")
    assert [row["objected_on"] for row in csv.DictReader(StringIO(table))] == ["2026-11-02"]
    assert (await disclosure.client.get(f"/v1/column/records/{record_id}")).json()["objected_on"] == "2026-11-02"
    await disclosure.hear(HEAR.objections, mark(record_id, 2, marked=False))
    assert (await shown(disclosure))["objected_on"] is None


async def test_an_older_word_on_a_mark_changes_nothing(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED))
    record_id = (await shown(disclosure))["record_id"]
    await disclosure.hear(HEAR.objections, mark(record_id, 3), mark(record_id, 2, marked=False))
    await disclosure.hear(HEAR.objections, mark(record_id, 1, marked=False))
    assert (await shown(disclosure))["objected_on"] == "2026-11-04"


async def test_a_mark_may_come_before_its_record(disclosure: RunningService) -> None:
    event = admitted()
    await disclosure.hear(HEAR.objections, mark(event.record_id, 1))
    await disclosure.hear(HEAR.records, event)
    assert (await shown(disclosure))["objected_on"] == "2026-11-02"
    assert len(await disclosure.rows(objection_mark)) == 1


def upheld(record_id: str, severity: Severity | None, **changed: Any) -> ObjectionUpheld:
    values: dict[str, Any] = {
        "objection_id": new_id(),
        "record_id": record_id,
        "attempt": 1,
        "remedy": Remedy.RECLASSIFY,
        "reclassification": Reclassification(severity=severity),
        "decided_by": "approver",
        "reason": "经核实不属于严重失信。",
    }
    return ObjectionUpheld(**(values | changed))


async def settled(disclosure: RunningService, decision: ObjectionUpheld) -> tuple[list[Any], ReclassificationSettled]:
    await disclosure.take_told()
    await disclosure.hear(HEAR.objections, decision)
    told = await disclosure.take_told()
    [answer] = [one for one in told if isinstance(one, ReclassificationSettled)]
    assert answer.objection_id == decision.objection_id
    return [one for one in told if one is not answer], answer


async def test_an_upheld_objection_states_the_class_in_the_name_of_who_decided(disclosure: RunningService) -> None:
    event = admitted(of=record(fine=HUGE))
    await disclosure.hear(HEAR.records, event)
    told, answer = await settled(disclosure, upheld(event.record_id, Severity.SERIOUS))
    assert (answer.outcome, answer.reasons) == (RemedyOutcome.APPLIED, ())
    assert {one.closes_on for one in told if isinstance(one, PublicationOnline)} == {date(2029, 10, 30)}
    told, answer = await settled(disclosure, upheld(event.record_id, Severity.ORDINARY))
    assert answer.outcome is RemedyOutcome.APPLIED
    assert {one.closes_on for one in told if isinstance(one, PublicationOnline)} == {date(2027, 10, 30)}
    rows = await disclosure.rows(confirmation)
    assert [(row.decided_by, row.reason) for row in rows] == [("approver", "经核实不属于严重失信。")] * 2


@pytest.mark.parametrize("case", ["unknown", "withdrawn", "nothing stated"])
async def test_what_cannot_be_judged_anew_is_answered_with_the_reason(disclosure: RunningService, case: str) -> None:
    event = admitted()
    if case != "unknown":
        await disclosure.hear(HEAR.records, event)
    if case == "withdrawn":
        await disclosure.hear(HEAR.records, voided(event.record_id))
    severity = None if case == "nothing stated" else Severity.ORDINARY
    told, answer = await settled(disclosure, upheld(event.record_id, severity))
    assert (told, answer.outcome, len(answer.reasons)) == ([], RemedyOutcome.REFUSED, 1)
    assert await disclosure.rows(confirmation) == []


async def test_a_statement_that_changes_nothing_says_so(disclosure: RunningService) -> None:
    event = admitted()
    await disclosure.hear(HEAR.records, event)
    told, answer = await settled(disclosure, upheld(event.record_id, Severity.ORDINARY))
    assert (told, answer.outcome) == ([], RemedyOutcome.UNCHANGED)


async def test_corrections_are_left_to_ingest(disclosure: RunningService) -> None:
    event = admitted()
    await disclosure.hear(HEAR.records, event)
    await disclosure.take_told()
    await disclosure.hear(HEAR.objections, upheld(event.record_id, None, remedy=Remedy.CORRECT))
    assert await disclosure.take_told() == []
