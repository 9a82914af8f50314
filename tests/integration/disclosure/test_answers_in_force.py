"""Answers of the packs reach the register when somebody adopts them: who is abnormal, what repair dates are worth."""

from datetime import date
from typing import Any

import pytest

from services.disclosure import tables
from services.disclosure.policy import store
from services.disclosure.policy.view import policy_view
from shared.contracts.events import SubjectStatusChanged
from shared.policy.load import parse_texts, texts_of
from shared.vocabulary import RegistryStatus
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, answering, label, ordinary
from tests.support.register import HEAR, OPERATE
from tests.support.services import RunningService

DEREGISTERED_ONLY = answering(abnormal_statuses=["deregistered"])
LATER_MINIMUM = agreeing(ordinary("P1Y", "P6M"))
NOT_KEPT = agreeing(answering(ordinary("P1Y", "P6M"), reached_repair_dates="not_kept"))
CAMPAIGN = {
    "title": "集中清理",
    "reason": "苏应急函〔2022〕33号",
    "decided_from": "2026-01-01",
    "decided_to": "2026-11-01",
}


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def goes_bankrupt(house: LawHouse, uscc: str) -> None:
    status = {"status": RegistryStatus.BANKRUPTCY_ANNOUNCED, "as_of": told.SUBMITTED, "proof_reference": "公告"}
    await house.service.hear(HEAR.subjects, SubjectStatusChanged(uscc=uscc, generation=1, **status))


async def to_clear(house: LawHouse) -> tuple[dict[str, Any], int]:
    """The groups of a campaign that is formed now, and what a clearing of abnormal operators would take down."""
    formed = await house.service.post("/v1/campaigns", CAMPAIGN, scope=OPERATE)
    assert formed.status_code == 201, formed.text
    where = f"/v1/campaigns/{formed.json()['campaign_id']}/preview?what=abnormal"
    return formed.json()["groups"], (await house.service.get(where)).json()["records"]


async def test_the_policy_shows_every_answer_in_force_with_its_words_and_citation(house: LawHouse) -> None:
    answers = {one["answer_id"]: one for one in (await house.service.get("/v1/policy")).json()["answers"]}
    assert answers["start_day"]["values"] == ["excluded"]
    assert answers["start_day"]["choices"] == ["excluded", "included"]
    assert answers["last_day"]["meaning"]["zh"] == "仍公示，次日零时下线"
    assert answers["holiday_roll"]["why_only"]["en"].startswith("民法典 art. 203")
    assert all(one["source"]["citation"] and one["question"]["zh"] for one in answers.values())
    await house.adopt(DEREGISTERED_ONLY)
    answers = {one["answer_id"]: one for one in (await house.service.get("/v1/policy")).json()["answers"]}
    assert answers["abnormal_statuses"]["values"] == ["deregistered"]


async def test_packs_of_before_there_were_answers_are_shown_with_what_they_meant(house: LawHouse) -> None:
    older = parse_texts({name: text for name, text in texts_of().items() if name != "answers.toml"})[0]
    shown = {one.answer_id: one for one in policy_view(older, 1).answers}
    assert (shown["start_day"].values, shown["start_day"].source) == (["excluded"], None)
    assert shown["abnormal_statuses"].meaning.zh == "已公告进入破产清算程序、注销、已办理注销登记"


async def test_which_statuses_make_an_abnormal_operator_is_an_answer_of_the_packs(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    await goes_bankrupt(house, event.record.subject.uscc)
    groups, clearable = await to_clear(house)
    assert (groups["abnormal"]["records"], clearable) == (1, 1)
    await house.adopt(DEREGISTERED_ONLY, "破产清算中的企业继续经营")
    groups, clearable = await to_clear(house)
    assert ("abnormal" in groups, clearable) == (False, 0)


@pytest.mark.parametrize(
    ("files", "repair_from_on"), [(LATER_MINIMUM, date(2026, 9, 2)), (NOT_KEPT, date(2026, 12, 2))]
)
async def test_a_repair_date_that_was_reached_outlives_an_adoption_unless_the_packs_answer_otherwise(
    house: LawHouse, files: dict[str, str], repair_from_on: date
) -> None:
    house.go_to(date(2026, 11, 2))
    await house.hear(told.admitted(of=told.record(date(2026, 6, 1)), on=date(2026, 6, 2)))
    assert {row.repair_from_on for row in await house.service.rows(tables.publication)} == {date(2026, 9, 2)}
    await house.adopt(files)
    await house.judge_anew()
    rows = await house.service.rows(tables.publication)
    assert {(row.repair_from_on, row.closes_on) for row in rows} == {(repair_from_on, date(2027, 6, 1))}


async def test_packs_that_were_adopted_without_answers_stay_in_force_and_are_offered_for_editing_with_them(
    house: LawHouse,
) -> None:
    older = {name: text for name, text in texts_of().items() if name != "answers.toml"}
    version = parse_texts(older)[0].version
    async with house.service.work() as work:
        await store.adopt(work, older, store.NewAdoption(version, store.ADOPTED, "law-officer", "原先启用"))
    await house.hear(told.admitted())
    policy = (await house.service.get("/v1/policy")).json()
    assert (policy["version"], policy["answers"][0]["source"]) == (version, None)
    refused = await house.service.post("/v1/policy/adoptions", {"files": label(older, "newer"), "reason": "调整"})
    assert (refused.status_code, refused.json()["file"]) == (422, "answers.toml")
    files = (await house.service.get("/v1/policy/files")).json()
    assert {name: text for name, text in files.items() if name != "answers.toml"} == older
    await house.adopt(label(files, "newer"))
    await house.judge_anew()
    assert {row.closes_on for row in await house.service.rows(tables.publication)} == {date(2027, 10, 30)}
