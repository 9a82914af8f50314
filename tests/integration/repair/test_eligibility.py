"""May it be repaired: answered at once for many records, and nobody learns of another's (G15)."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.repair import handlers
from services.repair.eligibility.tables import listed_entry
from services.repair.tables import shown_record
from shared.contracts.events import ListEntryChanged
from shared.ids import new_id
from shared.vocabulary import Audience, Severity
from tests.support import told
from tests.support.paper_desk import OWN, applied, known
from tests.support.repair_desk import PATH
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY, company_code
from tests.support.services import RunningService, statements

ARTICLE = "国家发展改革委令第36号 （公示期）"


async def ask(repair: RunningService, *record_ids: str, uscc: str | None = None, **claims: Any) -> httpx.Response:
    body = {"record_ids": list(record_ids)} | ({"uscc": uscc} if uscc else {})
    return await repair.post("/v1/eligibility", body, **claims)


async def answers(repair: RunningService, *record_ids: str, **claims: Any) -> list[dict[str, Any]]:
    answer = await ask(repair, *record_ids, **claims)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["answers"]
    return found


def grounds(found: dict[str, Any]) -> list[str]:
    return [one["ground"] for one in found["reasons"]]


async def test_the_first_possible_day_its_article_and_its_class_are_told(repair: RunningService) -> None:
    record_id = new_id()
    told_of = told.online(record_id, Audience.CREDIT_SITES, severity=Severity.SERIOUS, repair_article=ARTICLE)
    await repair.hear(handlers.publications, told_of)
    [found] = await answers(repair, record_id)
    assert (found["eligible"], found["possible_from"], found["severity"]) == (False, "2027-01-31", "serious")
    [reason] = found["reasons"]
    assert (reason["ground"], reason["article"], reason["audience"]) == ("too_early", ARTICLE, "credit_sites")
    repair.clock.advance(timedelta(days=(date(2027, 1, 30) - told.SUBMITTED).days, hours=15))
    [found] = await answers(repair, record_id)
    assert (found["eligible"], grounds(found)) == (True, ["possible"])


async def test_a_record_that_may_never_be_repaired_names_the_rule_that_says_so(repair: RunningService) -> None:
    record_id = new_id()
    never = told.online(
        record_id, Audience.OWN_COLUMN, repair_from_on=None, article="发改办财金〔2019〕527号 （特定严重）"
    )
    await repair.hear(handlers.publications, told.online(record_id, Audience.CREDIT_SITES), never)
    [found] = await answers(repair, record_id)
    assert (found["eligible"], found["possible_from"]) == (False, None)
    assert grounds(found) == ["too_early", "never"]
    assert found["reasons"][1]["article"].startswith("发改办财金〔2019〕527号")


async def test_while_a_graver_class_is_proposed_its_first_day_counts_until_a_person_decides(
    repair: RunningService,
) -> None:
    record_id, by_the_graver = new_id(), date(2027, 10, 31)
    proposed = {"needs_confirmation": True, "confirmed_repair_from_on": by_the_graver}
    await repair.hear(handlers.publications, told.online(record_id, Audience.CREDIT_SITES, **proposed))
    repair.clock.advance(timedelta(days=(date(2027, 2, 1) - told.SUBMITTED).days))
    [found] = await answers(repair, record_id)
    assert (found["eligible"], found["possible_from"], grounds(found)) == (False, "2027-10-31", ["unconfirmed"])
    refused = await repair.post(PATH, {"record_id": record_id}, **OWN)
    assert (refused.status_code, refused.json()["ground"]) == (409, "unconfirmed")
    assert "confirm or reject it first" in refused.json()["detail"]
    await repair.hear(handlers.publications, told.retold(told.online(record_id, Audience.CREDIT_SITES)))
    assert await applied(repair, [record_id])


async def test_a_proposed_class_that_gives_no_repair_leaves_no_day(repair: RunningService) -> None:
    record_id = new_id()
    proposed = told.online(record_id, Audience.CREDIT_SITES, needs_confirmation=True)
    await repair.hear(handlers.publications, proposed)
    repair.clock.advance(timedelta(days=(date(2027, 2, 1) - told.SUBMITTED).days))
    [found] = await answers(repair, record_id)
    assert (found["possible_from"], grounds(found)) == (None, ["unconfirmed"])


async def test_what_is_shown_nowhere_any_more_is_said_to_be_so(repair: RunningService) -> None:
    record_id = new_id()
    await repair.hear(handlers.publications, told.online(record_id, Audience.CREDIT_SITES))
    await repair.hear(handlers.publications, told.offline(record_id, Audience.CREDIT_SITES))
    [found] = await answers(repair, record_id)
    assert grounds(found) == ["not_shown"]
    [row] = await repair.rows(shown_record)
    assert (row.subject_key, row.authority_code, row.online) == (COMPANY, AUTHORITY, False)


async def test_an_open_application_stands_against_another(repair: RunningService) -> None:
    [record_id] = await known(repair)
    await applied(repair, [record_id])
    [found] = await answers(repair, record_id)
    assert (found["eligible"], grounds(found)) == (False, ["under_application"])


@pytest.mark.parametrize(
    "asker",
    [
        {"subjects": [company_code(9)], "authorities": []},
        {"subjects": [], "authorities": [OTHER_AUTHORITY]},
        {"subjects": [], "authorities": []},
    ],
)
async def test_somebody_elses_record_is_answered_like_one_that_does_not_exist(
    repair: RunningService, asker: dict[str, Any]
) -> None:
    [record_id] = await known(repair)
    nobody = new_id()
    one, other = await answers(repair, record_id, nobody, **(OWN | asker))
    assert grounds(one) == ["unknown"]
    assert one | {"record_id": ""} == other | {"record_id": ""}


async def test_asking_for_one_company_answers_only_its_records(repair: RunningService) -> None:
    [record_id] = await known(repair)
    assert grounds((await answers(repair, record_id, uscc=COMPANY, subjects=["*"], authorities=[]))[0]) == ["possible"]
    [found] = await answers(repair, record_id, uscc=company_code(9), subjects=["*"])
    assert grounds(found) == ["unknown"]


async def test_a_hundred_records_need_no_more_statements_than_one(repair: RunningService) -> None:
    ids = await known(repair, 100)
    needed = []
    for asked in (ids[:1], ids):
        with statements() as sent:
            found = await answers(repair, *asked)
        needed.append(len(sent))
        assert [one["record_id"] for one in found] == asked
        assert all(one["eligible"] for one in found)
    assert needed[0] == needed[1]


async def test_asking_changes_nothing(repair: RunningService) -> None:
    [record_id] = await known(repair)
    before = await repair.counts()
    await answers(repair, record_id, new_id())
    assert await repair.counts() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"record_ids": []},
        {"record_ids": ["x"]},
        {"record_ids": ["a" * 32] * 101},
        {"record_ids": ["a" * 32], "uscc": "1"},
    ],
)
async def test_a_question_that_cannot_be_read_is_refused(repair: RunningService, body: dict[str, Any]) -> None:
    assert (await repair.post("/v1/eligibility", body)).status_code == 422
    assert (await repair.post("/v1/eligibility", {"record_ids": ["a" * 32]}, scope="repair:read")).status_code == 403


def entry(entry_id: str, generation: int = 1, **changed: Any) -> ListEntryChanged:
    values: dict[str, Any] = {
        "subject_key": COMPANY,
        "authority_code": AUTHORITY,
        "in_force": True,
        "removal_under_way": False,
        "closes_on": date(2029, 10, 1),
        "early_removal_from_on": date(2027, 10, 2),
        "article": "应急管理部令第11号 第十八条",
    }
    return ListEntryChanged(entry_id=entry_id, generation=generation, **(values | changed))


async def test_an_early_removal_from_the_serious_list_has_its_first_day_and_article(repair: RunningService) -> None:
    entry_id, nobody = new_id(), new_id()
    await repair.hear(handlers.list_entries, entry(entry_id))
    answer = await repair.post("/v1/eligibility", {"entry_ids": [entry_id, nobody]})
    assert answer.json()["answers"] == []
    found, unknown = answer.json()["entries"]
    assert (found["entry_id"], found["eligible"], found["possible_from"]) == (entry_id, False, "2027-10-02")
    assert (grounds(found), found["reasons"][0]["article"]) == (["too_early"], "应急管理部令第11号 第十八条")
    assert grounds(unknown) == ["unknown"]
    foreign = await repair.post("/v1/eligibility", {"entry_ids": [entry_id]}, authorities=[OTHER_AUTHORITY])
    assert foreign.json()["entries"] == [unknown | {"entry_id": entry_id}]


async def test_an_older_word_about_an_entry_changes_nothing(repair: RunningService) -> None:
    entry_id = new_id()
    await repair.hear(handlers.list_entries, entry(entry_id, 3, in_force=False), entry(entry_id, 2))
    await repair.hear(handlers.list_entries, entry(entry_id, 1))
    assert [(row.generation, row.in_force) for row in await repair.rows(listed_entry)] == [(3, False)]
    found = (await repair.post("/v1/eligibility", {"entry_ids": [entry_id]})).json()["entries"]
    assert grounds(found[0]) == ["not_shown"]
