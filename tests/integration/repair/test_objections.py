"""Objections from the filing to the closed case: marked at once, answered in time, carried out, closed last."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.repair import handlers
from services.repair.measures.note import MeasureKind, NewMeasure, note_measure
from services.repair.measures.tables import measure
from services.repair.metrics import OBJECTIONS_NEAR, OBJECTIONS_OPEN, OBJECTIONS_OVERDUE
from services.repair.objections import tables
from services.repair.objections.timers import timers
from services.repair.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.contracts.objections import (
    CorrectionSettled,
    ObjectionMarkChanged,
    ObjectionUpheld,
    ReclassificationSettled,
)
from shared.database.mechanics import audit_entry
from shared.ids import new_id
from shared.vocabulary import Audience, Remedy, RemedyOutcome, Severity
from shared.web.caller import Caller
from tests.support import told
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY, company_code
from tests.support.services import RunningService

PATH = "/v1/objections"
EVERY = "repair:write repair:handle repair:review repair:decide repair:read"
CLERK: dict[str, Any] = {"scope": EVERY, "sub": "clerk", "authorities": [AUTHORITY]}
SECOND = CLERK | {"sub": "second"}
SUBJECT: dict[str, Any] = {
    "scope": "repair:write repair:read",
    "sub": "company",
    "authorities": [],
    "subjects": [COMPANY],
}
SAID = {
    "about": "data",
    "statement": "罚款金额应为5万元，联系人身份证329999198501010013。",
    "contact": "张样例 13900000000",
}
CORRECT: dict[str, Any] = {
    "upheld": True,
    "reason": "决定书原件所载金额为5万元。",
    "remedy": "correct",
    "corrected": [{"field": "penalty_content", "value": "罚款5万元"}],
}
REJECT: dict[str, Any] = {"upheld": False, "reason": "经核对，公示内容与决定书一致。"}
WITHDRAW: dict[str, Any] = {
    "upheld": True,
    "reason": "相对人认定有误。",
    "remedy": "withdraw",
    "withdrawal": {"kind": "void", "statement_of_reasons": "相对人认定有误。", "withdrawn_on": "2026-11-02"},
}
RECLASSIFY: dict[str, Any] = {
    "upheld": True,
    "reason": "不属于严重失信。",
    "remedy": "reclassify",
    "reclassification": {"severity": "ordinary"},
}


async def shown(repair: RunningService, severity: Severity = Severity.ORDINARY) -> str:
    record_id = new_id()
    events = (told.online(record_id, audience, severity=severity) for audience in Audience)
    await repair.hear(handlers.publications, *events)
    await repair.take_told()
    return record_id


async def file(repair: RunningService, record_id: str, claims: dict[str, Any] = CLERK, **changed: Any) -> Any:
    return await repair.post(PATH, {"record_id": record_id, **SAID, **changed}, **claims)


async def filed(repair: RunningService, record_id: str = "", **changed: Any) -> str:
    answer = await file(repair, record_id or await shown(repair), **changed)
    assert answer.status_code == 201, answer.text
    objection_id: str = answer.json()["objection_id"]
    return objection_id


async def step(
    repair: RunningService, objection_id: str, what: str, body: Any, claims: dict[str, Any] = CLERK
) -> tuple[int, dict[str, Any]]:
    answer = await repair.post(f"{PATH}/{objection_id}/{what}", body, **claims)
    return answer.status_code, answer.json()


async def view(repair: RunningService, objection_id: str, claims: dict[str, Any] = CLERK) -> dict[str, Any]:
    answer = await repair.get(f"{PATH}/{objection_id}", **claims)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def state_of(repair: RunningService, objection_id: str) -> str:
    state: str = (await view(repair, objection_id))["state"]
    return state


async def settle(
    repair: RunningService,
    objection_id: str,
    outcome: RemedyOutcome = RemedyOutcome.APPLIED,
    *,
    attempt: int = 1,
    by: type[CorrectionSettled | ReclassificationSettled] = CorrectionSettled,
    reasons: tuple[str, ...] = (),
) -> None:
    answer = by(objection_id=objection_id, record_id=new_id(), attempt=attempt, outcome=outcome, reasons=reasons)
    await repair.hear(handlers.remedies, answer)


def move_to(repair: RunningService, day: date) -> None:
    """To 10:00 in Shanghai."""
    repair.clock.advance(datetime(day.year, day.month, day.day, 2, tzinfo=UTC) - repair.clock.now())


async def marks(repair: RunningService) -> list[tuple[int, bool]]:
    told_since = await repair.take_told()
    return [(one.generation, one.marked) for one in told_since if isinstance(one, ObjectionMarkChanged)]


async def test_an_objection_marks_the_record_in_the_transaction_that_stores_it(repair: RunningService) -> None:
    record_id = await shown(repair)
    answer = (await file(repair, record_id)).json()
    [mark] = await repair.take_told()
    assert isinstance(mark, ObjectionMarkChanged)
    assert (mark.record_id, mark.generation, mark.marked, mark.since_on) == (record_id, 1, True, date(2026, 11, 2))
    # Monday 2 November plus three working days: the end of Thursday the 5th in Shanghai.
    assert answer["answer_due_at"] == "2026-11-05T16:00:00Z"
    [row] = await repair.rows(tables.objection)
    assert row.mark_due_at == datetime(2026, 11, 3, 16, tzinfo=UTC)
    assert row.filed_at < row.mark_due_at


async def test_the_national_day_and_the_spring_festival_do_not_count(repair: RunningService) -> None:
    cases = {
        # 1-7 October 2026 are off, Saturday the 10th is a make-up day: 8, 9, 10; then 12, 13, 14, 15.
        date(2026, 9, 30): ("2026-10-10T16:00:00Z", "2026-10-15T16:00:00Z"),
        # 15-23 February are off, Saturdays 14 and 28 are make-up days: 14, 24, 25; then 26, 27, 28, 2 March.
        date(2026, 2, 13): ("2026-02-25T16:00:00Z", "2026-03-02T16:00:00Z"),
    }
    for day, (alone, checked) in cases.items():
        move_to(repair, day)
        record_id = new_id()
        event = told.online(record_id, Audience.OWN_COLUMN, record=told.record(date(2026, 1, 5)))
        await repair.hear(handlers.publications, event)
        answer = (await file(repair, record_id)).json()
        _, after = await step(repair, answer["objection_id"], "checks", {"unit": "执法支队", "question": "核对原件"})
        assert (answer["answer_due_at"], after["answer_due_at"]) == (alone, checked)


async def test_the_clock_runs_from_the_day_on_which_the_letter_came(repair: RunningService) -> None:
    record_id = await shown(repair)
    repair.clock.advance(timedelta(days=1))
    answer = await file(repair, record_id, received_on="2026-11-02")
    assert answer.json()["answer_due_at"] == "2026-11-05T16:00:00Z"
    for day in ("2026-11-04", "2026-10-01"):
        refused = await file(repair, await shown(repair), received_on=day)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "received_on")
    by_company = await file(repair, await shown(repair), SUBJECT, received_on="2026-11-02")
    assert by_company.status_code == 422


async def test_a_company_objects_to_its_own_records_only_and_learns_of_no_other(repair: RunningService) -> None:
    record_id = await shown(repair)
    other = SUBJECT | {"subjects": [company_code(7)]}
    before = await repair.counts()
    assert (await file(repair, record_id, other)).status_code == 404
    assert (await file(repair, record_id, CLERK | {"authorities": [OTHER_AUTHORITY]})).status_code == 403
    assert (await file(repair, new_id())).status_code == 404
    assert await repair.counts() == before
    objection_id = (await file(repair, record_id, SUBJECT)).json()["objection_id"]
    assert (await repair.get(f"{PATH}/{objection_id}", **other)).status_code == 404
    nobodys = (await repair.get(f"{PATH}?total=true", **other)).json()
    assert (nobodys["items"], nobodys["total"]["items"]) == ([], 0)
    own = (await repair.get(f"{PATH}?total=true", **SUBJECT)).json()
    assert ([one["by_subject"] for one in own["items"]], own["total"]["items"]) == ([True], 1)
    assert (await step(repair, objection_id, "retraction", {"reason": "误提"}, other))[0] == 404


async def test_what_the_objector_says_is_sealed_and_its_numbers_are_masked(repair: RunningService) -> None:
    objection_id = await filed(repair)
    [row] = await repair.rows(tables.objection)
    assert "5万元".encode() not in row.sealed
    seen = await view(repair, objection_id)
    assert "329999198501010013" not in seen["statement"]
    assert (seen["statement"][:4], seen["contact"]) == ("罚款金额", SAID["contact"])
    assert (await view(repair, objection_id, CLERK | {"scope": "repair:read"}))["contact"] is None
    assert (await view(repair, objection_id, CLERK | {"authorities": [OTHER_AUTHORITY]}))["contact"] is None


async def test_numbers_of_persons_are_masked_in_every_reason_that_is_kept_or_told(repair: RunningService) -> None:
    said = "联系人13912345678，身份证329999198501010013。"
    objection_id = await filed(repair)
    await step(repair, objection_id, "checks", {"unit": "执法支队", "question": said})
    await step(repair, objection_id, "check-answers", {"reason": said})
    sanction = {"measure": "列入限制", "holder": "张某13912345678"}
    body = CORRECT | {"reason": "电话13912345678核实。", "sanctions": [sanction]}
    assert (await step(repair, objection_id, "decision", body))[0] == 200
    [*_, order] = await repair.take_told()
    assert isinstance(order, ObjectionUpheld)
    await step(
        repair, objection_id, "sanctions/1", {"undone_on": "2026-11-02", "told_on": "2026-11-02", "reference": said}
    )
    await step(repair, await filed(repair), "retraction", {"reason": said})
    kept = [*await repair.rows(tables.objection), *await repair.rows(tables.objection_step)]
    everything = f"{order.model_dump_json()} {kept} {await repair.rows(tables.objection_sanction)}"
    assert "139****5678" in everything
    assert "13912345678" not in everything
    assert "329999198501010013" not in everything


async def test_a_second_open_objection_to_the_same_matter_is_a_conflict_even_at_the_same_moment(
    repair: RunningService,
) -> None:
    record_id = await shown(repair)
    answers = await asyncio.gather(*(file(repair, record_id) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert (await file(repair, record_id, about="matching")).status_code == 201
    assert await marks(repair) == [(1, True)]


async def test_the_mark_goes_with_the_last_open_objection(repair: RunningService) -> None:
    record_id = await shown(repair)
    first = await filed(repair, record_id)
    second = await filed(repair, record_id, about="classification")
    assert await marks(repair) == [(1, True)]
    assert (await step(repair, first, "retraction", {"reason": "已自行核实"}))[1]["state"] == "retracted"
    assert await marks(repair) == []
    assert (await step(repair, second, "decision", REJECT))[1]["state"] == "rejected"
    assert await marks(repair) == [(2, False)]
    await filed(repair, record_id)
    assert await marks(repair) == [(3, True)]


async def test_an_upheld_objection_orders_its_remedy_and_closes_when_it_was_carried_out(
    repair: RunningService,
) -> None:
    record_id = await shown(repair)
    objection_id = await filed(repair, record_id)
    await repair.take_told()
    assert await step(repair, objection_id, "decision", CORRECT) == (
        200,
        {"objection_id": objection_id, "state": "upheld"},
    )
    [order] = await repair.take_told()
    assert isinstance(order, ObjectionUpheld)
    assert (order.record_id, order.attempt, order.remedy, order.decided_by) == (record_id, 1, Remedy.CORRECT, "clerk")
    assert [(one.field, one.value) for one in order.corrected] == [("penalty_content", "罚款5万元")]
    await settle(repair, objection_id)
    assert await marks(repair) == [(2, False)]
    seen = await view(repair, objection_id)
    assert (seen["state"], seen["outcome"], seen["in_time"]) == ("closed", "applied", True)
    assert [one["action"] for one in seen["steps"]] == ["file", "uphold", "settle", "close"]
    assert seen["closed_at"] is not None
    before = await repair.counts()
    await settle(repair, objection_id, RemedyOutcome.REFUSED)
    assert await repair.counts() == before


async def test_a_remedy_that_could_not_be_carried_out_is_decided_anew(repair: RunningService) -> None:
    objection_id = await filed(repair)
    await step(repair, objection_id, "decision", CORRECT)
    await settle(repair, objection_id, RemedyOutcome.REFUSED, reasons=("row.CF: not an amount",))
    seen = await view(repair, objection_id)
    assert (seen["state"], seen["outcome_reasons"]) == ("remedy_refused", ["row.CF: not an amount"])
    for refused in (REJECT, None):
        what = ("decision", refused) if refused else ("retraction", {"reason": "算了"})
        status, body = await step(repair, objection_id, *what)
        assert (status, body["state"]) == (409, "remedy_refused")
    await repair.take_told()
    assert (await step(repair, objection_id, "decision", CORRECT))[1]["state"] == "upheld"
    [again] = await repair.take_told()
    assert isinstance(again, ObjectionUpheld)
    assert again.attempt == 2
    await settle(repair, objection_id, attempt=1)  # late word on the first attempt
    assert await state_of(repair, objection_id) == "upheld"
    await settle(repair, objection_id, attempt=2)
    assert await state_of(repair, objection_id) == "closed"


async def test_a_classification_that_changed_nothing_is_no_remedy(repair: RunningService) -> None:
    objection_id = await filed(repair, about="classification")
    await step(repair, objection_id, "decision", RECLASSIFY)
    await step(repair, objection_id, "confirmation", {"agreed": True, "reason": "同意"}, SECOND)
    await settle(repair, objection_id, RemedyOutcome.UNCHANGED, by=ReclassificationSettled)
    assert await state_of(repair, objection_id) == "remedy_refused"


@pytest.mark.parametrize("body", [WITHDRAW, RECLASSIFY], ids=["withdraw", "reclassify"])
async def test_two_people_decide_where_the_rule_says_so(repair: RunningService, body: dict[str, Any]) -> None:
    objection_id = await filed(repair)
    await repair.take_told()
    assert (await step(repair, objection_id, "decision", body))[1]["state"] == "proposed"
    assert await repair.take_told() == []
    assert (await step(repair, objection_id, "decision", CORRECT, SECOND))[0] == 409
    agreed = {"agreed": True, "reason": "同意"}
    status, problem = await step(repair, objection_id, "confirmation", agreed)
    assert (status, problem["type"]) == (403, "urn:creditsync:problem:second-person-needed")
    assert "审慎适度" in problem["article"]
    assert problem["proposed_by"] == "clerk"
    declined = await step(repair, objection_id, "confirmation", {"agreed": False, "reason": "证据不足"}, SECOND)
    assert declined[1]["state"] == "filed"
    await step(repair, objection_id, "decision", body)
    assert (await step(repair, objection_id, "confirmation", agreed, SECOND))[1]["state"] == "upheld"
    [order] = await repair.take_told()
    assert isinstance(order, ObjectionUpheld)
    assert (order.remedy, order.decided_by) == (Remedy(body["remedy"]), "second")


async def test_every_correction_of_a_serious_record_needs_two_and_a_rejection_one(repair: RunningService) -> None:
    record_id = await shown(repair, Severity.SERIOUS)
    assert (await step(repair, await filed(repair, record_id), "decision", CORRECT))[1]["state"] == "proposed"
    other = await filed(repair, await shown(repair, Severity.SERIOUS))
    assert (await step(repair, other, "decision", REJECT))[1]["state"] == "rejected"


async def test_a_rejection_has_reasons_and_shows_the_way_to_reconsideration(repair: RunningService) -> None:
    record_id = await shown(repair)
    objection_id = (await file(repair, record_id, SUBJECT)).json()["objection_id"]
    await step(repair, objection_id, "decision", REJECT)
    seen = await view(repair, objection_id, SUBJECT)
    assert (seen["state"], seen["decision"]["reason"]) == ("rejected", REJECT["reason"])
    assert "行政复议" in seen["reconsideration"]["text"]
    assert "行政复议法" in seen["reconsideration"]["citation"]


async def test_a_company_does_not_read_what_is_only_proposed(repair: RunningService) -> None:
    record_id = await shown(repair)
    objection_id = (await file(repair, record_id, SUBJECT)).json()["objection_id"]
    await step(repair, objection_id, "decision", WITHDRAW)
    assert (await view(repair, objection_id, SUBJECT))["decision"] is None
    assert (await view(repair, objection_id))["decision"]["remedy"] == "withdraw"


def _told(seen: dict[str, Any]) -> list[str]:
    return [one["reason"] for one in seen["steps"] if one["reason"]]


async def test_what_officers_say_to_each_other_is_read_by_the_company_after_the_answer(repair: RunningService) -> None:
    objection_id = (await file(repair, await shown(repair), SUBJECT)).json()["objection_id"]
    await step(repair, objection_id, "checks", {"unit": "执法支队", "question": "核对原件"})
    await step(repair, objection_id, "check-answers", {"reason": "无误"})
    await step(repair, objection_id, "decision", WITHDRAW)
    await step(repair, objection_id, "confirmation", {"agreed": False, "reason": "证据不足"}, SECOND)
    await step(repair, objection_id, "decision", RECLASSIFY)
    assert _told(await view(repair, objection_id, SUBJECT)) == []
    assert len(_told(await view(repair, objection_id))) == 5
    await step(repair, objection_id, "confirmation", {"agreed": True, "reason": "同意"}, SECOND)
    assert len(_told(await view(repair, objection_id, SUBJECT))) == 6
    await settle(repair, objection_id, RemedyOutcome.UNCHANGED, by=ReclassificationSettled)
    await step(
        repair, objection_id, "decision", WITHDRAW
    )  # the second proposal is no more the company's than the first
    seen = await view(repair, objection_id, SUBJECT)
    assert (WITHDRAW["reason"] in _told(seen), seen["decision"]) == (False, None)


async def test_the_case_stays_open_until_every_wrong_sanction_was_undone_and_told(repair: RunningService) -> None:
    objection_id = await filed(repair)
    sanctions = [
        {"measure": "列入招标限制", "holder": "市公共资源交易中心"},
        {"measure": "增加检查", "holder": "执法支队"},
    ]
    await step(repair, objection_id, "decision", CORRECT | {"sanctions": sanctions})
    await settle(repair, objection_id)
    assert await state_of(repair, objection_id) == "upheld"
    undone = {"undone_on": "2026-11-02", "told_on": "2026-11-02", "reference": "通应急函〔2026〕8号"}
    early = await step(repair, objection_id, "sanctions/1", undone | {"undone_on": "2026-11-01"})
    assert (early[0], early[1]["errors"][0]["field"]) == (422, "undone_on")
    assert (await step(repair, objection_id, "sanctions/3", undone))[0] == 404
    assert (await step(repair, objection_id, "sanctions/1", undone))[1]["state"] == "upheld"
    assert (await step(repair, objection_id, "sanctions/1", undone))[0] == 409
    assert (await step(repair, objection_id, "sanctions/2", undone))[1]["state"] == "closed"
    seen = await view(repair, objection_id)
    assert [(one["holder"], one["told_on"]) for one in seen["sanctions"]] == [
        ("市公共资源交易中心", "2026-11-02"),
        ("执法支队", "2026-11-02"),
    ]
    actions = [row.action for row in await repair.rows(audit_entry)]
    assert actions.count("sanction.undone") == 2


async def test_a_withdrawn_record_ends_the_measures_that_rested_on_it(repair: RunningService) -> None:
    record_id = await shown(repair)
    async with repair.work() as work:
        caller = Caller("clerk", frozenset(), frozenset({AUTHORITY}))
        new = NewMeasure(record_id, MeasureKind.SANCTION, "市公共资源交易中心", "招标限制", date(2026, 11, 2))
        await note_measure(work, new, caller)
    corrected = await filed(repair, record_id)
    await step(repair, corrected, "decision", CORRECT)
    await settle(repair, corrected)
    assert [row.ended_at for row in await repair.rows(measure)] == [None]
    withdrawn = await filed(repair, record_id, about="matching")
    await step(repair, withdrawn, "decision", WITHDRAW)
    await step(repair, withdrawn, "confirmation", {"agreed": True, "reason": "同意"}, SECOND)
    await settle(repair, withdrawn)
    assert [(row.ended_because, row.ended_by) for row in await repair.rows(measure)] == [("objection", withdrawn)]


async def test_another_unit_that_does_not_answer_holds_nobody_up(repair: RunningService) -> None:
    objection_id = await filed(repair)
    asked = await step(repair, objection_id, "checks", {"unit": "执法支队", "question": "核对原件"})
    assert (asked[1]["state"], asked[1]["answer_due_at"]) == ("checking", "2026-11-11T16:00:00Z")
    answered = await step(repair, objection_id, "check-answers", {"reason": "原件为5万元"})
    assert answered[1]["state"] == "filed"
    other = await filed(repair)
    await step(repair, other, "checks", {"unit": "执法支队", "question": "核对原件"})
    assert (await step(repair, other, "decision", CORRECT))[1]["state"] == "upheld"


UNCLEAR: list[dict[str, Any]] = [
    CORRECT | {"withdrawal": WITHDRAW["withdrawal"]},
    CORRECT | {"corrected": []},
    REJECT | {"sanctions": [{"measure": "a", "holder": "b"}]},
    REJECT | {"reason": "身份证329999198501010013"},
    CORRECT | {"corrected": CORRECT["corrected"] * 2},
    WITHDRAW | {"withdrawal": WITHDRAW["withdrawal"] | {"withdrawn_on": "2026-11-03"}},
    RECLASSIFY | {"reclassification": {}},
]


async def test_a_decision_that_does_not_say_one_thing_changes_nothing(repair: RunningService) -> None:
    objection_id = await filed(repair)
    before = await repair.counts()
    for body in UNCLEAR:
        assert (await step(repair, objection_id, "decision", body))[0] == 422, body
    assert await repair.counts() == before


async def test_no_role_does_what_belongs_to_another(repair: RunningService) -> None:
    objection_id = await filed(repair)
    for what, body, scope in (
        ("checks", {"unit": "a", "question": "b"}, "repair:write repair:review repair:decide repair:read"),
        ("decision", REJECT, "repair:write repair:handle repair:decide repair:read"),
        ("confirmation", {"agreed": True, "reason": "b"}, "repair:write repair:handle repair:review repair:read"),
        ("retraction", {"reason": "b"}, "repair:handle repair:review repair:decide repair:read"),
    ):
        assert (await step(repair, objection_id, what, body, CLERK | {"scope": scope}))[0] == 403
    foreign = CLERK | {"authorities": [OTHER_AUTHORITY]}
    assert (await step(repair, objection_id, "decision", REJECT, foreign))[0] == 403


async def test_overdue_and_nearly_due_objections_are_listed_and_counted(repair: RunningService) -> None:
    late, near = await filed(repair), await filed(repair)
    await step(repair, near, "checks", {"unit": "执法支队", "question": "核对原件"})
    move_to(repair, date(2026, 11, 10))
    watch = _watch(repair)
    await watch()
    assert (OBJECTIONS_OVERDUE._value.get(), OBJECTIONS_NEAR._value.get()) == (1, 1)
    assert (OBJECTIONS_OPEN.labels("filed")._value.get(), OBJECTIONS_OPEN.labels("checking")._value.get()) == (1, 1)
    due = f"{PATH}/due?until=2026-12-01T00:00:00Z"
    assert len((await repair.get(due, **SUBJECT)).json()) == 2
    assert [one["objection_id"] for one in (await repair.get(f"{PATH}/due", **CLERK)).json()] == [late]
    assert (await repair.get(due, **SUBJECT | {"subjects": [company_code(7)]})).json() == []
    listed = (await repair.get(due, **CLERK)).json()
    assert [(one["objection_id"], one["is_overdue"]) for one in listed] == [(late, True), (near, False)]
    await step(repair, late, "decision", REJECT)
    assert (await view(repair, late))["in_time"] is False
    await watch()
    assert OBJECTIONS_OVERDUE._value.get() == 0
    assert [one["objection_id"] for one in (await repair.get(PATH, **CLERK)).json()["items"]] == [near]


def _watch(repair: RunningService) -> Callable[[], Any]:
    [timer] = timers(repair.database, repair.clock, CalendarBook(calendar_year))
    return timer.job
