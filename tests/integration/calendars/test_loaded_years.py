"""A year that is loaded reaches every service, and what was counted without it is counted again (G11)."""

from datetime import date, timedelta

import pytest

from shared.calendars.keep import GRACE
from shared.clock import start_of_legal_day
from shared.contracts.events import CalendarYearLoaded
from shared.errors import Problem
from shared.ids import new_id
from shared.vocabulary import Audience
from shared.workdays import CalendarFileError
from tests.support import rows, told
from tests.support.calendar_house import YEARS, CalendarHouse
from tests.support.metrics import gauge
from tests.support.repair_desk import decide, reviewed, served

DAY = date(2026, 12, 30)
# An invented arrangement: 1 to 5 January off, and Saturday 9 January worked.
YEAR_2027 = """year = 2027
sources = ["样例通知"]
off = [2027-01-01, 2027-01-02, 2027-01-03, 2027-01-04, 2027-01-05]
on = [2027-01-09]
"""
LAST = "2027-12-31"
OTHERS = ("ingest", "repair", "sync")


def end_of(month: int, day: int, year: int = 2027) -> object:
    """The instant at which a day in Shanghai is over."""
    return start_of_legal_day(date.fromordinal(date(year, month, day).toordinal() + 1))


async def send(house: CalendarHouse, number: int) -> list[str]:
    """Hand in a decision of `DAY`; what was said of its date."""
    row = rows.penalty(number, CF_JDRQ=DAY.isoformat(), CF_YXQ="2027-12-30")
    answer = await house["ingest"].post("/v1/batches", {"kind": "penalty", "rows": [row]})
    assert answer.json()["counts"]["admitted"] == 1, answer.text
    return [reason["message"] for reason in answer.json()["verdicts"][0]["reasons"]]


async def file_case(house: CalendarHouse) -> str:
    """An application about a record of its own that may be repaired."""
    shown = new_id()
    await house.hear(*(told.online(shown, audience, repair_from_on=DAY) for audience in Audience))
    filed = await house["repair"].post("/v1/repair-applications", {"record_id": shown})
    assert filed.status_code == 201, filed.text
    return str(filed.json()["application_id"])


async def fill(house: CalendarHouse) -> None:
    """One decision on its way through all services, one case that waits and one that was approved."""
    house.go_to(DAY)
    assert await send(house, 1) == []
    await file_case(house)
    application_id = await file_case(house)
    await reviewed(house["repair"], application_id)
    decided = await decide(house["repair"], application_id)
    assert decided.status_code == 200, decided.text
    await served(house["repair"], application_id)
    await house.carry()


async def test_a_loaded_year_settles_the_provisional_deadlines_of_every_service(house: CalendarHouse) -> None:
    await fill(house)
    reporting = ("reporting", DAY, end_of(1, 11), True)
    assert await house.dues("disclosure") == {reporting}
    assert reporting in await house.dues("sync")
    assert await house.dues("repair") == {
        ("repair_acceptance", DAY, end_of(1, 5), True),
        ("repair_result", DAY, end_of(1, 14), True),
        ("repair", DAY, end_of(1, 5), True),
    }

    house.go_to(date(2027, 1, 12))
    assert await send(house, 2) == ["Reported later than 7 working days after the decision."]
    await house.carry()
    assert (await house.load(YEAR_2027))["to_recount"] == 6
    await house.carry()
    assert {name: str(await house.until(name)) for name in YEARS} == dict.fromkeys(YEARS, LAST)
    assert await send(house, 3) == []
    await house.carry()

    assert {name: await house.keep(name) for name in YEARS} == {"ingest": 0, "disclosure": 6, "repair": 3, "sync": 6}
    reporting = ("reporting", DAY, end_of(1, 12), False)
    assert await house.dues("disclosure") == {reporting}
    assert {due for due in await house.dues("sync") if due[0]} == {reporting}
    assert await house.dues("repair") == {
        ("repair_acceptance", DAY, end_of(1, 7), False),
        ("repair_result", DAY, end_of(1, 15), False),
        ("repair", DAY, end_of(1, 7), False),
    }
    assert {name: await house.keep(name) for name in YEARS} == dict.fromkeys(YEARS, 0)


async def test_what_a_case_and_a_placement_say_of_their_deadline_follows(house: CalendarHouse) -> None:
    house.go_to(DAY)
    application_id = await file_case(house)
    before = (await house["repair"].get(f"/v1/repair-applications/{application_id}")).json()
    await house.load(YEAR_2027)
    await house.carry()
    await house.keep("repair")
    after = (await house["repair"].get(f"/v1/repair-applications/{application_id}")).json()
    assert (before["due_at"], before["due_provisional"]) == ("2027-01-05T16:00:00Z", True)
    assert (after["due_at"], after["due_provisional"]) == ("2027-01-07T16:00:00Z", False)


async def test_an_order_counted_without_the_year_is_counted_with_it_where_it_arrives(house: CalendarHouse) -> None:
    house.go_to(DAY)
    await send(house, 1)
    for one in await house["ingest"].take_told():
        await house.hear(one)
    orders = await house["disclosure"].take_told()
    await house.load(YEAR_2027)
    await house.carry()
    await house.hear(*orders)
    assert {due[2:] for due in await house.dues("sync")} == {(end_of(1, 12), False)}


async def test_a_replayed_notice_changes_nothing_and_an_older_one_does_not_come_back(house: CalendarHouse) -> None:
    await house.load(YEAR_2027)
    await house.load(YEAR_2027.replace("2027-01-09", "2027-01-10"))
    first, second = await house["disclosure"].take_told()
    await house.hear(second, first, second, first)
    house.go_to(DAY)
    await file_case(house)
    assert {due[2] for due in await house.dues("repair")} == {end_of(1, 7), end_of(1, 15)}
    for name in OTHERS:
        kept = sorted(await house[name].rows(YEARS[name]), key=lambda row: row.notice)
        assert [(row.notice, row.loaded_by) for row in kept] == [(1, "law-officer"), (2, "law-officer")]
        assert "2027-01-10" in kept[-1].text


async def test_a_year_beyond_a_missing_one_waits_for_it(house: CalendarHouse) -> None:
    await house.load(YEAR_2027)
    await house.load(
        YEAR_2027.replace("2027-", "2028-").replace("2027", "2028").replace("2028-01-09", "2028-01-08"), 2028
    )
    first, second = await house["disclosure"].take_told()
    await house.hear(second)
    assert {str(await house.until(name)) for name in OTHERS} == {"2026-12-31"}
    await house.hear(first)
    assert {str(await house.until(name)) for name in OTHERS} == {"2028-12-31"}


async def test_a_corrected_year_counts_final_deadlines_again_everywhere(house: CalendarHouse) -> None:
    await house.load(YEAR_2027)
    await fill(house)
    await house.load(YEAR_2027.replace("2027-01-05]", "2027-01-05, 2027-01-06]"))
    await house.carry()
    for name in YEARS:
        await house.keep(name)
    assert await house.dues("disclosure") == {("reporting", DAY, end_of(1, 13), False)}
    assert {due for due in await house.dues("sync") if due[0]} == {("reporting", DAY, end_of(1, 13), False)}
    assert ("repair", DAY, end_of(1, 8), False) in await house.dues("repair")
    house.go_to(DAY, hours=10)
    assert {name: await house.keep(name) for name in YEARS} == dict.fromkeys(YEARS, 0)
    for name in YEARS:
        grace = timedelta() if name == "ingest" else GRACE
        assert all(row.recounted_at - row.stored_at >= grace for row in await house[name].rows(YEARS[name]))


async def test_a_notice_that_cannot_be_right_is_refused_by_everyone_who_hears_it(house: CalendarHouse) -> None:
    await house.load(YEAR_2027)
    [good] = await house["disclosure"].take_told()
    assert isinstance(good, CalendarYearLoaded)
    worked_monday = good.model_copy(update={"days_on": (date(2027, 1, 11),)})
    for name in OTHERS:
        stored = await house[name].counts()
        hear = house.handlers[f"{name}.calendar"]
        with pytest.raises(CalendarFileError, match=r"2027\.toml: on holds 2027-01-11, which is no Saturday"):
            await house[name].hear(hear, worked_monday)
        assert await house[name].counts() == stored
        await house[name].hear(hear, good)
        with pytest.raises(Problem, match="Notice 1 of the calendar is known with another content"):
            await house[name].hear(hear, good.model_copy(update={"days_on": ()}))


async def test_the_horizon_of_each_service_can_be_watched(house: CalendarHouse) -> None:
    house.go_to(DAY)
    await house.load(YEAR_2027)
    for name in YEARS:
        await house.keep(name)
    horizons = {name: gauge("g11_calendar_horizon_days", service=name) for name in YEARS}
    assert horizons == {"disclosure": 366, "ingest": 1, "repair": 1, "sync": 1}
    house.go_to(date(2027, 1, 2))
    await house.keep("sync")
    assert gauge("g11_calendar_horizon_days", service="sync") == -2
