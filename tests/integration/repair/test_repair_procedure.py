"""The procedure over HTTP: who may do what and when, the limits as they run, partial decisions, revocation, effect."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.repair import handlers
from services.repair.applications.clocks import reanchor
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.lapse import lapse
from services.repair.applications.limits import escalate
from services.repair.applications.tables import application_clock, application_step, regrading
from shared.calendars.book import packaged_calendar
from shared.clock import legal_date
from shared.contracts.events import PresenceObserved, RepairApproved, RepairRevoked
from shared.ids import new_id
from shared.policy.deadlines import deadlines
from shared.vocabulary import Asked, Audience, Portal, Severity
from tests.support import told
from tests.support.repair_desk import APPROVE, PATH, PEOPLE, REFUSE, decide, reviewed, served, step, take_up, view
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY
from tests.support.services import RunningService

NATIONAL_DAY = date(2026, 9, 28)
APPLICANT = {"sub": "portal", "scope": "repair:write repair:read", "authorities": [], "subjects": [COMPANY]}
STRANGER = {**APPLICANT, "subjects": ["91320600MA1000000X"]}
PROBLEM = "urn:creditsync:problem:"


def go_to(repair: RunningService, day: date, hours: int = 9) -> None:
    wanted = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours - 8)
    repair.clock.advance(wanted - repair.clock.now())


async def shown(repair: RunningService, **changed: Any) -> str:
    """A record that all audiences show and that may be repaired at once."""
    record_id = new_id()
    values = {"repair_from_on": date(2026, 1, 1), "severity": Severity.ORDINARY} | changed
    await repair.hear(handlers.publications, *(told.online(record_id, audience, **values) for audience in Audience))
    return record_id


async def filed(repair: RunningService, *record_ids: str, **claims: Any) -> str:
    body = {"record_ids": list(record_ids) or [await shown(repair)]}
    answer = await repair.post(PATH, body, **(PEOPLE["clerk"] | claims))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["application_id"])


async def limits(repair: RunningService, application_id: str) -> dict[str, str | None]:
    """The last legal day of each limit that runs or stands still."""
    found = (await view(repair, application_id))["limits"]
    return {
        one["clock"]: one["due_at"] and (legal_date(datetime.fromisoformat(one["due_at"])) - timedelta(1)).isoformat()
        for one in found
        if one["ended_at"] is None
    }


async def test_the_limits_follow_the_steps_across_national_day(repair: RunningService) -> None:
    go_to(repair, NATIONAL_DAY)
    application_id = await filed(repair)
    assert await limits(repair, application_id) == {"repair_acceptance": "2026-10-08", "repair_result": "2026-10-16"}
    go_to(repair, date(2026, 9, 30))
    await step(repair, application_id, "supplement-request")
    standing = {"repair_acceptance": None, "repair_result": None, "repair_supplement": "2026-10-20"}
    assert await limits(repair, application_id) == standing
    go_to(repair, date(2026, 10, 9))
    await step(repair, application_id, "supplement")
    assert await limits(repair, application_id) == {"repair_acceptance": "2026-10-10", "repair_result": "2026-10-20"}
    await step(repair, application_id, "acceptance")
    assert await limits(repair, application_id) == {"repair_result": "2026-10-20", "repair_decision": "2026-10-19"}
    await step(repair, application_id, "first-review")
    await step(repair, application_id, "second-review")
    await decide(repair, application_id)
    assert await limits(repair, application_id) == {"repair_result": "2026-10-20", "repair": "2026-10-13"}
    await served(repair, application_id)
    assert await limits(repair, application_id) == {"repair": "2026-10-13"}
    kept = {one["clock"]: one["kept"] for one in (await view(repair, application_id))["limits"] if one["ended_at"]}
    assert kept == dict.fromkeys(("repair_acceptance", "repair_supplement", "repair_decision", "repair_result"), True)


async def test_an_application_lapses_when_nothing_was_supplemented_in_time(repair: RunningService) -> None:
    go_to(repair, NATIONAL_DAY)
    record_id = await shown(repair)
    application_id, other = await filed(repair, record_id), await filed(repair)
    await step(repair, application_id, "supplement-request")
    go_to(repair, date(2026, 10, 16), hours=23)
    async with repair.work() as work:
        assert await lapse(work) == 0
    go_to(repair, date(2026, 10, 17), hours=0)
    late = await step(repair, application_id, "supplement")
    assert (late.status_code, late.json()["type"]) == (409, PROBLEM + "wrong-state")
    assert late.json()["article"] == deadlines()["repair_supplement"].citation
    async with repair.work() as work:
        assert await lapse(work) == 1
    found = await view(repair, application_id)
    assert (found["state"], found["steps"][-1]["actor"]) == ("lapsed", "system:repair.lapse")
    assert await limits(repair, application_id) == {}
    assert (await view(repair, other))["state"] == "submitted"
    assert await filed(repair, record_id)  # one may apply again


async def test_limits_are_noted_once_before_they_are_missed_and_once_when_they_are(repair: RunningService) -> None:
    go_to(repair, date(2026, 11, 2))
    application_id = await filed(repair)

    async def noted(day: date) -> int:
        go_to(repair, day)
        async with repair.work() as work:
            return await escalate(work, packaged_calendar())

    assert await noted(date(2026, 11, 3)) == 0
    assert await noted(date(2026, 11, 4)) == 1  # the acceptance is due on the 5th
    assert await noted(date(2026, 11, 5)) == 0
    assert await noted(date(2026, 11, 6)) == 1
    due = (await repair.get(f"{PATH}/due", scope="repair:read")).json()
    assert [(one["clock"], bool(one["missed_at"])) for one in due] == [
        ("repair_acceptance", True), ("repair_result", False),
    ]  # fmt: skip
    await step(repair, application_id, "acceptance")
    rows = {row.clock: row.kept for row in await repair.rows(application_clock) if row.ended_at}
    assert rows == {"repair_acceptance": False}


async def test_a_stale_version_and_a_wrong_state_change_nothing(repair: RunningService) -> None:
    application_id = await filed(repair)
    before = await repair.counts()
    wrong = await step(repair, application_id, "first-review")
    assert (wrong.status_code, wrong.json()["type"]) == (409, PROBLEM + "wrong-state")
    assert wrong.json()["article"] == "国家发展改革委令第36号 (2026)"
    assert (wrong.json()["state"], "accept" in wrong.json()["possible"]) == ("submitted", True)
    await step(repair, application_id, "acceptance")
    stale = await step(repair, application_id, "first-review", {"version": 1, "reason": "旧"})
    assert (stale.status_code, stale.json()["type"], stale.json()["version"]) == (409, PROBLEM + "stale-version", 2)
    after = await repair.counts()
    assert after["application_step"] == before["application_step"] + 1


async def test_the_second_review_and_the_decision_belong_to_another_person(repair: RunningService) -> None:
    application_id = await filed(repair)
    await step(repair, application_id, "acceptance")
    await step(repair, application_id, "first-review")
    early = await decide(repair, application_id)
    assert (early.status_code, early.json()["type"]) == (409, PROBLEM + "wrong-state")
    same = await step(repair, application_id, "second-review", sub="reviewer-1")
    assert (same.status_code, same.json()["type"]) == (403, PROBLEM + "second-person-needed")
    assert "审慎适度" in same.json()["article"]
    assert same.json()["proposed_by"] == "reviewer-1"
    assert (await step(repair, application_id, "second-review")).status_code == 200
    assert (await decide(repair, application_id, sub="reviewer-1")).status_code == 403
    assert (await decide(repair, application_id)).status_code == 200
    actors = [(one["action"], one["actor"]) for one in (await view(repair, application_id))["steps"]]
    assert actors == [
        ("file", "clerk"), ("accept", "clerk"), ("first_review", "reviewer-1"), ("second_review", "reviewer-2"),
        ("approve", "approver"),
    ]  # fmt: skip


async def test_a_minor_case_needs_one_reviewer(repair: RunningService) -> None:
    application_id = await filed(repair, await shown(repair, severity=Severity.MINOR))
    await step(repair, application_id, "acceptance")
    await step(repair, application_id, "first-review")
    assert (await decide(repair, application_id, sub="reviewer-1")).json()["state"] == "approved"


async def test_every_role_needs_its_own_scope(repair: RunningService) -> None:
    application_id = await filed(repair)
    for what, scope in (
        ("acceptance", "repair:handle"), ("first-review", "repair:review"), ("decision", "repair:decide"),
        ("service", "repair:handle"), ("withdrawal", "repair:write"), ("revocation", "repair:decide"),
    ):  # fmt: skip
        others = "repair:write repair:handle repair:review repair:decide repair:read".replace(scope, "")
        body = APPROVE if what == "decision" else {"reason": "依法办理"}
        answer = await step(repair, application_id, what, body, scope=others)
        assert (answer.status_code, answer.json()["required_scope"]) == (403, scope)


async def test_an_applicant_files_follows_and_withdraws_its_own_and_sees_nothing_else(repair: RunningService) -> None:
    record_id = await shown(repair)
    stranger = await repair.post(PATH, {"record_id": record_id}, **STRANGER)
    unknown = await repair.post(PATH, {"record_id": new_id()}, **STRANGER)
    assert [one.status_code for one in (stranger, unknown)] == [404, 404]
    assert stranger.json()["detail"] == unknown.json()["detail"]
    application_id = await filed(repair, record_id, **APPLICANT)
    assert (await view(repair, application_id))["on_behalf"] is False
    assert (await repair.get(f"{PATH}/{application_id}", **APPLICANT)).status_code == 200
    assert (await repair.get(f"{PATH}/{application_id}", **STRANGER)).status_code == 404
    assert (await repair.get(PATH, **STRANGER)).json()["items"] == []
    assert (await repair.get(f"{PATH}/due", **APPLICANT)).json() == []
    assert [one["application_id"] for one in (await repair.get(PATH, **APPLICANT)).json()["items"]] == [application_id]
    assert (await step(repair, application_id, "withdrawal", **STRANGER)).status_code == 404
    refused = await step(repair, application_id, "acceptance", **(APPLICANT | {"scope": "repair:handle"}))
    assert (refused.status_code, refused.json()["type"]) == (403, PROBLEM + "foreign-authority")
    assert (await step(repair, application_id, "withdrawal", **APPLICANT)).json()["state"] == "withdrawn"
    assert await limits(repair, application_id) == {}
    assert await filed(repair, record_id, **APPLICANT)


async def test_one_application_is_for_records_of_one_subject_and_one_authority(repair: RunningService) -> None:
    mine, theirs = await shown(repair), await shown(repair, record=told.record(authority=OTHER_AUTHORITY))
    answer = await repair.post(
        PATH, {"record_ids": [mine, theirs]}, **(PEOPLE["clerk"] | {"authorities": [AUTHORITY, OTHER_AUTHORITY]})
    )
    assert (answer.status_code, answer.json()["type"]) == (409, PROBLEM + "conflict")
    nothing = await repair.post(PATH, {"record_ids": []}, **PEOPLE["clerk"])
    assert nothing.status_code == 422


async def test_records_are_decided_one_by_one_and_a_refused_one_may_be_applied_for_again(
    repair: RunningService,
) -> None:
    good, bad = await shown(repair), await shown(repair)
    application_id = await filed(repair, good, bad)
    await reviewed(repair, application_id)
    foreign = await decide(repair, application_id, APPROVE | {"otherwise": [{"record_id": new_id(), "reason": "x"}]})
    assert foreign.status_code == 422
    partly = APPROVE | {"otherwise": [{"record_id": bad, "reason": "罚款未缴清"}]}
    assert (await decide(repair, application_id, partly)).json()["state"] == "approved"
    assert [one.record_id for one in await repair.told() if isinstance(one, RepairApproved)] == [good]
    found = await view(repair, application_id)
    outcomes = {one["record_id"]: (one["outcome"], one["reason"]) for one in found["records"]}
    assert outcomes == {good: ("approved", "义务已履行完毕"), bad: ("refused", "罚款未缴清")}
    assert "行政复议" in found["steps"][-1]["detail"]["way_to_object"]
    assert await filed(repair, bad)
    again = await repair.post(PATH, {"record_id": good}, **PEOPLE["clerk"])
    assert (again.status_code, again.json()["type"]) == (409, PROBLEM + "open-application")


async def test_a_refusal_names_the_way_to_object_and_closes_with_nothing_taken_down(repair: RunningService) -> None:
    application_id = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id, REFUSE)
    assert (await served(repair, application_id)).json()["state"] == "refused"
    found = await view(repair, application_id)
    assert found["reason"] == REFUSE["reason"]
    assert "行政诉讼" in next(one for one in found["steps"] if one["action"] == "refuse")["detail"]["way_to_object"]
    assert await repair.told() == []


async def test_a_portal_that_still_shows_a_record_keeps_the_case_open_and_is_named(repair: RunningService) -> None:
    record_id = await shown(repair)
    application_id = await filed(repair, record_id)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    await served(repair, application_id)
    await repair.hear(handlers.publications, *(told.offline(record_id, audience) for audience in Audience))
    *honest, liar = Portal
    await repair.hear(handlers.observations, *(told.absent(record_id, portal) for portal in honest))
    since = repair.clock.now() - timedelta(hours=2)
    seen = {"record_id": record_id, "generation": 2, "portal": liar, "since": since, "asked": Asked.PORTAL}
    await repair.hear(handlers.observations, PresenceObserved(**seen, observed_at=since + timedelta(hours=1)))
    found = await view(repair, application_id)
    assert found["state"] == "approved"
    portals = {one["portal"]: one for one in found["records"][0]["portals"]}
    assert {name: one["gone"] for name, one in portals.items()} == {**dict.fromkeys(honest, True), liar: False}
    assert (portals[liar]["asked"], portals[liar]["still_since"][:16]) == ("portal", since.isoformat()[:16])
    gone = told.absent(record_id, liar).model_copy(update={"observed_at": repair.clock.now()})
    await repair.hear(handlers.observations, gone)
    assert (await view(repair, application_id))["state"] == "closed"


async def test_a_record_that_comes_back_before_the_case_is_closed_keeps_it_open(repair: RunningService) -> None:
    record_id = await shown(repair)
    application_id = await filed(repair, record_id)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    await repair.hear(handlers.publications, *(told.offline(record_id, audience) for audience in Audience))
    await repair.hear(handlers.observations, *(told.absent(record_id, portal) for portal in Portal))
    assert (await view(repair, application_id))["effective_on"] is not None
    back = {"record_id": record_id, "generation": 2, "portal": Portal.CREDIT_CHINA, "since": repair.clock.now()}
    later = repair.clock.now() + timedelta(hours=1)
    await repair.hear(handlers.observations, PresenceObserved(**back, observed_at=later, asked=Asked.PERSON))
    await served(repair, application_id)
    assert (await view(repair, application_id))["state"] == "approved"
    again = told.absent(record_id, Portal.CREDIT_CHINA).model_copy(update={"observed_at": later + timedelta(hours=1)})
    await repair.hear(handlers.observations, again)
    assert (await view(repair, application_id))["state"] == "closed"


async def test_a_revoked_repair_is_told_and_bars_a_new_application(repair: RunningService) -> None:
    record_id = await shown(repair)
    application_id = await filed(repair, record_id)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    answer = await step(repair, application_id, "revocation", {"reason": "材料虚假"})
    assert answer.json()["state"] == "revoked"
    today = legal_date(repair.clock.now())
    told_now = [one for one in await repair.told() if isinstance(one, RepairRevoked)]
    assert [(one.record_id, one.revoked_on, one.restores_display) for one in told_now] == [(record_id, today, True)]
    assert await limits(repair, application_id) == {}
    barred = await repair.post(PATH, {"record_id": record_id}, **PEOPLE["clerk"])
    assert (barred.status_code, barred.json()["type"]) == (409, PROBLEM + "not-repairable")
    assert (barred.json()["ground"], barred.json()["possible_from"]) == ("barred", "2027-11-03")
    assert barred.json()["article"] == procedure_rules().bar_citation
    go_to(repair, date(2027, 11, 3))
    assert await filed(repair, record_id)


async def test_a_revocation_is_served_too_and_once(repair: RunningService) -> None:
    application_id = await filed(repair, await shown(repair))
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    await served(repair, application_id)
    approved = await view(repair, application_id)
    go_to(repair, date(2026, 11, 9))
    await step(repair, application_id, "revocation", {"reason": "材料虚假"})
    revoked = await view(repair, application_id)
    assert (approved["served_on"], revoked["served_on"], revoked["possible"]) == ("2026-11-02", None, ["serve"])
    go_to(repair, date(2026, 11, 10))
    answer = await step(repair, application_id, "service", {"reason": "邮寄撤销决定", "way": "by_post"})
    assert answer.json()["state"] == "revoked"
    found = await view(repair, application_id)
    services = [(one["taken_at"][:10], one["detail"]["way"]) for one in found["steps"] if one["action"] == "serve"]
    assert (found["served_on"], services) == ("2026-11-10", [("2026-11-02", "online"), ("2026-11-10", "by_post")])
    assert (await step(repair, application_id, "service")).json()["type"] == PROBLEM + "wrong-state"


async def test_a_number_of_a_person_is_masked_in_the_reason_of_an_application(repair: RunningService) -> None:
    body = {"record_ids": [await shown(repair)], "reason": "联系人13912345678，329999198501010013"}
    assert (await repair.post(PATH, body, **PEOPLE["clerk"])).status_code == 201
    [filing] = await repair.rows(application_step)
    assert filing.reason == "联系人139****5678，3299************13"


async def test_a_company_of_changzhou_is_graded_anew_the_next_day(repair: RunningService) -> None:
    region = told.record().model_copy(update={"region": "320402"})
    application_id = await filed(repair, await shown(repair, record=region))
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    [row] = await repair.rows(regrading)
    assert (row.subject_key, row.due_on) == (COMPANY, legal_date(repair.clock.now()) + timedelta(days=1))
    where, clerk = f"/v1/regradings/{application_id}/done", PEOPLE["clerk"]
    assert (await repair.get("/v1/regradings", **clerk)).json()["items"] == []
    assert (await repair.post(where, {"reason": "未变"}, **clerk)).status_code == 409
    repair.clock.advance(timedelta(days=1))
    assert len((await repair.get("/v1/regradings", **clerk)).json()["items"]) == 1
    foreign = await repair.post(where, {"reason": "由C升B"}, **(clerk | {"authorities": [OTHER_AUTHORITY]}))
    assert (foreign.status_code, foreign.json()["type"]) == (403, PROBLEM + "foreign-authority")
    assert (await repair.post(where, {"reason": "由C升B"}, **clerk)).status_code == 204
    assert (await repair.post(where, {"reason": "再来"}, **clerk)).status_code == 409
    assert (await repair.get("/v1/regradings", **clerk)).json()["items"] == []


async def test_an_approval_ends_sharing_and_sanctions_and_says_who_is_to_be_told(repair: RunningService) -> None:
    record_id, clerk = await shown(repair), PEOPLE["clerk"]
    body = {"record_id": record_id, "kind": "sanction", "party": "样例市住建局", "what": "招标限制"}
    noted = await repair.post("/v1/measures", body | {"began_on": "2026-05-01"}, **clerk)
    assert noted.status_code == 201, noted.text
    where = f"/v1/measures/{noted.json()['measure_id']}/told"
    assert (await repair.post(where, {"how": "发函"}, **clerk)).status_code == 409
    application_id = await filed(repair, record_id)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    [untold] = (await repair.get("/v1/measures/untold", **clerk)).json()["items"]
    assert (untold["ended_because"], untold["ended_by"]) == ("repaired", application_id)
    assert (await repair.post(where, {"how": "发函"}, **clerk)).status_code == 200
    assert (await repair.get("/v1/measures/untold", **clerk)).json()["items"] == []
    [kept] = (await repair.get(f"/v1/measures?record_id={record_id}", **clerk)).json()
    assert (kept["told_by"], kept["told_how"]) == ("clerk", "发函")
    foreign = await repair.post("/v1/measures", body | {"began_on": "2026-05-01"}, **(clerk | {"authorities": []}))
    assert foreign.status_code == 403


async def test_a_clock_that_stood_still_is_counted_anew_under_another_calendar(repair: RunningService) -> None:
    go_to(repair, NATIONAL_DAY)
    application_id = await filed(repair)
    await step(repair, application_id, "supplement-request")
    go_to(repair, date(2026, 10, 9))
    await step(repair, application_id, "supplement")
    async with repair.work() as work:
        assert await reanchor(work, packaged_calendar()) == 0
        await work.connection.execute(application_clock.update().values(due_from=date(2026, 9, 1)))
        assert await reanchor(work, packaged_calendar()) == 2
    assert await limits(repair, application_id) == {"repair_acceptance": "2026-10-13", "repair_result": "2026-10-22"}


@pytest.mark.parametrize("what", ["acceptance", "first-review", "service", "revocation", "withdrawal"])
async def test_bad_bodies_of_steps_are_refused_and_store_nothing(repair: RunningService, what: str) -> None:
    application_id = await filed(repair)
    before = await repair.counts()
    for body in (
        {"version": 0, "reason": "x"},
        {"version": 1, "reason": " \u200b"},
        {"version": 1, "reason": "x", "y": 1},
    ):
        assert (await take_up(repair, application_id, what, body)).status_code == 422
    assert await repair.counts() == before
    assert len(await repair.rows(application_step)) == 1
