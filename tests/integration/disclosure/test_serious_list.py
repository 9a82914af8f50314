"""The serious list over HTTP: prior notice, decision, listing, public sight, early removal, false papers, the end."""

import csv
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from services.disclosure.metrics import SERIOUS_DUE, SERIOUS_IN_FORCE, SERIOUS_LATE
from services.disclosure.rules import load_law
from services.disclosure.serious_list.expire import ACTOR
from services.disclosure.serious_list.tables import serious_entry, serious_person, serious_step
from services.disclosure.serious_list.timers import timers
from shared.clock import legal_date
from shared.contracts.objections import ObjectionMarkChanged
from shared.ids import new_id
from shared.policy import list_window, listing_as_json, listing_from_json
from shared.policy.list_window import entry_facts_of
from shared.sealing import Sealer
from tests.support.register import HEAR
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY, PERSON_NAME, PERSON_NUMBER
from tests.support.services import RunningService, running_service, statements

LAW = load_law()
KEY = "11" * 32
NOTICE = {
    "facts": f"2026年9月10日发生事故，{PERSON_NUMBER}（样例甲）当班。",
    "basis": "应急管理部令第11号第六条",
    "rights": "可以自收到告知之日起陈述、申辩。",
    "term": "管理期限三年。",
    "measures": "列入期间实施的管理措施见附件。",
}
CONDITIONS = ["obligations_fulfilled", "effects_removed", "no_new_situation"]


@pytest.fixture
async def officer(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """disclosure on Monday 2 November 2026, called by an officer of one authority."""
    token = {"scope": "disclosure:read list:decide", "authorities": [AUTHORITY], "sub": "officer-1"}
    async with running_service("disclosure", database_url, tmp_path, token, person_key=KEY) as service:
        yield service


def opening(**changed: Any) -> dict[str, Any]:
    body = {
        "subject": {"kind": "legal_person", "name": "南通样例化工有限公司", "uscc": COMPANY, "address": "样例路1号"},
        "people": [{"role": "principal", "name": PERSON_NAME, "id_number": PERSON_NUMBER}],
        "authority": {"code": AUTHORITY, "name": "南通市应急管理局", "region": "320600"},
        "situation": "11.6.4",
        "notice": NOTICE,
        "reason": "瞒报事故",
    }
    return body | changed


def registration(**changed: Any) -> dict[str, Any]:
    body = {key: value for key, value in opening().items() if key != "notice"}
    body |= {"listed_on": "2022-09-20", "published_on": "2022-09-30", "document_number": "晋应急名单〔2022〕1号"}
    return body | {"situation": "49.06", "reason": "既有名单"} | changed


async def opened(officer: RunningService, **changed: Any) -> str:
    answer = await officer.post("/v1/serious-list", opening(**changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["entry_id"])


async def step(officer: RunningService, entry_id: str, action: str, **given: Any) -> Any:
    version = given.pop("version", None) or (await officer.get(f"/v1/serious-list/{entry_id}")).json()["version"]
    body = {"action": action, "version": version, "reason": f"理由：{action}", **given}
    return await officer.post(f"/v1/serious-list/{entry_id}/steps", body)


async def walk(officer: RunningService, entry_id: str, *actions: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "decide": {"document_number": "（通）应急名单〔2026〕1号"},
        "approve_removal": {"conditions": CONDITIONS},
    }
    for action in actions:
        answer = await step(officer, entry_id, action, **given.get(action, {}))
        assert answer.status_code == 200, (action, answer.text)


def move_to(officer: RunningService, day: date) -> None:
    officer.clock.advance(timedelta(days=(day - legal_date(officer.clock.now())).days))


async def shown(officer: RunningService, query: str = "") -> list[Any]:
    """What anyone sees, without a token."""
    answer = await officer.client.get(f"/v1/serious-list/in-force{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "public, max-age=60, must-revalidate"
    return list(answer.json()["items"])


async def end_what_is_over(officer: RunningService) -> int:
    [timer] = timers(officer.database, officer.clock, LAW, 1.0)
    return await timer.job()


LISTED = ("hear", "decide", "list")


async def test_from_the_notice_to_the_public_list_with_persons_masked(officer: RunningService) -> None:
    entry_id = await opened(officer)
    assert await shown(officer) == []
    await walk(officer, entry_id, *LISTED)
    [entry] = await shown(officer)
    assert entry["subject_name"] == "南通样例化工有限公司"
    assert entry["people"] == [{"role": "principal", "name": "欧阳***", "id_number": "3299************13"}]
    assert (entry["listed_from"], entry["last_day"]) == ("2026-11-02", "2029-11-02")
    assert entry["document_number"] == "（通）应急名单〔2026〕1号"
    assert PERSON_NUMBER not in json.dumps(entry)
    assert await shown(officer, f"?q={COMPANY.lower()}") == [entry]
    assert await shown(officer, "?q=样例化工") == [entry]
    for nothing in ("100%25", "%25", "_", "%F0%9F%98%80"):
        assert await shown(officer, f"?q={nothing}") == []


async def test_the_public_list_is_a_page_and_a_table_too_with_the_situation_in_words(officer: RunningService) -> None:
    entry_id = await opened(officer)
    address = "/column/serious-list"
    assert "今日没有符合条件的主体" in (await officer.client.get(address)).text
    await walk(officer, entry_id, *LISTED)
    page = await officer.client.get(f"{address}?q={COMPANY}")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "set-cookie" not in page.headers
    for part in ("南通样例化工有限公司", COMPANY, "瞒报、谎报事故", "主要负责人：欧阳***", "2026-11-02", "2029-11-02"):
        assert part in page.text
    assert PERSON_NUMBER not in page.text
    assert "Last day of the term (inclusive)" in (await officer.client.get(f"{address}?lang=en")).text
    assert f'href="{address}?lang=zh"' in (await officer.client.get("/column")).text
    table = (await officer.client.get("/v1/serious-list/in-force.csv")).text.removeprefix("\ufeff")
    [line] = csv.DictReader(StringIO(table))
    assert (line["subject_name"], line["situation_words"]) == ("南通样例化工有限公司", "瞒报、谎报事故")
    assert line["people"] == "欧阳*** 3299************13"
    same = await officer.client.get(f"{address}?q={COMPANY}", headers={"If-None-Match": page.headers["etag"]})
    assert same.status_code == 304


async def test_pages_of_the_public_list_follow_each_other_to_its_end(officer: RunningService) -> None:
    for number in range(3):
        subject = opening()["subject"] | {"name": f"南通样例第{number}公司"}
        await walk(officer, await opened(officer, subject=subject), *LISTED)
    seen, cursor = [], ""
    while True:
        page = await officer.client.get(f"/v1/serious-list/in-force.csv?limit=2{cursor}")
        seen += [one["subject_name"] for one in csv.DictReader(StringIO(page.text.removeprefix("\ufeff")))]
        if "x-next-cursor" not in page.headers:
            break
        cursor = f"&cursor={page.headers['x-next-cursor']}"
    assert seen == [f"南通样例第{number}公司" for number in range(3)]
    first = (await officer.client.get("/column/serious-list?limit=2")).text
    assert "南通样例第1公司" in first and "南通样例第2公司" not in first and 'rel="next"' in first


async def test_nobody_reads_the_public_list_too_often(officer: RunningService) -> None:
    allowed = 0
    while (answer := await officer.client.get("/v1/serious-list/in-force")).status_code == 200:
        allowed += 1
        assert allowed < 1_000
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_entry_is_marked_while_the_penalty_behind_it_is_objected_to(officer: RunningService) -> None:
    record_id = new_id()
    for behind in ({"record_id": record_id}, {"record_id": new_id()}):
        await walk(officer, await opened(officer, **behind), *LISTED)
    mark: dict[str, Any] = {"record_id": record_id, "since_on": date(2026, 11, 2)}
    await officer.hear(HEAR.objections, ObjectionMarkChanged(generation=1, marked=True, **mark))
    assert sorted(str(one["objected_on"]) for one in await shown(officer)) == ["2026-11-02", "None"]
    await officer.hear(HEAR.objections, ObjectionMarkChanged(generation=2, marked=False, **mark))
    assert [one["objected_on"] for one in await shown(officer)] == [None, None]


async def test_persons_are_sealed_and_no_number_stands_in_any_column(officer: RunningService) -> None:
    await opened(officer)
    [person] = await officer.rows(serious_person)
    assert PERSON_NUMBER.encode() not in person.sealed
    content = Sealer(bytes.fromhex(KEY)).open(person.sealed, f"serious_person:{person.person_id}")
    assert json.loads(content) == {"name": PERSON_NAME, "id_number": PERSON_NUMBER}
    tables = [await officer.rows(table) for table in (serious_entry, serious_step, serious_person)]
    assert PERSON_NUMBER not in str(tables)
    assert PERSON_NAME not in str(tables)


async def test_a_natural_person_appears_by_mask_and_keyed_digest_only(officer: RunningService) -> None:
    person = {"role": "subject", "name": PERSON_NAME, "id_number": PERSON_NUMBER}
    subject = {"kind": "natural_person", "name": PERSON_NAME, "address": "样例路2号"}
    entry_id = await opened(officer, subject=subject, people=[person])
    await walk(officer, entry_id, *LISTED)
    [entry] = await shown(officer)
    assert (entry["subject_name"], entry["uscc"], entry["address"]) == ("欧阳***", None, None)
    [row] = await officer.rows(serious_entry)
    assert len(row.subject_key) == 64
    refused = await officer.post("/v1/serious-list", opening(subject=subject, people=[]))
    assert refused.status_code == 422


async def test_no_decision_before_the_notice_states_everything(officer: RunningService) -> None:
    entry_id = await opened(officer, notice={"facts": "事由", "basis": "依据"})
    await walk(officer, entry_id, "waive")
    refused = await step(officer, entry_id, "decide", document_number="1号")
    assert refused.status_code == 409
    assert refused.json()["missing"] == ["measures", "rights", "term"]
    rest = {name: NOTICE[name] for name in ("measures", "rights", "term")}
    assert (await step(officer, entry_id, "serve_notice", notice=rest)).json()["state"] == "notified"
    assert (await step(officer, entry_id, "decide", document_number="1号")).status_code == 409
    await walk(officer, entry_id, "waive", "decide")


async def test_every_step_keeps_actor_reason_and_time(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, *LISTED)
    entry = (await officer.get(f"/v1/serious-list/{entry_id}")).json()
    assert [one["action"] for one in entry["steps"]] == ["serve_notice", *LISTED]
    assert [one["version"] for one in entry["steps"]] == [1, 2, 3, 4]
    assert {one["actor"] for one in entry["steps"]} == {"officer-1"}
    assert entry["steps"][2]["reason"] == "理由：decide"
    assert entry["steps"][0]["detail"]["notice"]["facts"] == "2026年9月10日发生事故，3299************13（样例甲）当班。"
    assert {one["taken_at"] for one in entry["steps"]} == {officer.clock.now().isoformat().replace("+00:00", "Z")}
    assert any("2027-11-03" in sentence for sentence in entry["explanation"])
    english = (await officer.get(f"/v1/serious-list/{entry_id}?lang=en")).json()["explanation"]
    assert any("the last day is 2029-11-02" in sentence for sentence in english)


async def test_a_stored_window_is_recomputed_bit_for_bit(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, *LISTED)
    [row] = await officer.rows(serious_entry)
    inputs = listing_from_json(json.loads(row.window)).provenance.inputs
    again = list_window(entry_facts_of(inputs), LAW.evaluator.packs)
    assert json.dumps(listing_as_json(again), ensure_ascii=False) == row.window
    assert entry_id == row.entry_id


async def test_two_people_cannot_decide_on_the_same_sight(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, "hear")
    late = await step(officer, entry_id, "drop", version=1)
    assert late.status_code == 409
    assert late.json()["version"] == 2
    assert (await officer.get(f"/v1/serious-list/{entry_id}")).json()["state"] == "heard"


async def test_deadlines_run_from_the_day_of_the_step(officer: RunningService) -> None:
    entry_id = await opened(officer)
    move_to(officer, date(2026, 9, 30) + timedelta(days=40))
    await walk(officer, entry_id, "hear", "decide")
    entry = (await officer.get(f"/v1/serious-list/{entry_id}")).json()
    assert [(one["deadline"], one["last_day"]) for one in entry["duties"]] == [
        ("list_record", "2026-11-12"),
        ("list_publication", "2026-12-07"),
    ]


async def test_early_removal_waits_for_its_day_and_for_all_conditions(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, *LISTED)
    move_to(officer, date(2027, 11, 2))
    early = await step(officer, entry_id, "apply_removal")
    assert (early.status_code, early.json()["possible_from"]) == (409, "2027-11-03")
    move_to(officer, date(2027, 11, 3))
    await walk(officer, entry_id, "apply_removal", "accept_removal")
    refused = await step(officer, entry_id, "approve_removal", conditions=CONDITIONS[:2])
    assert (refused.status_code, refused.json()["missing"]) == (409, ["no_new_situation"])
    assert len(await shown(officer)) == 1
    await walk(officer, entry_id, "approve_removal")
    assert await shown(officer) == []


async def test_a_statutory_ban_holds_the_entry(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, "hear")
    assert (await step(officer, entry_id, "decide", document_number="1号", ban_until="2028-05-31")).status_code == 200
    await walk(officer, entry_id, "list")
    move_to(officer, date(2028, 5, 31))
    refused = await step(officer, entry_id, "apply_removal")
    assert refused.json()["possible_from"] == "2028-06-01"


async def test_false_papers_restore_the_listing_and_restart_the_period(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, *LISTED)
    move_to(officer, date(2028, 2, 29))
    await walk(officer, entry_id, "apply_removal", "accept_removal", "approve_removal")
    move_to(officer, date(2028, 5, 31))
    await walk(officer, entry_id, "revoke_removal")
    [entry] = await shown(officer)
    assert (entry["listed_from"], entry["last_day"]) == ("2028-05-31", "2031-05-31")


async def test_an_entry_ends_by_itself_at_midnight_even_before_the_timer(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, *LISTED)
    move_to(officer, date(2029, 11, 2))
    assert len(await shown(officer)) == 1
    assert await end_what_is_over(officer) == 0
    move_to(officer, date(2029, 11, 5))
    assert await shown(officer) == []
    assert await end_what_is_over(officer) == 1
    assert await end_what_is_over(officer) == 0
    entry = (await officer.get(f"/v1/serious-list/{entry_id}")).json()
    assert entry["state"] == "expired"
    assert (entry["steps"][-1]["actor"], entry["steps"][-1]["taken_on"]) == (ACTOR, "2029-11-03")


async def test_many_entries_end_in_a_few_statements(officer: RunningService) -> None:
    for _ in range(5):
        entry_id = await opened(officer)
        await walk(officer, entry_id, *LISTED)
    move_to(officer, date(2029, 11, 3))
    with statements() as sent:
        assert await end_what_is_over(officer) == 5
    assert len([one for one in sent if "serious" in one]) == 5  # two of them count for the gauges
    assert await shown(officer) == []


async def test_an_old_entry_of_49_ends_after_its_year(officer: RunningService) -> None:
    answer = await officer.post("/v1/serious-list/registrations", registration())
    assert answer.status_code == 201
    assert await shown(officer) == []
    assert await end_what_is_over(officer) == 1


SHANXI = {"code": AUTHORITY, "name": "太原市应急管理局", "region": "140100"}


async def test_shanxi_carries_an_entry_over_and_legal_review_comes_first(officer: RunningService) -> None:
    move_to(officer, date(2023, 10, 20))
    body = registration(authority=SHANXI)
    entry_id = (await officer.post("/v1/serious-list/registrations", body)).json()["entry_id"]
    assert await end_what_is_over(officer) == 1
    carried = await step(officer, entry_id, "re_enter", applied_for_listing_on="2022-08-15", situation="11.6.4")
    assert carried.json()["state"] == "listed"
    entry = (await officer.get(f"/v1/serious-list/{entry_id}")).json()
    assert (entry["closes_on"], entry["previous_closes_on"]) == ("2025-08-15", "2023-09-30")
    assert entry["reviewed"] is False
    assert await shown(officer) == []
    await walk(officer, entry_id, "confirm_review")
    assert len(await shown(officer)) == 1
    assert (await step(officer, entry_id, "confirm_review")).status_code == 409


async def test_nothing_is_carried_over_when_its_three_years_have_passed(officer: RunningService) -> None:
    body = registration(authority=SHANXI)
    entry_id = (await officer.post("/v1/serious-list/registrations", body)).json()["entry_id"]
    refused = await step(officer, entry_id, "re_enter", applied_for_listing_on="2022-08-15", situation="11.6.4")
    assert refused.status_code == 409
    assert "over already" in refused.json()["detail"]


RE_ENTERED = {"listed_on": "2023-12-01", "published_on": "2023-12-01", "situation": "11.6.4"}


async def registered_shanxi(officer: RunningService, **days: str) -> Any:
    region = SHANXI | {"region": "140100"}
    return await officer.post("/v1/serious-list/registrations", registration(authority=region, **RE_ENTERED, **days))


async def test_an_entry_that_was_re_entered_before_ends_by_its_original_application(officer: RunningService) -> None:
    move_to(officer, date(2026, 1, 31))
    days = {"applied_for_listing_on": "2023-02-01", "previously_published_on": "2023-03-01"}
    answer = await registered_shanxi(officer, **days)
    assert answer.status_code == 201, answer.text
    entry = (await officer.get(f"/v1/serious-list/{answer.json()['entry_id']}")).json()
    assert (entry["closes_on"], entry["previous_closes_on"], entry["reviewed"]) == ("2026-02-01", "2024-03-01", True)
    assert entry["steps"][0]["detail"]["applied_for_listing_on"] == "2023-02-01"
    [public] = await shown(officer)
    assert (public["last_day"], public["previous_last_day"]) == ("2026-02-01", "2024-03-01")
    move_to(officer, date(2026, 2, 2))
    assert await shown(officer) == []
    assert await end_what_is_over(officer) == 1


async def test_a_re_entered_entry_whose_older_end_is_unknown_waits_for_legal_review(officer: RunningService) -> None:
    move_to(officer, date(2025, 1, 31))
    assert (await registered_shanxi(officer, applied_for_listing_on="2023-02-01")).status_code == 201
    assert await shown(officer) == []


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ({"applied_for_listing_on": "2023-10-01"}, "before 2023-10-01"),
        ({"applied_for_listing_on": "2023-02-01", "previously_published_on": "2023-01-31"}, "before 2023-10-01"),
        ({"applied_for_listing_on": "2023-02-01", "previously_published_on": "2023-11-01"}, "before 2023-10-01"),
        ({"previously_published_on": "2023-02-01"}, "needs its application"),
    ],
)
async def test_days_of_an_older_entry_that_cannot_be_are_refused(
    officer: RunningService, days: dict[str, str], reason: str
) -> None:
    answer = await registered_shanxi(officer, **days)
    assert answer.status_code == 409
    assert reason in answer.json()["detail"]
    assert await officer.rows(serious_entry) == []


async def test_elsewhere_nobody_registers_an_entry_as_carried_over(officer: RunningService) -> None:
    body = registration(**RE_ENTERED, applied_for_listing_on="2023-02-01")
    answer = await officer.post("/v1/serious-list/registrations", body)
    assert answer.status_code == 409
    assert "No transition" in answer.json()["detail"]


async def test_elsewhere_no_entry_is_carried_over(officer: RunningService) -> None:
    entry_id = (await officer.post("/v1/serious-list/registrations", registration())).json()["entry_id"]
    refused = await step(officer, entry_id, "re_enter", applied_for_listing_on="2022-08-15", situation="11.6.4")
    assert refused.status_code == 409
    assert "transition" in refused.json()["detail"]


async def test_a_foreign_authority_and_a_token_without_the_scope_are_refused(officer: RunningService) -> None:
    foreign = {"code": OTHER_AUTHORITY, "name": "样例局", "region": "320700"}
    assert (await officer.post("/v1/serious-list", opening(authority=foreign))).status_code == 403
    entry_id = await opened(officer)
    body = {"action": "hear", "version": 1, "reason": "听取"}
    path = f"/v1/serious-list/{entry_id}/steps"
    assert (await officer.post(path, body, authorities=[OTHER_AUTHORITY])).status_code == 403
    assert (await officer.post(path, body, scope="disclosure:read")).status_code == 403
    assert (await officer.get("/v1/serious-list", scope="list:decide")).status_code == 403
    assert (await officer.client.get(f"/v1/serious-list/{entry_id}")).status_code == 401


async def test_what_cannot_be_is_refused_and_stores_nothing(officer: RunningService) -> None:
    before = await officer.counts()
    company = opening()["subject"]
    for changed, status in (
        ({"situation": "49.06"}, 409),
        ({"subject": company | {"uscc": "91320600YL000003XX"}}, 422),
        ({"reason": "  "}, 422),
        ({"notice": {}}, 422),
        ({"notice": {"colour": "red"}}, 422),
    ):
        assert (await officer.post("/v1/serious-list", opening(**changed))).status_code == status
    assert await officer.counts() == before
    assert (await officer.get("/v1/serious-list/" + "f" * 32)).status_code == 404
    assert (await officer.get("/v1/serious-list/none")).status_code == 404
    tomorrow = registration(listed_on="2026-11-03", published_on="2026-11-03", situation="11.6.4")
    assert (await officer.post("/v1/serious-list/registrations", tomorrow)).status_code == 409


async def test_a_withdrawn_decision_leaves_the_list_at_once(officer: RunningService) -> None:
    entry_id = await opened(officer)
    await walk(officer, entry_id, *LISTED, "withdraw")
    assert await shown(officer) == []
    assert (await step(officer, entry_id, "list")).status_code == 409


async def test_the_lists_are_paged_and_filtered(officer: RunningService) -> None:
    ids = [await opened(officer) for _ in range(3)]
    await walk(officer, ids[1], "hear")
    first = (await officer.get("/v1/serious-list?limit=2&total=true")).json()
    second = (await officer.get(f"/v1/serious-list?limit=2&cursor={first['next']}")).json()
    assert [one["entry_id"] for one in first["items"] + second["items"]] == ids
    assert (second["next"], first["total"]) == (None, {"items": 3, "or_more": False})
    heard = (await officer.get("/v1/serious-list?state=heard")).json()["items"]
    assert [one["entry_id"] for one in heard] == [ids[1]]


async def test_a_repeated_notice_with_the_same_key_makes_one_entry(officer: RunningService) -> None:
    answers = [await officer.post("/v1/serious-list", opening(), key="same") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await officer.rows(serious_entry)) == 1


async def test_what_is_in_force_and_what_is_late_is_counted(officer: RunningService) -> None:
    await walk(officer, await opened(officer), *LISTED)
    waiting = (
        await officer.post("/v1/serious-list/registrations", registration(situation="11.6.4", **LAST_YEAR))
    ).json()
    await end_what_is_over(officer)
    assert (SERIOUS_IN_FORCE._value.get(), SERIOUS_DUE._value.get(), SERIOUS_LATE._value.get()) == (2, 0, 0)
    await walk(officer, waiting["entry_id"], "apply_removal")
    move_to(officer, date(2026, 11, 9))  # five working days: the last one
    await end_what_is_over(officer)
    assert SERIOUS_LATE._value.get() == 0
    move_to(officer, date(2026, 11, 10))
    await end_what_is_over(officer)
    assert SERIOUS_LATE._value.get() == 1
    move_to(officer, date(2029, 11, 3))
    await end_what_is_over(officer)
    assert SERIOUS_DUE._value.get() == 2  # as they were found, before this very run ended them
    await end_what_is_over(officer)
    assert (SERIOUS_IN_FORCE._value.get(), SERIOUS_DUE._value.get(), SERIOUS_LATE._value.get()) == (0, 0, 0)


LAST_YEAR = {"listed_on": "2025-10-20", "published_on": "2025-10-20"}
