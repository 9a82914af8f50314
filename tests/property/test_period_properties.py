"""The arithmetic of every period of the law (R01): the corresponding day is the last, or the end of a shorter month."""

import calendar
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.policy.periods import Arithmetic, Duration, day_after, day_before, last_day, parse_duration

STARTS = st.one_of(
    st.dates(date(1990, 1, 1), date(2100, 12, 31)),
    st.sampled_from([date(2020, 2, 29), date(2023, 11, 30), date(2024, 1, 31), date(2024, 12, 31)]),
)
PARTS = st.tuples(st.integers(0, 5), st.integers(0, 40), st.integers(0, 400))


def duration(parts: tuple[int, int, int]) -> Duration:
    years, months, days = parts
    return parse_duration(f"P{years}Y{months}M{days}D")


@given(STARTS, st.integers(0, 400))
def test_months_end_on_the_corresponding_day_or_on_the_end_of_their_month(start: date, months: int) -> None:
    last = last_day(start, Duration(months, 0, f"P{months}M"))
    assert (last.year * 12 + last.month) - (start.year * 12 + start.month) == months
    assert last.day == min(start.day, calendar.monthrange(last.year, last.month)[1])


@given(STARTS, STARTS, PARTS)
def test_a_later_start_never_ends_earlier(one: date, other: date, parts: tuple[int, int, int]) -> None:
    early, late = sorted((one, other))
    assert last_day(early, duration(parts)) <= last_day(late, duration(parts))


@given(STARTS, PARTS, PARTS)
def test_a_longer_period_never_ends_earlier(start: date, one: tuple[int, int, int], more: tuple[int, int, int]) -> None:
    longer = (one[0] + more[0], one[1] + more[1], one[2] + more[2])
    assert start <= last_day(start, duration(one)) <= last_day(start, duration(longer))


@given(STARTS, PARTS)
def test_years_are_twelve_months_and_days_are_added_last(start: date, parts: tuple[int, int, int]) -> None:
    years, months, days = parts
    whole = last_day(start, duration(parts))
    assert whole == last_day(start, duration((0, years * 12 + months, days)))
    assert whole == last_day(start, duration((years, months, 0))) + timedelta(days=days)


COUNTINGS = st.builds(Arithmetic, start_counts=st.booleans(), last_day_counts=st.booleans())


@given(STARTS, STARTS, PARTS, PARTS, COUNTINGS)
def test_however_a_period_is_counted_it_keeps_its_order_and_is_never_longer(
    one: date, other: date, parts: tuple[int, int, int], more: tuple[int, int, int], counting: Arithmetic
) -> None:
    early, late = sorted((one, other))
    shorter, longer = duration(parts), duration((parts[0] + more[0], parts[1] + more[1], parts[2] + more[2]))
    assert day_before(early) <= counting.last_day(early, shorter) <= last_day(early, shorter)
    assert counting.last_day(early, shorter) <= counting.last_day(late, shorter)
    assert counting.last_day(early, shorter) <= counting.last_day(early, longer)


@given(st.dates())
def test_the_neighbours_of_a_day_stop_at_the_ends_of_the_calendar(day: date) -> None:
    assert day_after(day) == (day if day == date.max else day + timedelta(days=1))
    assert day_before(day) == (day if day == date.min else day - timedelta(days=1))
