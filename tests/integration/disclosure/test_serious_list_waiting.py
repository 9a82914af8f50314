"""What of the serious list waits for a person, and by when, is told in a few figures, each with the list behind it."""

from datetime import date, timedelta
from typing import Any

from services.disclosure.serious_list.domain.entry import EntryState
from services.disclosure.serious_list.tables import serious_entry
from shared.messaging.unit_of_work import unit_of_work
from tests.support.rows import AUTHORITY
from tests.support.services import RunningService

TODAY = date(2026, 11, 2)


async def enter(disclosure: RunningService, name: str, state: EntryState, since: date, **changed: Any) -> None:
    """An entry as it stands after its last step."""
    row = {
        "entry_id": name,
        "version": 1,
        "state": state,
        "state_since_on": since,
        "subject_kind": "legal_person",
        "subject_key": name,
        "subject_name": "常州样例化工有限公司",
        "region": "320400",
        "authority_code": AUTHORITY,
        "authority_name": "常州市应急管理局",
        "situation": "11.6.4",
        "notice_items": "",
        "reviewed": True,
    }
    async with unit_of_work(disclosure.database, disclosure.clock) as work:
        await work.connection.execute(serious_entry.insert(), row | {"changed_at": work.now} | changed)


def closing(day: date) -> dict[str, date]:
    return {"closes_on": day, "offline_on": day + timedelta(days=1)}


async def waiting(disclosure: RunningService) -> Any:
    answer = await disclosure.get("/v1/serious-list/waiting")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(disclosure: RunningService, query: str) -> list[str]:
    answer = await disclosure.get(f"/v1/serious-list?{query}&total=true")
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"]["items"] == len(answer.json()["items"])
    return [one["entry_id"] for one in answer.json()["items"]]


async def test_an_empty_list_asks_for_nothing(disclosure: RunningService) -> None:
    told = await waiting(disclosure)
    assert (told["steps"], told["reviews"], told["closing"], told["closes_on"]) == ([], 0, 0, None)


async def test_each_state_that_a_person_ends_says_by_when_or_since_when(disclosure: RunningService) -> None:
    await enter(disclosure, "told", EntryState.NOTIFIED, date(2026, 10, 20))
    await enter(disclosure, "asked", EntryState.REMOVAL_APPLIED, date(2026, 10, 30))
    await enter(disclosure, "older", EntryState.REMOVAL_APPLIED, date(2026, 10, 28))
    await enter(disclosure, "taken", EntryState.REMOVAL_ACCEPTED, date(2026, 10, 30))
    await enter(disclosure, "over", EntryState.EXPIRED, date(2026, 10, 30))
    steps = {one["state"]: one for one in (await waiting(disclosure))["steps"]}
    assert steps.keys() == {"notified", "removal_applied", "removal_accepted"}
    assert (steps["notified"]["by"], steps["notified"]["since_on"]) == (None, "2026-10-20")
    applied = steps["removal_applied"]
    assert (applied["entries"], applied["late"], applied["by"]) == (2, 0, "2026-11-04")
    assert steps["removal_accepted"]["by"] == "2026-11-27"


async def test_what_is_late_is_counted_and_hides_no_deadline_that_can_be_kept(disclosure: RunningService) -> None:
    await enter(disclosure, "late", EntryState.REMOVAL_APPLIED, date(2026, 9, 1))
    await enter(disclosure, "kept", EntryState.REMOVAL_APPLIED, date(2026, 10, 30))
    [applied] = (await waiting(disclosure))["steps"]
    assert (applied["entries"], applied["late"], applied["by"]) == (2, 1, "2026-11-06")


async def test_a_listing_that_was_decided_is_due_by_its_next_deadline(disclosure: RunningService) -> None:
    await enter(disclosure, "entry", EntryState.DECIDED, date(2026, 10, 26))  # to be recorded by 29 October: over
    [decided] = (await waiting(disclosure))["steps"]
    assert (decided["late"], decided["by"]) == (0, "2026-11-23")


async def test_what_waits_for_legal_review_and_what_ends_soon_leads_to_its_list(disclosure: RunningService) -> None:
    start = date(2023, 11, 20)
    await enter(disclosure, "unseen", EntryState.LISTED, start, reviewed=False, **closing(date(2027, 6, 1)))
    await enter(disclosure, "soon", EntryState.LISTED, start, **closing(date(2026, 11, 19)))
    await enter(disclosure, "later", EntryState.REMOVAL_APPLIED, TODAY, **closing(date(2026, 12, 2)))
    await enter(disclosure, "far", EntryState.LISTED, start, **closing(date(2026, 12, 3)))
    await enter(disclosure, "ended", EntryState.EXPIRED, start, reviewed=False, **closing(date(2026, 10, 19)))
    told = await waiting(disclosure)
    assert (told["reviews"], told["closing"], told["closes_on"]) == (1, 2, "2026-11-19")
    assert await listed(disclosure, "unreviewed=true") == ["unseen"]
    assert await listed(disclosure, f"closing_by={told['closing_by']}") == ["later", "soon"]


async def test_who_may_not_read_is_told_no_figure(disclosure: RunningService) -> None:
    assert (await disclosure.get("/v1/serious-list/waiting", scope="ingest:read")).status_code == 403
