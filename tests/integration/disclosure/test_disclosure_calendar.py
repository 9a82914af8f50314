"""The working-day clock of disclosure: provisional beyond the announced years, recounted when one is loaded (G11)."""

from datetime import date
from typing import Any

import pytest

from services.disclosure import tables
from services.disclosure.calendar import tables as calendar_tables
from services.disclosure.calendar.load_year import tell_years_again
from services.disclosure.policy.book import LawBook
from shared.calendars.book import CalendarBook
from shared.calendars.keep import GRACE, keep_calendar
from shared.clock import start_of_legal_day
from shared.contracts.events import CalendarYearLoaded, PublicationOffline, PublicationOnline, Term
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.services import RunningService

LATE = date(2026, 12, 28)
# An invented arrangement: only 1 to 3 January off, and Saturday 9 January worked.
YEAR_2027 = """year = 2027
sources = ["一份样例通知"]
off = [2027-01-01, 2027-01-02, 2027-01-03]
on = [2027-01-09]
"""


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def load(house: LawHouse, toml: str = YEAR_2027, year: int = 2027, **claims: Any) -> Any:
    body = {"year": year, "toml": toml, "reason": "国务院办公厅通知"}
    return await house.service.post("/v1/calendar/years", body, **claims)


async def keep(house: LawHouse) -> int:
    """Let the timer run until nothing is left; returns how many rows it touched."""
    book, touched = CalendarBook(calendar_tables.calendar_year), 0
    while done := await keep_calendar(house.service.database, house.service.clock, book, tables.publication):
        touched += done
    return touched


async def dues(house: LawHouse) -> set[tuple[Any, ...]]:
    return {
        (row.due_deadline, row.due_from, row.due_at, row.due_provisional)
        for row in await house.service.rows(tables.publication)
    }


async def test_deadlines_beyond_the_horizon_are_provisional_until_the_year_is_loaded(house: LawHouse) -> None:
    house.go_to(LATE)
    event = told.admitted(of=told.record(LATE), on=LATE)
    await house.hear(event)
    # Weekends and 1 January off: the seventh working day after 28 December is 7 January.
    assert await dues(house) == {("reporting", LATE, start_of_legal_day(date(2027, 1, 8)), True)}
    await house.hear(told.voided(event.record_id, withdrawn_on=date(2026, 12, 31)))
    assert await dues(house) == {("withdrawal", date(2026, 12, 31), start_of_legal_day(date(2027, 1, 7)), True)}

    four_days_off = YEAR_2027.replace("2027-01-03]", "2027-01-03, 2027-01-04]")
    answer = await load(house, four_days_off)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"notice": 1, "year": 2027, "sources": ["一份样例通知"], "to_recount": 3}
    assert await keep(house) == 3
    assert await dues(house) == {("withdrawal", date(2026, 12, 31), start_of_legal_day(date(2027, 1, 8)), False)}


async def test_every_process_counts_with_a_loaded_year_at_once(house: LawHouse) -> None:
    other = LawBook()
    await load(house)
    house.go_to(LATE)
    async with house.service.database.reading() as connection:
        due = (await other.current(connection)).due("reporting", LATE)
    assert (due.at, due.provisional) == (start_of_legal_day(date(2027, 1, 8)), False)
    calendar = (await house.service.get("/v1/calendar")).json()
    assert calendar["announced_until"] == "2027-12-31"
    assert calendar["years"][-1]["loaded_by"] == "law-officer"
    assert calendar["years"][-1]["sources"] == ["一份样例通知"]
    assert all(year["sources"] for year in calendar["years"])


async def test_a_later_notice_of_the_same_year_counts_and_the_first_is_kept(house: LawHouse) -> None:
    await load(house)
    await load(house, YEAR_2027.replace("on = [2027-01-09]", "on = [2027-01-10]"))
    events = [one for one in await house.service.take_told() if isinstance(one, CalendarYearLoaded)]
    assert [(one.generation, one.days_on) for one in events] == [(1, (date(2027, 1, 9),)), (2, (date(2027, 1, 10),))]
    assert [row.notice for row in await house.service.rows(calendar_tables.calendar_year)] == [1, 2]
    calendar = (await house.service.get("/v1/calendar")).json()
    assert calendar["years"][-1]["days_on"] == ["2027-01-10"]


async def test_a_correction_counts_final_deadlines_again(house: LawHouse) -> None:
    house.go_to(LATE)
    await load(house)
    await house.hear(told.admitted(of=told.record(LATE), on=LATE))
    assert await dues(house) == {("reporting", LATE, start_of_legal_day(date(2027, 1, 8)), False)}
    corrected = await load(house, YEAR_2027.replace("2027-01-03]", "2027-01-03, 2027-01-04, 2027-01-05]"))
    assert corrected.json()["to_recount"] == 3
    assert await keep(house) == 6  # three that are opened, the same three that are counted
    # Saturday 9 January is worked.
    assert await dues(house) == {("reporting", LATE, start_of_legal_day(date(2027, 1, 10)), False)}
    assert {row.recounted_at for row in await house.service.rows(calendar_tables.calendar_year)} == {None}
    house.service.clock.advance(GRACE)
    assert await keep(house) == 0
    assert None not in {row.recounted_at for row in await house.service.rows(calendar_tables.calendar_year)}


async def test_what_is_counted_without_a_year_that_arrives_meanwhile_is_found_later(house: LawHouse) -> None:
    """A transaction that began before the year was loaded."""
    house.go_to(LATE)
    unaware = await LawHouse.opened(house.service)
    async with house.service.database.reading() as connection:
        law = await unaware.book.current(connection)
    await load(house)
    assert await keep(house) == 0
    unaware.book = law  # type: ignore[assignment]
    await unaware.hear(told.admitted(of=told.record(LATE), on=LATE))
    assert {provisional for *_, provisional in await dues(house)} == {True}
    assert await keep(house) == 3
    assert {provisional for *_, provisional in await dues(house)} == {False}


async def test_orders_say_how_their_deadline_was_counted(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event, told.voided(event.record_id))
    gone = told.admitted()
    await house.hear(gone)
    await house.hear_repairs(told.repaired(gone.record_id))
    terms = {
        (type(one), one.term)
        for one in await house.service.told()
        if isinstance(one, PublicationOnline | PublicationOffline)
    }
    assert terms == {
        (PublicationOnline, Term(deadline="reporting", counted_from=told.DECIDED)),
        (PublicationOffline, Term(deadline="withdrawal", counted_from=told.SUBMITTED)),
        (PublicationOffline, Term(deadline="repair", counted_from=told.SUBMITTED)),
    }


async def test_a_worker_that_starts_tells_every_notice_again(house: LawHouse) -> None:
    await tell_years_again(house.service.database, house.service.clock)
    assert await house.service.take_told() == []
    await load(house)
    [first] = await house.service.take_told()
    await tell_years_again(house.service.database, house.service.clock)
    assert await house.service.take_told() == [first]


@pytest.mark.parametrize(
    ("toml", "year", "told_why"),
    [
        ("year = 2027", 2027, "off must be a list"),
        (YEAR_2027, 2028, "must be named after its year"),
        (YEAR_2027.replace("2027-01-09", "2027-01-08"), 2027, "no Saturday or Sunday"),
        (YEAR_2027.replace("一份样例通知", ""), 2027, "sources"),
        (YEAR_2027.replace("2027", "2028"), 2028, "2027.toml is missing"),
        ("this is no TOML", 2027, "not readable as TOML"),
    ],
)
async def test_a_year_that_cannot_be_right_is_refused_by_entry(
    house: LawHouse, toml: str, year: int, told_why: str
) -> None:
    stored = await house.service.counts()
    answer = await load(house, toml, year)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("calendar-refused")
    assert told_why in answer.json()["detail"]
    assert await house.service.counts() == stored


async def test_loading_a_year_needs_its_scope(house: LawHouse) -> None:
    assert (await load(house, scope="disclosure:read")).status_code == 403


@pytest.mark.parametrize("new_year", [date(2027, 1, 1), date(2028, 1, 1)])
async def test_nothing_fails_on_the_first_of_january_of_an_unannounced_year(house: LawHouse, new_year: date) -> None:
    house.go_to(new_year)
    event = told.admitted(of=told.record(new_year), on=new_year)
    await house.hear(event)
    assert await house.judge_anew() == 0
    await house.expire()
    await house.hear(told.voided(event.record_id, withdrawn_on=new_year))
    kinds = [type(e) for e in await house.service.take_told()]
    assert (kinds.count(PublicationOnline), kinds.count(PublicationOffline)) == (3, 3)
    assert {provisional for *_, provisional in await dues(house)} == {True}
    assert (await house.service.get("/v1/calendar")).status_code == 200


async def next_year(house: LawHouse) -> tuple[Any, ...]:
    answer = await house.service.get("/v1/calendar")
    assert answer.status_code == 200, answer.text
    told = answer.json()["next_year"]
    return told["year"], told["needed"], told["needed_by"], told["provisional"]["items"]


async def test_a_year_is_asked_for_when_a_deadline_could_reach_into_it_and_not_before(house: LawHouse) -> None:
    house.go_to(date(2026, 11, 2))
    assert await next_year(house) == (2027, False, "2026-12-31", 0)
    house.go_to(date(2026, 12, 10))  # twenty working days later lies in January
    assert await next_year(house) == (2027, True, "2026-12-31", 0)


async def test_provisional_due_dates_ask_for_their_year_until_it_is_loaded(house: LawHouse) -> None:
    house.go_to(LATE)
    await house.hear(told.admitted(of=told.record(LATE), on=LATE))
    assert await next_year(house) == (2027, True, "2026-12-31", 3)
    await load(house)
    await keep(house)
    assert await next_year(house) == (2028, False, "2027-12-31", 0)
