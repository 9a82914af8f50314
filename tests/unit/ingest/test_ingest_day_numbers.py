"""Day numbers of spreadsheets (R23): the same day as the spreadsheet shows, or no day at all."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.mapping.dates import date_of_number, parse_date


@pytest.mark.parametrize(
    ("text", "day"),
    [("46325", date(2026, 10, 30)), ("46325.0", date(2026, 10, 30)), ("46325.604166667", date(2026, 10, 30)),
     ("36526", date(2000, 1, 1)), ("73050", date(2099, 12, 31)), ("2958465", date(9999, 12, 31))],
)  # fmt: skip
def test_a_day_number_is_its_day(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    ["2026", "0", "1", "9999", "01234", "146325", "-46325", "46325.", "46325,5", "4.6E+04", "４６３２５", "2958466"],
)
def test_other_numbers_are_no_day(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("number", "since_1904", "day"),
    [(44_863, True, date(2026, 10, 30)), (0, True, date(1904, 1, 1)), (-1, True, None), (61, False, date(1900, 3, 1)),
     (60, False, None), (10**9, False, None), (10**9, True, None)],
)  # fmt: skip
def test_both_systems_of_days_are_known(number: int, since_1904: bool, day: date | None) -> None:
    assert date_of_number(number, since_1904=since_1904) == day


@given(st.dates(date(1927, 5, 18), date(2173, 10, 13)))
def test_a_day_comes_back_from_its_number(day: date) -> None:
    assert parse_date(str((day - date(1899, 12, 30)) // timedelta(days=1))) == day
