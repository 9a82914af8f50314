"""The queue: by what applications wait for, the least working time first, who has each on the desk."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from services.repair import handlers
from services.repair.applications.limits import escalate
from shared.calendars.book import packaged_calendar
from shared.ids import new_id
from shared.vocabulary import Audience, Severity
from shared.web.pagination import encoded
from tests.support import told
from tests.support.repair_desk import PATH, PEOPLE, REFUSE, decide, reviewed, served, step
from tests.support.rows import COMPANY
from tests.support.services import RunningService

QUEUE = "/v1/repair-queue"
MONDAY = date(2026, 11, 2)


async def filed(repair: RunningService, **changed: Any) -> str:
    record_id = new_id()
    values = {"repair_from_on": date(2026, 1, 1), "severity": Severity.ORDINARY} | changed
    await repair.hear(handlers.publications, *(told.online(record_id, audience, **values) for audience in Audience))
    answer = await repair.post(PATH, {"record_ids": [record_id]}, **PEOPLE["clerk"])
    assert answer.status_code == 201, answer.text
    return str(answer.json()["application_id"])


def go_to(repair: RunningService, day: date, hour: int) -> None:
    wanted = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)
    repair.clock.advance(wanted - repair.clock.now())


async def read(repair: RunningService, path: str = "", **asked: Any) -> dict[str, Any]:
    answer = await repair.get(f"{QUEUE}{path}?{urlencode(asked)}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(repair: RunningService, **asked: Any) -> list[dict[str, Any]]:
    page = await read(repair, **asked, total="true")
    assert page["total"] == {"items": len(page["items"]), "or_more": False} or page["next"]
    return list(page["items"])


async def tabs(repair: RunningService) -> dict[str, int]:
    counts = (await read(repair, "/counts"))["tabs"]
    return {name: number for name, number in counts.items() if number}


async def test_each_application_stands_in_the_tab_of_what_it_waits_for(repair: RunningService) -> None:
    go_to(repair, MONDAY, 10)
    waiting, supplementing, refused = [await filed(repair) for _ in range(3)]
    await step(repair, supplementing, "supplement-request")
    await reviewed(repair, refused)
    await decide(repair, refused, REFUSE)
    assert await tabs(repair) == {"open": 3, "submitted": 1, "supplementing": 1, "to_serve": 1}
    assert [one["application_id"] for one in await listed(repair, tab="to_serve")] == [refused]
    assert (await listed(repair, tab="supplementing"))[0]["stands_still"]
    await served(repair, refused)
    assert await tabs(repair) == {"open": 2, "submitted": 1, "supplementing": 1, "finished": 1}
    assert [one["application_id"] for one in await listed(repair, tab="finished")] == [refused]
    assert {one["application_id"] for one in await listed(repair)} == {waiting, supplementing}


async def test_a_revocation_waits_in_its_tab_until_it_is_served(repair: RunningService) -> None:
    application_id = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    await served(repair, application_id)
    await step(repair, application_id, "revocation")
    assert await tabs(repair) == {"open": 1, "to_serve": 1}
    await served(repair, application_id)
    assert await tabs(repair) == {"finished": 1}


async def test_the_least_working_time_comes_first_and_pages_go_on_where_they_stopped(repair: RunningService) -> None:
    go_to(repair, MONDAY, 10)
    first = await filed(repair)
    go_to(repair, MONDAY + timedelta(days=1), 16)
    others = [await filed(repair) for _ in range(3)]
    answer = await read(repair, limit=2)
    rest = await read(repair, limit=2, cursor=answer["next"])
    found = [one["application_id"] for one in (*answer["items"], *rest["items"])]
    assert found == [first, *sorted(others)] and rest["next"] is None
    limit = answer["items"][0]["limit"]
    # Acceptance within three working days: until the end of Thursday, 2 h of Tuesday and two whole days.
    assert (limit["clock"], limit["working_days"], limit["minutes_left"]) == ("repair_acceptance", 3, 120 + 2 * 420)


@pytest.mark.parametrize(
    "position", [["x", "a"], ["2026-11-02T00:00:00", "a"], ["0001-01-01T00:00:00+09:00", "a"], [1]]
)
async def test_a_cursor_that_somebody_made_up_is_refused(repair: RunningService, position: list[str | int]) -> None:
    answer = await repair.get(f"{QUEUE}?{urlencode({'cursor': encoded(position)})}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_what_ends_within_hours_of_work_is_counted_but_not_what_the_applicant_owes(
    repair: RunningService,
) -> None:
    go_to(repair, MONDAY, 10)
    await filed(repair)
    await step(repair, await filed(repair), "supplement-request")
    go_to(repair, date(2026, 11, 5), 13)
    near = await read(repair, "/counts", within_hours=5)
    assert (near["hurried"], near["overdue"]) == (1, 0)
    assert (await read(repair, "/counts", within_hours=4))["hurried"] == 0
    go_to(repair, date(2026, 11, 6), 9)
    async with repair.work() as work:
        await escalate(work, packaged_calendar())
    over = await read(repair, "/counts")
    assert (over["hurried"], over["overdue"]) == (0, 1)
    assert (await listed(repair, tab="submitted"))[0]["limit"]["minutes_left"] <= 0


async def test_an_application_is_taken_up_and_given_to_another(repair: RunningService) -> None:
    application_id = await filed(repair)
    await filed(repair)
    path = f"{QUEUE}/{application_id}/assignment"
    assert (await repair.post(path, {"reason": "领办"}, **PEOPLE["clerk"])).status_code == 204
    me = PEOPLE["clerk"]["sub"]
    assert [one["application_id"] for one in await listed(repair, assignee=me)] == [application_id]
    assert (
        await repair.post(path, {"assignee": "person:other", "reason": "交办"}, **PEOPLE["clerk"])
    ).status_code == 204
    assert (await repair.get(f"{QUEUE}/{application_id}")).json()["assignee"] == "person:other"
    assert await listed(repair, assignee=me) == []
    await step(repair, application_id, "withdrawal")
    refused = await repair.post(path, {"reason": "领办"}, **PEOPLE["clerk"])
    assert refused.status_code == 409


async def test_one_application_says_which_papers_and_conditions_are_missing(repair: RunningService) -> None:
    item = (await repair.get(f"{QUEUE}/{await filed(repair)}")).json()
    assert item["papers_there"] == 0 and item["papers_needed"] >= len(item["papers_missing"]) > 0
    assert [one["ground"] for one in item["conditions"]] == ["possible"]
    assert (await repair.get(f"{QUEUE}/{new_id()}")).status_code == 404


async def test_a_company_sees_its_own_applications_only(repair: RunningService) -> None:
    await filed(repair)
    stranger = {"sub": "portal", "scope": "repair:read", "authorities": [], "subjects": ["91320600MA1000000X"]}
    own = stranger | {"subjects": [COMPANY]}
    for path, claims, expected in ((QUEUE, stranger, 0), (QUEUE, own, 1)):
        answer = await repair.client.get(path, headers=repair.headers(**claims))
        assert len(answer.json()["items"]) == expected
    counts = await repair.client.get(f"{QUEUE}/counts", headers=repair.headers(**own))
    assert set(counts.json()["tabs"].values()) == {0}
