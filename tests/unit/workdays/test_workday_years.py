"""Calendar files: what the packaged ones hold, what a directory may add, and how a wrong one is named."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from shared.workdays import CalendarFileError, Deadline, load_calendar, load_years, read_year

YEAR_2027 = 'year = 2027\nsources = ["synthetic notice"]\noff = [2027-01-01, 2027-02-08]\non = [2027-02-20]\n'


def test_the_packaged_years_follow_one_another_and_name_their_notices() -> None:
    years = load_years()
    assert [year.year for year in years] == list(range(2019, 2027))
    assert all(f"{year.year}年" in year.sources[0] for year in years)
    assert {year.year: (len(year.off), len(year.on)) for year in years} == {
        2019: (28, 6),
        2020: (30, 6),
        2021: (31, 7),
        2022: (32, 7),
        2023: (28, 7),
        2024: (28, 8),
        2025: (28, 5),
        2026: (33, 6),
    }


def test_a_new_year_in_a_directory_moves_the_horizon_and_settles_the_deadlines(tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text(YEAR_2027, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no calendar", encoding="utf-8")
    calendar = load_calendar(tmp_path)
    assert calendar.announced_until == date(2027, 12, 31)
    assert load_calendar().add_working_days(date(2027, 2, 5), 1) == Deadline(date(2027, 2, 8), provisional=True)
    assert calendar.add_working_days(date(2027, 2, 5), 1) == Deadline(date(2027, 2, 9), provisional=False)
    assert calendar.is_working_day(date(2027, 2, 20))


def test_a_file_of_the_directory_replaces_the_packaged_year(tmp_path: Path) -> None:
    corrected = 'year = 2026\nsources = ["synthetic correction"]\noff = [2026-12-31]\non = []\n'
    (tmp_path / "2026.toml").write_text(corrected, encoding="utf-8")
    calendar = load_calendar(tmp_path)
    assert not calendar.is_working_day(date(2026, 12, 31))
    assert calendar.is_working_day(date(2026, 10, 1))


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileError, match="absent: the directory"):
        load_calendar(tmp_path / "absent")


@pytest.mark.parametrize("content", [b"year = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "2027.toml").write_bytes(content)
    with pytest.raises(CalendarFileError, match=r"2027\.toml: not readable"):
        load_calendar(tmp_path)


@pytest.mark.parametrize(
    ("entry", "wrong", "sentence"),
    [
        ("year = 2027", "year = 2028", "year is 2028"),
        ("year = 2027", "", "year is None"),
        ("2027-01-01", "2028-01-01", "off holds 2028-01-01, which is not in 2027"),
        ("2027-02-08", "2027-01-01", "off holds 2027-01-01 twice"),
        ("2027-02-08", "2027-02-20", "2027-02-20 is both off and on"),
        ("2027-02-20", "2027-02-22", "on holds 2027-02-22, which is no Saturday or Sunday"),
        ("2027-01-01", "2027-01-01T08:00:00", "which is not a date"),
        ("2027-01-01", '"0101"', "off holds '0101', which is not a date"),
        ("on = [2027-02-20]", "on = 20", "on must be a list"),
        ("on = [2027-02-20]", "", "on must be a list"),
        ("on =", "of = []\non =", "unknown entry of"),
        ('"synthetic notice"', "", "sources must name"),
        ("2027-01-01, 2027-02-08", "2027-02-06", "off names no weekday"),
    ],
)
def test_a_wrong_entry_is_refused_by_file_and_entry(entry: str, wrong: str, sentence: str) -> None:
    with pytest.raises(CalendarFileError, match=rf"^2027\.toml: .*{sentence}"):
        read_year("2027.toml", tomllib.loads(YEAR_2027.replace(entry, wrong)))
