"""The calendar of days: what comes down, may be repaired or must be shown when, and why each day is what it is."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from services.disclosure import tables
from services.disclosure.handlers import Handlers
from services.disclosure.rules import load_law
from tests.support import told
from tests.support.services import RunningService

HEAR = Handlers(load_law())
DECIDED = [date(2026, 10, 28), date(2026, 10, 30), date(2026, 10, 30)]


async def _told(disclosure: RunningService) -> list[str]:
    events = [told.admitted(of=told.record(day)) for day in DECIDED]
    for event in events:
        await disclosure.hear(HEAR.records, event)
    return [event.record_id for event in events]


async def _counts(disclosure: RunningService, kind: str, first: str, until: str) -> dict[str, Any]:
    answer = await disclosure.get(f"/v1/window-counts?kind={kind}&from={first}&until={until}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(
    ("kind", "first", "until", "days"),
    [
        ("take_down", "2027-10-20", "2027-11-20", {"2027-10-29": 1, "2027-10-31": 2}),
        ("repair", "2027-01-20", "2027-02-10", {"2027-01-29": 1, "2027-01-31": 2}),
        ("publish", "2026-11-01", "2026-11-30", {"2026-11-06": 1, "2026-11-10": 2}),
    ],
)
async def test_each_day_counts_its_records_and_lists_them_with_their_rule(
    disclosure: RunningService, kind: str, first: str, until: str, days: dict[str, int]
) -> None:
    ids = await _told(disclosure)
    counted = await _counts(disclosure, kind, first, until)
    assert {one["day"]: one["records"] for one in counted["days"] if one["records"]} == days
    listed: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await disclosure.get(f"/v1/windows?kind={kind}&from={first}&until={until}&limit=1{cursor}")).json()
        listed += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [one["day"] for one in listed] == [day for day, records in days.items() for _ in range(records)]
    assert {one["record_id"] for one in listed} == set(ids)
    assert all(one["rule_id"] and one["document_number"] and one["audiences"] for one in listed)


async def test_the_calendar_says_which_days_are_worked(disclosure: RunningService) -> None:
    days = (await _counts(disclosure, "take_down", "2026-10-01", "2026-10-11"))["days"]
    worked = {one["day"] for one in days if one["working"]}
    assert "2026-10-01" not in worked and "2026-10-09" in worked  # 国庆节
    assert all(one["announced"] for one in days)


async def test_what_is_online_beyond_its_last_day_is_counted_as_overdue(disclosure: RunningService) -> None:
    record_id = (await _told(disclosure))[0]
    assert (await _counts(disclosure, "take_down", "2026-11-01", "2026-11-02"))["overdue"] == 0
    async with disclosure.database.writing() as connection:
        await connection.execute(
            update(tables.publication)
            .where(tables.publication.c.record_id == record_id)
            .values(offline_on=date(2026, 11, 1))
        )
    counted = await _counts(disclosure, "take_down", "2026-11-01", "2026-11-02")
    assert counted["overdue"] == 1 and counted["days"][0]["records"] == 1


async def test_a_day_tells_from_which_day_it_was_counted_and_what_was_skipped(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    dates = (await disclosure.get(f"/v1/records/{event.record_id}/dates")).json()
    assert [one["what"] for one in dates[:2]] == ["decided", "submitted"]
    by = next(one for one in dates if one["what"] == "publish_by")
    assert (by["counted_from"], by["day"], by["working_days"]) == ("2026-10-30", "2026-11-10", 7)
    assert by["skipped"] == ["2026-10-31", "2026-11-01", "2026-11-07", "2026-11-08"]
    assert len(by["audiences"]) == 3 and by["article"]
    closes = next(one for one in dates if one["what"] == "closes")
    assert closes["rule_id"] and closes["article"] and closes["pack_version"]


@pytest.mark.parametrize(("first", "until"), [("2026-11-02", "2026-11-01"), ("2026-01-01", "2028-01-01")])
async def test_a_span_that_makes_no_sense_is_refused(disclosure: RunningService, first: str, until: str) -> None:
    answer = await disclosure.get(f"/v1/window-counts?kind=repair&from={first}&until={until}")
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "until"


async def test_dates_of_an_unknown_record_are_not_there(disclosure: RunningService) -> None:
    assert (await disclosure.get(f"/v1/records/{'0' * 32}/dates")).status_code == 404
