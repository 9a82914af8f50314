"""A limit that was missed stays missed, and a case in which nothing can be changed any more has an end."""

from datetime import date

from shared.vocabulary import RemedyOutcome
from tests.integration.repair.test_objections import (
    CLERK,
    CORRECT,
    SECOND,
    filed,
    marks,
    move_to,
    settle,
    shown,
    state_of,
    step,
    view,
)
from tests.support.services import RunningService

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
