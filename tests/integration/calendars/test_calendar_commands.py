"""`creditsync calendar` against a served disclosure, and what `creditsync doctor` says of each service's calendar."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.disclosure.app import create_app
from services.disclosure.settings import DisclosureSettings
from services.local.calendar import MOST_BYTES, FileRefused, load_file, read_file, show_years
from services.local.doctor_calendar import look_at_calendar
from services.local.doubt import Doubt
from services.local.ports import LOOPBACK, free_ports
from shared.clock import ShiftedClock, SystemClock, start_of_legal_day
from shared.settings import HouseSettings
from tests.support.calendar_house import YEARS, CalendarHouse
from tests.support.services import RunningService
from tests.support.web import TestIssuer, served

YEAR_2027 = 'year = 2027\nsources = ["样例通知"]\noff = [2027-01-01, 2027-02-08]\non = [2027-02-20]\n'


@dataclass(frozen=True)
class Door:
    """A served disclosure and a token for it."""

    at: str
    token: str


@pytest.fixture
async def door(disclosure: RunningService, tmp_path: Path) -> AsyncIterator[Door]:
    issuer, port = TestIssuer(), free_ports(1)[0]
    settings = DisclosureSettings(data_dir=tmp_path, jwks="http://127.0.0.1:9/jwks.json")
    app = create_app(settings, disclosure.database)
    app.state.verifier = issuer.verifier()
    async with served((app, port)):
        yield Door(
            f"http://{LOOPBACK}:{port}", issuer.token(scope="disclosure:read disclosure:adopt", sub="law-officer")
        )


def file_of(folder: Path, text: str = YEAR_2027, name: str = "2027.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


async def test_a_year_is_loaded_and_shown_from_the_terminal(
    door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await load_file(file_of(tmp_path), "国务院办公厅通知", door.at, door.token)
    assert said.startswith("2027 is loaded as notice 1: 2 days off, 1 weekend days worked (样例通知).\n0 due dates")
    await show_years(2027, door.at, door.token)
    shown = capsys.readouterr().out
    assert "样例通知" in shown
    assert "loaded by law-officer" in shown
    assert "off: 01-01 Fri, 02-08 Mon" in shown
    await show_years(None, door.at, door.token)
    assert "announced until 2027-12-31" in capsys.readouterr().out
    with pytest.raises(FileRefused, match="2028 is not announced: the calendar reaches from 2019-01-01 to 2027-12-31"):
        await show_years(2028, door.at, door.token)


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (YEAR_2027 + "half = []\n", "2027.toml", "unknown entry half"),
        (
            YEAR_2027.replace("2027-02-20", "2027-02-22"),
            "2027.toml",
            "on holds 2027-02-22, which is no Saturday or Sunday",
        ),
        (YEAR_2027.replace("2027-02-08", "2028-02-08"), "2027.toml", "off holds 2028-02-08, which is not in 2027"),
        (YEAR_2027.replace('["样例通知"]', "[]"), "2027.toml", "sources must name the notice"),
        (YEAR_2027, "2028.toml", "year is 2027; the file must be named after its year"),
        ("", "2027.toml", "a year file has between 1 and"),
        (YEAR_2027 + "#" * MOST_BYTES, "2027.toml", "a year file has between 1 and"),
    ],
)
def test_a_bad_file_is_refused_by_file_entry_and_reason_before_anything_is_sent(
    tmp_path: Path, text: str, name: str, reason: str
) -> None:
    file = file_of(tmp_path, text, name)
    with pytest.raises(FileRefused) as refused:
        read_file(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert reason in str(refused.value)


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "2027.toml"
    file.write_bytes(b"year = 2027 # \xff\n")
    with pytest.raises(FileRefused, match="not readable as UTF-8 at byte 14"):
        read_file(file)


async def test_what_disclosure_refuses_is_told_in_one_sentence_and_nothing_is_stored(
    disclosure: RunningService, door: Door, tmp_path: Path
) -> None:
    stored = await disclosure.counts()
    beyond = file_of(tmp_path, YEAR_2027.replace("2027", "2029").replace("2029-02-20", "2029-02-24"), "2029.toml")
    with pytest.raises(FileRefused, match=r"2029\.toml: disclosure answered 422: 2027\.toml is missing between"):
        await load_file(beyond, "国务院办公厅通知", door.at, door.token)
    with pytest.raises(FileRefused, match="disclosure answered 401"):
        await load_file(file_of(tmp_path), "国务院办公厅通知", door.at, "no token")
    assert await disclosure.counts() == stored


@pytest.fixture
def settings(house: CalendarHouse, tmp_path: Path) -> HouseSettings:
    """The settings with which the doctor finds the databases of this house, on 3 November 2026."""
    shift = start_of_legal_day(date(2026, 11, 3)) - SystemClock().now()
    (tmp_path / "shift").write_text(str(int(shift.total_seconds())), encoding="ascii")
    url = house["ingest"].database.url
    return HouseSettings(
        data_dir=tmp_path,
        clock_file=tmp_path / "shift",
        database_url=None if url.startswith("sqlite") else SecretStr(url),
    )


async def test_the_doctor_says_how_far_each_calendar_reaches_and_who_has_not_heard_of_a_year(
    house: CalendarHouse, settings: HouseSettings
) -> None:
    await house.load(YEAR_2027)
    counting = "announced until 2027-12-31, notices loaded: 1, deadlines are being counted again"
    assert await look_at_calendar(settings, "disclosure") == counting
    for name in ("ingest", "repair", "sync"):
        with pytest.raises(Doubt, match="announced until 2026-12-31; notices heard: 0 of 1"):
            await look_at_calendar(settings, name)
    await house.carry()
    house.go_to(date(2026, 11, 3))
    for name in YEARS:
        await house.keep(name)
        assert await look_at_calendar(settings, name) == "announced until 2027-12-31, notices loaded: 1"


async def test_the_doctor_doubts_a_calendar_that_ends_soon(settings: HouseSettings, tmp_path: Path) -> None:
    ShiftedClock(tmp_path / "shift").advance(timedelta(days=20))
    with pytest.raises(Doubt, match="announced until 2026-12-31 only; later deadlines are provisional"):
        await look_at_calendar(settings, "sync")
