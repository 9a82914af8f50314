"""A limit that was missed stays missed, a case in which nothing can be changed any more has an end, and answers to
many remedies are heard at once."""

from datetime import date
from typing import Any

from services.repair import handlers
from services.repair.measures.tables import measure
from shared.contracts.objections import CorrectionSettled, ObjectionMarkChanged
from shared.database.mechanics import audit_entry
from shared.ids import new_id
from shared.vocabulary import RemedyOutcome
from tests.integration.repair.test_objections import (
    CLERK,
    CORRECT,
    SECOND,
    WITHDRAW,
    filed,
    marks,
    move_to,
    settle,
    shown,
    state_of,
    step,
    view,
)
from tests.support.services import RunningService, statements

CHECK = {"unit": "执法支队", "question": "核对原件"}


async def test_a_check_that_is_asked_for_too_late_prolongs_nothing(repair: RunningService) -> None:
    objection_id = await filed(repair)
    move_to(repair, date(2026, 11, 6))  # the last of the three working days was the 5th
    before = await repair.counts()
    status, body = await step(repair, objection_id, "checks", CHECK)
    assert (status, body["due_at"]) == (409, "2026-11-05T16:00:00+00:00")
    assert await repair.counts() == before
    await step(repair, objection_id, "decision", CORRECT)
    assert (await view(repair, objection_id))["in_time"] is False


async def test_a_second_person_closes_a_case_in_which_nothing_is_left_to_change(repair: RunningService) -> None:
    record_id = await shown(repair)
    objection_id = await filed(repair, record_id)
    why = {"reason": "决定已撤回，无可更正，电话13900000000"}
    assert (await step(repair, objection_id, "closing", why, SECOND))[0] == 409
    sanction = {"measure": "招标限制", "holder": "样例市住建局"}
    await step(repair, objection_id, "decision", CORRECT | {"sanctions": [sanction]})
    await settle(repair, objection_id, RemedyOutcome.REFUSED, reasons=("withdrawn",))
    assert (await marks(repair))[-1][1] is True
    status, body = await step(repair, objection_id, "closing", why, SECOND)
    assert (status, body["open_sanctions"]) == (409, 1)
    undone = {"undone_on": "2026-11-02", "told_on": "2026-11-02", "reference": "函1"}
    await step(repair, objection_id, "sanctions/1", undone)
    status, body = await step(repair, objection_id, "closing", why, CLERK)
    assert (status, body["type"].rsplit(":", 1)[-1]) == (403, "second-person-needed")
    assert await state_of(repair, objection_id) == "remedy_refused"
    assert (await step(repair, objection_id, "closing", why, SECOND))[1]["state"] == "closed"
    last = (await view(repair, objection_id))["steps"][-1]
    assert (last["action"], last["actor"], "13900000000" in last["reason"]) == ("close", "second", False)
    assert [marked for _generation, marked in await marks(repair)] == [False]


def answer_to(objection_id: str, outcome: RemedyOutcome = RemedyOutcome.APPLIED, attempt: int = 1) -> CorrectionSettled:
    return CorrectionSettled(objection_id=objection_id, record_id=new_id(), attempt=attempt, outcome=outcome)


async def upheld(repair: RunningService, number: int, decision: dict[str, Any] = CORRECT) -> list[str]:
    ids = [await filed(repair) for _ in range(number)]
    for one in ids:
        await step(repair, one, "decision", decision)
        if decision is WITHDRAW:
            await step(repair, one, "confirmation", {"agreed": True, "reason": "同意"}, SECOND)
    return ids


async def test_the_statements_for_answers_do_not_grow_with_their_number(repair: RunningService) -> None:
    counted = []
    for number in (1, 8):
        ids = await upheld(repair, number)
        with statements() as sent:
            await repair.hear(handlers.remedies, *map(answer_to, ids))
        counted.append(len(sent))
        assert {await state_of(repair, one) for one in ids} == {"closed"}
    assert counted[0] == counted[1], counted


async def test_each_answer_of_a_message_takes_its_own_way(repair: RunningService) -> None:
    [done, open_one, refused, withdrawn] = [
        *await upheld(repair, 1),
        *await upheld(repair, 1, CORRECT | {"sanctions": [{"measure": "招标限制", "holder": "样例市住建局"}]}),
        *await upheld(repair, 1),
        *await upheld(repair, 1, WITHDRAW),
    ]
    body = {"kind": "sanction", "party": "样例市住建局", "what": "限制", "began_on": "2026-11-01"}
    for one in (done, withdrawn):
        record_id = (await view(repair, one))["record_id"]
        assert (await repair.post("/v1/measures", body | {"record_id": record_id}, **CLERK)).status_code == 201
    await repair.take_told()
    answers = [
        answer_to(refused, RemedyOutcome.REFUSED),
        answer_to(refused),  # the first answer to an attempt counts
        answer_to(done, attempt=2),
        answer_to(done),
        answer_to(new_id()),
        answer_to(withdrawn),
        answer_to(open_one),
    ]
    await repair.hear(handlers.remedies, *answers)
    found = [await state_of(repair, one) for one in (done, open_one, refused, withdrawn)]
    assert found == ["closed", "upheld", "remedy_refused", "closed"]
    gone = {one.record_id for one in await repair.take_told() if isinstance(one, ObjectionMarkChanged)}
    assert gone == {(await view(repair, one))["record_id"] for one in (done, withdrawn)}
    ended = {row.record_id: row.ended_by for row in await repair.rows(measure)}
    assert sorted(ended.values(), key=str) == sorted([None, withdrawn], key=str)
    settled = [row for row in await repair.rows(audit_entry) if row.action == "objection.settled"]
    assert len(settled) == 4
    before = await repair.counts()
    await repair.hear(handlers.remedies, *answers)
    assert await repair.counts() == before


async def test_a_mark_stays_while_another_objection_to_the_record_is_open(repair: RunningService) -> None:
    record_id = await shown(repair)
    first, second = await filed(repair, record_id), await filed(repair, record_id, about="matching")
    for one in (first, second):
        await step(repair, one, "decision", CORRECT)
    await repair.take_told()
    await repair.hear(handlers.remedies, answer_to(first))
    assert await marks(repair) == []
    await repair.hear(handlers.remedies, answer_to(second))
    assert await marks(repair) == [(2, False)]
