"""From the application to the closed case: possible in time, once, and closed only on observed absence (G10)."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.repair import handlers, tables
from shared.contracts.events import RepairApproved
from shared.ids import new_id
from shared.vocabulary import Audience, Portal
from tests.support import told
from tests.support.repair_desk import APPROVE, PATH, REFUSE, decide, reviewed, served, view
from tests.support.rows import OTHER_AUTHORITY
from tests.support.services import RunningService, statements

POSSIBLE = date(2027, 1, 31)


@pytest.fixture
async def record_id(repair: RunningService) -> str:
    """A record that every audience shows and that can be repaired from 31 January 2027, which is today."""
    shown = new_id()
    await repair.hear(handlers.publications, *(told.online(shown, audience) for audience in Audience))
    repair.clock.advance(timedelta(days=(POSSIBLE - told.SUBMITTED).days))
    return shown


async def apply(repair: RunningService, record_id: str, **claims: Any) -> httpx.Response:
    return await repair.post(PATH, {"record_id": record_id}, **claims)


async def filed(repair: RunningService, record_id: str) -> str:
    answer = await apply(repair, record_id)
    assert answer.status_code == 201, answer.text
    application_id: str = answer.json()["application_id"]
    return application_id


async def ready(repair: RunningService, record_id: str) -> str:
    """Filed, accepted and reviewed by two people: only the decision is missing."""
    application_id = await filed(repair, record_id)
    await reviewed(repair, application_id)
    return application_id


async def approved(repair: RunningService, record_id: str) -> str:
    """Approved, and served on the applicant."""
    application_id = await ready(repair, record_id)
    assert (await decide(repair, application_id)).status_code == 200
    await served(repair, application_id)
    return application_id


async def state_of(repair: RunningService, application_id: str) -> str:
    found = await view(repair, application_id)
    assert (found["closed_at"] is not None) == (found["state"] == "closed")
    state: str = found["state"]
    return state


async def offline(repair: RunningService, record_id: str, generation: int = 2) -> None:
    ordered = (told.offline(record_id, audience, generation) for audience in Audience)
    await repair.hear(handlers.publications, *ordered)


async def gone(repair: RunningService, record_id: str, *portals: Portal, generation: int = 2) -> None:
    seen = (told.absent(record_id, portal, generation) for portal in portals or Portal)
    await repair.hear(handlers.observations, *seen)


async def test_an_application_before_the_first_possible_day_is_told_the_day(
    repair: RunningService, record_id: str
) -> None:
    repair.clock.advance(-timedelta(days=1))
    before = await repair.counts()
    answer = await apply(repair, record_id)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:creditsync:problem:not-repairable")
    assert answer.json()["possible_from"] == "2027-01-31"
    assert await repair.counts() == before
    repair.clock.advance(timedelta(hours=15))  # 00:00 of the 31st in Shanghai, 16:00 of the 30th in UTC
    assert (await apply(repair, record_id)).status_code == 201


async def test_the_latest_of_the_audiences_decides_from_when(repair: RunningService, record_id: str) -> None:
    later = told.online(record_id, Audience.OWN_COLUMN, 2, repair_from_on=date(2027, 3, 1))
    await repair.hear(handlers.publications, later)
    assert (await apply(repair, record_id)).json()["possible_from"] == "2027-03-01"


async def test_a_record_that_one_audience_never_lets_go_is_not_repairable(
    repair: RunningService, record_id: str
) -> None:
    await repair.hear(handlers.publications, told.online(record_id, Audience.OWN_COLUMN, 2, repair_from_on=None))
    answer = await apply(repair, record_id)
    assert (answer.status_code, answer.json()["possible_from"]) == (409, None)


async def test_a_record_that_is_shown_nowhere_has_nothing_to_repair(repair: RunningService, record_id: str) -> None:
    await offline(repair, record_id)
    assert (await apply(repair, record_id)).status_code == 409
    assert (await apply(repair, new_id())).status_code == 404


async def test_a_second_open_application_is_a_conflict_even_at_the_same_moment(
    repair: RunningService, record_id: str
) -> None:
    await filed(repair, record_id)
    assert (await apply(repair, record_id)).json()["type"] == "urn:creditsync:problem:open-application"
    for _ in range(10):
        shown = new_id()
        await repair.hear(handlers.publications, told.online(shown, Audience.CREDIT_SITES))
        answers = await asyncio.gather(*(apply(repair, shown) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_after_a_refusal_one_may_apply_again(repair: RunningService, record_id: str) -> None:
    application_id = await ready(repair, record_id)
    assert (await decide(repair, application_id, REFUSE)).json()["state"] == "refused"
    assert await repair.told() == []
    assert (await apply(repair, record_id)).status_code == 201


async def test_an_approval_tells_the_take_down_order_once(repair: RunningService, record_id: str) -> None:
    application_id = await ready(repair, record_id)
    answers = await asyncio.gather(*(decide(repair, application_id) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    [event] = await repair.told()
    assert event == RepairApproved(application_id=application_id, record_id=record_id, approved_on=POSSIBLE)
    found = await view(repair, application_id)
    assert (found["state"], found["reason"], found["closed_at"]) == ("approved", "义务已履行完毕", None)


async def test_a_case_closes_only_when_the_last_portal_was_seen_without_the_record(
    repair: RunningService, record_id: str
) -> None:
    application_id = await approved(repair, record_id)
    await offline(repair, record_id)
    *first, last = Portal
    for portal in first:
        await gone(repair, record_id, portal)
        assert await state_of(repair, application_id) == "approved"
    await gone(repair, record_id, last)
    assert await state_of(repair, application_id) == "closed"


async def test_an_absence_older_than_the_take_down_does_not_close_a_case(
    repair: RunningService, record_id: str
) -> None:
    application_id = await approved(repair, record_id)
    await offline(repair, record_id, generation=3)
    await gone(repair, record_id, generation=2)
    assert await state_of(repair, application_id) == "approved"
    await gone(repair, record_id, generation=3)
    await gone(repair, record_id, generation=1)  # comes late and says nothing new
    assert await state_of(repair, application_id) == "closed"


async def test_a_late_older_absence_does_not_undo_what_was_seen(repair: RunningService, record_id: str) -> None:
    application_id = await approved(repair, record_id)
    first, second, third = Portal
    await gone(repair, record_id, first, second, generation=2)
    await gone(repair, record_id, first, generation=1)
    await offline(repair, record_id)
    await gone(repair, record_id, third)
    assert await state_of(repair, application_id) == "closed"


async def test_absence_without_an_order_closes_nothing(repair: RunningService, record_id: str) -> None:
    application_id = await approved(repair, record_id)
    await gone(repair, record_id, generation=9)
    assert await state_of(repair, application_id) == "approved"
    await repair.hear(handlers.publications, told.offline(record_id, Audience.CREDIT_SITES))
    assert await state_of(repair, application_id) == "approved"


async def test_an_older_publication_that_comes_late_does_not_reopen_what_is_offline(
    repair: RunningService, record_id: str
) -> None:
    application_id = await approved(repair, record_id)
    await offline(repair, record_id)
    await repair.hear(handlers.publications, *(told.online(record_id, audience) for audience in Audience))
    await gone(repair, record_id)
    assert await state_of(repair, application_id) == "closed"


async def test_absence_seen_before_the_order_was_heard_closes_with_the_order(
    repair: RunningService, record_id: str
) -> None:
    application_id = await approved(repair, record_id)
    await gone(repair, record_id)
    assert await state_of(repair, application_id) == "approved"
    await offline(repair, record_id)
    assert await state_of(repair, application_id) == "closed"


async def test_the_order_and_the_last_absence_at_the_same_moment_close_the_case(repair: RunningService) -> None:
    for _ in range(10):
        shown = new_id()
        ordered = (told.online(shown, audience, repair_from_on=told.DECIDED) for audience in Audience)
        await repair.hear(handlers.publications, *ordered)
        application_id = await approved(repair, shown)
        await asyncio.gather(offline(repair, shown), gone(repair, shown))
        assert await state_of(repair, application_id) == "closed"


async def test_approving_what_is_already_gone_everywhere_closes_the_case(
    repair: RunningService, record_id: str
) -> None:
    application_id = await ready(repair, record_id)
    await offline(repair, record_id)  # the window ended while the application was considered
    await gone(repair, record_id)
    assert (await decide(repair, application_id)).json()["state"] == "approved"
    assert (await served(repair, application_id)).json()["state"] == "closed"
    assert await state_of(repair, application_id) == "closed"
    assert len(await repair.told()) == 1


async def test_an_approval_and_the_last_absence_at_the_same_moment_close_the_case(repair: RunningService) -> None:
    for _ in range(10):
        shown = new_id()
        ordered = (told.online(shown, audience, repair_from_on=told.DECIDED) for audience in Audience)
        await repair.hear(handlers.publications, *ordered)
        application_id = await ready(repair, shown)
        await offline(repair, shown)
        await asyncio.gather(decide(repair, application_id), gone(repair, shown))
        await served(repair, application_id)
        assert await state_of(repair, application_id) == "closed"


async def test_messages_heard_twice_leave_the_same_state(repair: RunningService, record_id: str) -> None:
    application_id = await approved(repair, record_id)
    for _ in range(2):
        await offline(repair, record_id)
        await gone(repair, record_id)
    rows = [await repair.rows(table) for table in (tables.shown_record, tables.absence)]
    assert [len(found) for found in rows] == [len(Audience), len(Portal)]
    assert await state_of(repair, application_id) == "closed"


async def test_a_message_of_a_hundred_needs_no_more_statements_than_one_of_two(repair: RunningService) -> None:
    needed = []
    for number in (2, 100):
        ids = [new_id() for _ in range(number)]
        with statements() as sent:
            await repair.hear(handlers.publications, *(told.offline(one, Audience.CREDIT_SITES) for one in ids))
            await repair.hear(handlers.observations, *(told.absent(one, Portal.CREDIT_CHINA) for one in ids))
        needed.append(len(sent))
    assert needed[0] == needed[1]


async def test_another_authority_can_neither_file_nor_decide(repair: RunningService, record_id: str) -> None:
    foreign = {"authorities": [OTHER_AUTHORITY]}
    application_id = await filed(repair, record_id)
    before = await repair.counts()
    for answer in (await apply(repair, record_id, **foreign), await decide(repair, application_id, **foreign)):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:creditsync:problem:foreign-authority")
    assert await repair.counts() == before


async def test_who_files_cannot_decide_without_the_scope(repair: RunningService, record_id: str) -> None:
    application_id = await filed(repair, record_id)
    answer = await decide(repair, application_id, scope="repair:write repair:read")
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "repair:decide")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"record_id": "\x00" * 32}, 422),
        ("", {"record_id": "x" * 32}, 422),
        ("", {"record_id": "f" * 33}, 422),
        ("", {}, 422),
        ("/%00/decision", APPROVE | {"version": 1}, 404),
        (f"/{'f' * 32}/decision", APPROVE | {"version": 1}, 404),
        (f"/{'f' * 32}/decision", APPROVE, 422),
        (f"/{'f' * 32}/decision", APPROVE | {"version": 1, "decision": "perhaps"}, 422),
        (f"/{'f' * 32}/decision", APPROVE | {"version": 1, "reason": ""}, 422),
        (f"/{'f' * 32}/decision", APPROVE | {"version": 1, "reason": " \x00\u200b"}, 422),
        (f"/{'f' * 32}/decision", APPROVE | {"version": 1, "reason": "x" * 2_001}, 422),
    ],
)
async def test_bad_input_is_refused_and_stores_nothing(
    repair: RunningService, path: str, body: dict[str, Any], status: int
) -> None:
    before = await repair.counts()
    answer = await repair.post(PATH + path, body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await repair.counts() == before


async def test_a_reason_is_stored_without_signs_that_a_database_refuses(repair: RunningService, record_id: str) -> None:
    application_id = await ready(repair, record_id)
    assert (await decide(repair, application_id, REFUSE | {"reason": "未\x00履行\u202e"})).status_code == 200
    assert (await view(repair, application_id))["reason"] == "未履行"


@pytest.mark.parametrize("application_id", ["%00", "f" * 5000, "f" * 32])
async def test_an_unknown_application_is_not_found(repair: RunningService, application_id: str) -> None:
    assert (await repair.get(f"{PATH}/{application_id}")).status_code == 404
