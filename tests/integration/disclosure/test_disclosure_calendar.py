"""The working-day clock of disclosure: provisional beyond the announced years, recounted when one is loaded (G11)."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.disclosure import tables
from services.disclosure.calendar import tables as calendar_tables
from services.disclosure.policy.book import LawBook
from shared.clock import start_of_legal_day
from shared.contracts.events import PublicationOffline, PublicationOnline
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
    assert answer.json() == {"year": 2027, "sources": ["一份样例通知"], "recounted": 3, "still_provisional": 0}
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
    assert [row.notice for row in await house.service.rows(calendar_tables.calendar_year)] == [1, 2]
    calendar = (await house.service.get("/v1/calendar")).json()
    assert calendar["years"][-1]["days_on"] == ["2027-01-10"]


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


async def test_a_year_is_loaded_from_the_terminal(
    house: LawHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from services.disclosure import cli

    monkeypatch.setenv("CREDITSYNC_DATABASE_URL", house.service.database.url)
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    file = tmp_path / "2027.toml"
    file.write_text(YEAR_2027, encoding="utf-8")
    await asyncio.to_thread(cli.load_calendar_year, file, "国务院办公厅通知")
    assert "2027 is loaded" in capsys.readouterr().out
    assert (await house.service.get("/v1/calendar")).json()["announced_until"] == "2027-12-31"
