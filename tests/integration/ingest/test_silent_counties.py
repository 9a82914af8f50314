"""A county of which nothing comes is told, though the system that carries its rows sends those of others every day."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from services.cli import app
from services.ingest.app import TABLES
from services.ingest.data_sharing.counties import watch_counties
from services.ingest.duties.domain.duty import Duty, county_of, departments_with, in_force, packaged
from services.ingest.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.identifiers import counties_of, with_check_digit
from shared.vocabulary import RecordKind
from tests.support import rows
from tests.support.services import RunningService

READER = {"sub": "data-officer", "scope": "data-sharing:read"}
CITY = with_check_digit("11320400YL0000017")
LIYANG = with_check_digit("11320481YL0000025")
WUJIN = with_check_digit("11320412YL0000033")


async def send(ingest: RunningService, number: int, authority: str, sub: str = "city-system") -> None:
    row = rows.penalty(number, CF_CFJGDM=authority, CF_JDRQ="2026-11-02")
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": [row]}, sub=sub, authorities=[authority])
    assert answer.status_code == 201, answer.text


async def go_to(ingest: RunningService, day: date) -> None:
    ingest.clock.advance(datetime(day.year, day.month, day.day, 2, tzinfo=UTC) - ingest.clock.now())
    await watch_counties(ingest.database, ingest.clock, CalendarBook(calendar_year), 5)


async def counties(ingest: RunningService) -> dict[str, Any]:
    answer = await ingest.get("/v1/data-sharing/counties", **READER)
    assert answer.status_code == 200, answer.text
    return {one["name"]: one for one in answer.json()}


def told(county: str, name: str = "g02_county_silent_working_days") -> float | None:
    return REGISTRY.get_sample_value(name, {"county": county})


async def test_a_county_is_silent_by_working_days_whoever_carries_its_rows(ingest: RunningService) -> None:
    for number, authority in enumerate((CITY, LIYANG, WUJIN), start=1):
        await send(ingest, number, authority)
    for day in (3, 4, 5, 6, 9, 10):
        await go_to(ingest, date(2026, 11, day))
        await send(ingest, 100 + day, WUJIN)
    await go_to(ingest, date(2026, 11, 10))
    assert (told("320481"), told("320412"), told("320400")) == (5, 0, None), "the weekend counts for nothing"
    assert told("320481", "g02_county_expected_working_days") == 5
    seen = await counties(ingest)
    assert {name: one["is_silent"] for name, one in seen.items()} == {"武进区": False, "溧阳市": True}
    silent = seen["溧阳市"]
    assert (silent["last_received_on"], silent["silent_working_days"]) == ("2026-11-02", 5)
    assert (silent["source"], silent["departments"]) == ("city-system", ["溧阳市应急管理局"])
    await send(ingest, 200, LIYANG, sub="liyang-system")
    await go_to(ingest, date(2026, 11, 10))
    assert told("320481") == 0
    again = (await counties(ingest))["溧阳市"]
    assert (again["is_silent"], again["source"]) == (False, "liyang-system")


async def test_only_who_may_read_the_list_sees_the_counties(ingest: RunningService) -> None:
    assert (await ingest.get("/v1/data-sharing/counties", scope="ingest:read")).status_code == 403


def test_every_county_of_the_city_has_an_entry_for_its_own_records() -> None:
    table = packaged()
    assert sorted(table.counties.values()) == sorted(one.code for one in counties_of("320400"))
    for department, county in table.counties.items():
        assert [departments_with(table.duties, Duty(kind), county) for kind in RecordKind] == [(department,)] * 5
        assert department not in departments_with(table.duties, Duty.PENALTY), "the city answers for the whole"


def test_what_a_county_does_no_more_falls_to_the_city() -> None:
    changed = in_force({"溧阳市应急管理局": frozenset({Duty.LICENCE})})
    assert departments_with(changed, Duty.PENALTY, "320481") == ("监察支队",)
    assert departments_with(changed, Duty.LICENCE, "320481") == ("溧阳市应急管理局",)


@pytest.mark.parametrize(
    ("code", "county"),
    [
        (LIYANG, "320481"),
        (CITY, None),
        (with_check_digit("11320482YL0000041"), "320413"),
        (rows.AUTHORITY, None),
        ("", None),
    ],
)
def test_an_authority_is_a_countys_by_its_division_also_by_a_former_one(code: str, county: str | None) -> None:
    assert county_of(code) == county


async def test_the_table_of_duties_says_which_departments_are_a_countys(ingest: RunningService) -> None:
    items = (await ingest.get("/v1/duties", **READER)).json()["items"]
    whose = {one["department"]: one["county"] for one in items}
    assert (whose["溧阳市应急管理局"], whose["监察支队"]) == ("320481", None)


def test_counties_are_listed_from_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    TABLES.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'ingest.db'}")
    done = CliRunner().invoke(app, ["data-sharing", "counties"])
    assert (done.exit_code, done.output) == (0, "Nothing of a county has come within a year.\n")
