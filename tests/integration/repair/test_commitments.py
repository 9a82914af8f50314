"""A commitment stands for missing papers until its day, is kept by their arrival, and its breach is found (A15)."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.repair import handlers
from services.repair.commitments.breach import BreachWatch
from services.repair.commitments.tables import commitment
from services.repair.materials.case import find_case
from services.repair.materials.checklist import complete_papers
from services.repair.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.calendars.keep import keep_calendar
from shared.contracts.events import CalendarYearLoaded
from shared.database.mechanics import audit_entry
from shared.ids import new_id
from shared.vocabulary import Audience
from tests.support import papers, told
from tests.support.metrics import gauge
from tests.support.paper_desk import OWN, applied, handed_in, known, overview, problem, send
from tests.support.repair_desk import PATH, decide, reviewed, step
from tests.support.rows import OTHER_AUTHORITY
from tests.support.services import RunningService

BODY = {
    "kinds": ["performance_proof"],
    "statement": "承诺安全生产，并按时补交履行义务证明。联系人样例甲。",
    "signed_by": "样例乙",
    "signed_on": "2026-09-28",
}


@pytest.fixture
async def application_id(repair: RunningService) -> str:
    """Filed on Monday 28 September 2026, three days before the holidays."""
    repair.clock.advance(timedelta(days=(date(2026, 9, 28) - told.SUBMITTED).days))
    shown = await _shown(repair)
    return await applied(repair, shown)


async def _shown(repair: RunningService, number: int = 1) -> list[str]:
    ids = [new_id() for _ in range(number)]
    possible = date(2026, 9, 1)
    events = [told.online(one, audience, repair_from_on=possible) for one in ids for audience in Audience]
    await repair.hear(handlers.publications, *events)
    return ids


async def promise(
    repair: RunningService, application_id: str, body: dict[str, Any] = BODY, **claims: Any
) -> httpx.Response:
    return await repair.post(f"{PATH}/{application_id}/commitments", body, **(OWN | claims))


def watch(repair: RunningService) -> BreachWatch:
    return BreachWatch(repair.database, repair.clock)


async def states(repair: RunningService) -> list[str]:
    return sorted(row.state for row in await repair.rows(commitment))


async def lacking(repair: RunningService, application_id: str) -> int:
    async with repair.database.reading() as connection:
        return len(await complete_papers(connection, await find_case(connection, application_id)))


async def test_a_commitment_stands_for_its_paper_until_its_day_across_the_holidays(
    repair: RunningService, application_id: str
) -> None:
    await handed_in(repair, application_id, "commitment", papers.png())
    assert await lacking(repair, application_id) == 1
    answer = await promise(repair, application_id)
    assert answer.status_code == 201, answer.text
    # 29, 30 September; 1-7 October are off; 8, 9 and the make-up Saturday 10; 12, 13, 14, 15, 16.
    assert answer.json()["due_at"] == "2026-10-16T16:00:00Z"
    assert answer.json()["consequence"]
    assert await lacking(repair, application_id) == 0
    found = await overview(repair, application_id)
    assert (found["complete"], found["missing"][0]["promised"]) == (True, True)


async def test_the_words_and_the_person_are_sealed_and_open_for_the_clerk_only(
    repair: RunningService, application_id: str
) -> None:
    await promise(repair, application_id)
    [row] = await repair.rows(commitment)
    assert "样例乙".encode() not in row.sealed
    path = f"{PATH}/{application_id}/commitments/words"
    words = await repair.get(path)
    assert words.json() == [{"statement": BODY["statement"], "signed_by": "样例乙"}]
    assert (await repair.get(path, **OWN)).status_code == 403
    assert problem(await repair.get(path, authorities=[OTHER_AUTHORITY])) == (403, "foreign-authority")
    log = [f"{one.subject} {one.reason} {one.payload}" for one in await repair.rows(audit_entry)]
    assert not [line for line in log if "样例乙" in line or "联系人" in line]


async def test_the_paper_keeps_the_commitment(repair: RunningService, application_id: str) -> None:
    await promise(repair, application_id)
    await handed_in(repair, application_id, "commitment", papers.png())
    assert await states(repair) == ["open"]
    await handed_in(repair, application_id)
    assert await states(repair) == ["kept"]
    repair.clock.advance(timedelta(days=100))
    assert await watch(repair).run() == 0
    assert await states(repair) == ["kept"]


async def test_one_of_several_papers_does_not_keep_it(repair: RunningService, application_id: str) -> None:
    first, second = await _shown(repair, 2)
    both = await applied(repair, [first, second])
    await promise(repair, both)
    assert (await send(repair, both, query={"record_id": first})).status_code == 201
    assert await states(repair) == ["open"]
    assert (await send(repair, both, query={"record_id": second})).status_code == 201
    assert await states(repair) == ["kept"]


async def test_a_breach_is_found_on_its_instant_and_left_to_a_person(
    repair: RunningService, application_id: str
) -> None:
    await promise(repair, application_id)
    await reviewed(repair, application_id)
    assert (await decide(repair, application_id)).status_code == 200
    repair.clock.advance(timedelta(days=18, hours=14, minutes=59))  # from 09:00 of 28 September in Shanghai
    assert await watch(repair).run() == 0
    repair.clock.advance(timedelta(minutes=1))
    before = len(await repair.told())
    assert await watch(repair).run() == 1
    assert await watch(repair).run() == 0
    assert (await states(repair), len(await repair.told())) == (["breached"], before)
    assert "commitments.breached" in {row.action for row in await repair.rows(audit_entry)}
    assert gauge("repair_commitments", state="breached") == 1
    [found] = (await repair.get("/v1/repair-commitments")).json()
    assert (found["application_id"], found["application_state"]) == (application_id, "approved")
    assert "提请撤销" in found["consequence"]
    assert (await lacking(repair, application_id)) == 1
    late = await send(repair, application_id)  # late is better than never, and stays a breach
    assert (late.status_code, await states(repair)) == (201, ["breached"])


async def test_a_commitment_of_a_withdrawn_application_is_no_breach(
    repair: RunningService, application_id: str
) -> None:
    await promise(repair, application_id)
    assert (await step(repair, application_id, "withdrawal", **OWN)).status_code == 200
    repair.clock.advance(timedelta(days=60))
    assert await watch(repair).run() == 1
    assert await states(repair) == ["lapsed"]


async def test_only_what_is_missing_and_curable_can_be_promised_once(
    repair: RunningService, application_id: str
) -> None:
    before = await repair.counts()
    refused = await promise(repair, application_id, BODY | {"kinds": ["commitment"]})
    assert problem(refused) == (409, "not-curable")
    assert "33号" in refused.json()["article"]
    assert {kind for paper in refused.json()["papers"] for kind in paper["any_of"]} == {
        "commitment",
        "performance_proof",
    }
    assert problem(await promise(repair, application_id, BODY | {"kinds": ["credit_report"]})) == (409, "not-curable")
    assert problem(await promise(repair, application_id, BODY | {"signed_on": "2026-09-29"})) == (409, "conflict")
    assert (await promise(repair, application_id, BODY | {"statement": " \u200b"})).status_code == 422
    assert problem(await promise(repair, application_id, subjects=[])) == (404, "not-found")
    assert await repair.counts() == before
    assert (await promise(repair, application_id)).status_code == 201
    assert problem(await promise(repair, application_id)) == (409, "conflict")
    assert len(await repair.rows(commitment)) == 1


async def test_a_decided_application_takes_no_commitment(repair: RunningService, application_id: str) -> None:
    await reviewed(repair, application_id)
    assert (await decide(repair, application_id)).status_code == 200
    assert problem(await promise(repair, application_id)) == (409, "conflict")


async def test_a_commitment_beyond_the_announced_years_is_counted_again_when_they_are_loaded(
    repair: RunningService,
) -> None:
    [record_id] = await known(repair)  # 31 January 2027, a year that is not announced
    application_id = await applied(repair, [record_id])
    answer = await promise(repair, application_id)
    assert answer.json()["due_provisional"] is True
    book = CalendarBook(calendar_year)
    before = (await repair.rows(commitment))[0].due_at
    await _load_2027(repair)
    while await keep_calendar(repair.database, repair.clock, book, commitment):
        pass
    [row] = await repair.rows(commitment)
    assert (row.due_provisional, row.due_at > before) == (False, True)


async def _load_2027(repair: RunningService) -> None:
    off = tuple(date(2027, 1, 1) + timedelta(days=days) for days in range(365))
    closed = tuple(day for day in off if day.weekday() >= 5 or date(2027, 2, 1) <= day <= date(2027, 2, 5))
    loaded = CalendarYearLoaded(
        year=2027,
        generation=1,
        days_off=closed,
        days_on=(),
        sources=("国务院办公厅通知样例",),
        loaded_by="tester",
        reason="样例",
        loaded_at=repair.clock.now(),
    )
    await repair.hear(handlers.calendar, loaded)
