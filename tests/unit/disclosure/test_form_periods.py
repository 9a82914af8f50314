"""The days that a form counts: no day twice, none left out, whatever the cut-off (rulings R33, R34)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.disclosure.forms.domain.layout import load_layout
from services.disclosure.forms.domain.period import parse_month, period_before, period_of

STOCK = load_layout().stock
MONTHS = st.tuples(st.integers(2019, 2050), st.integers(1, 12), st.integers(1, 31))


def test_a_month_runs_from_the_21st_to_the_20th_and_the_year_from_21_december() -> None:
    november = period_of(2026, 11, 20, STOCK)
    assert (november.starts_on, november.ends_on) == (date(2026, 10, 21), date(2026, 11, 20))
    assert november.year_starts_on == date(2025, 12, 21)
    january = period_of(2027, 1, 20, STOCK)
    assert january.starts_on == january.year_starts_on == date(2026, 12, 21)
    assert january.is_first_of_year


def test_a_cut_off_beyond_the_month_is_its_last_day() -> None:
    february = period_of(2028, 2, 31, STOCK)
    assert (february.starts_on, february.ends_on) == (date(2028, 2, 1), date(2028, 2, 29))


@pytest.mark.parametrize(
    ("month", "stock"),
    [
        ((2022, 5), (date(2019, 1, 1), date(2021, 12, 31))),
        ((2022, 10), (date(2019, 1, 1), date(2021, 12, 31))),
        ((2022, 11), (date(2019, 11, 21), date(2022, 11, 20))),
        ((2026, 11), (date(2023, 11, 21), date(2026, 11, 20))),
    ],
)
def test_three_years_are_fixed_during_the_campaign_and_roll_afterwards(
    month: tuple[int, int], stock: tuple[date, date]
) -> None:
    period = period_of(*month, 20, STOCK)
    assert (period.stock_from, period.stock_to) == stock


def test_three_years_before_the_end_of_a_february_of_a_leap_year_exist() -> None:
    assert period_of(2028, 2, 31, STOCK).stock_from == date(2025, 3, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-11", "2026-1", "1999-01", "2026-11-01", " 2026-11", ""])
def test_what_is_no_month_is_none(text: str) -> None:
    assert parse_month(text) is None


@given(MONTHS)
def test_months_follow_each_other_without_gap_and_fill_the_year(given_month: tuple[int, int, int]) -> None:
    year, month, cutoff = given_month
    period = period_of(year, month, cutoff, STOCK)
    before = period_before(period, STOCK)
    assert before.ends_on + timedelta(days=1) == period.starts_on <= period.ends_on
    assert (before.year_starts_on == period.year_starts_on) != period.is_first_of_year
    assert period.is_first_of_year == (month == 1)
