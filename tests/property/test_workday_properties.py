"""The working-day clock over generated dates: monotone, inverse of counting, equal to a count day by day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.workdays import load_calendar

CALENDAR = load_calendar()
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
TERMS = st.integers(1, 300)


@given(DAYS, TERMS)
def test_a_deadline_is_a_working_day_after_the_start(start: date, n: int) -> None:
    day = CALENDAR.add_working_days(start, n).day
    assert day > start
    assert CALENDAR.is_working_day(day)


@given(DAYS, TERMS)
def test_counting_back_gives_the_term(start: date, n: int) -> None:
    day = CALENDAR.add_working_days(start, n).day
    assert CALENDAR.working_days_between(start, day) == n
    assert CALENDAR.working_days_between(day, start) == -n
    assert CALENDAR.working_days_between(start, day - timedelta(days=1)) == n - 1


@given(DAYS, DAYS, TERMS)
def test_a_later_start_or_a_longer_term_never_ends_earlier(one: date, other: date, n: int) -> None:
    earlier, later = sorted((one, other))
    assert CALENDAR.add_working_days(earlier, n).day <= CALENDAR.add_working_days(later, n).day
    assert CALENDAR.add_working_days(one, n).day < CALENDAR.add_working_days(one, n + 1).day


@given(DAYS, TERMS, TERMS)
def test_two_terms_in_a_row_are_one_term_of_their_sum(start: date, first: int, second: int) -> None:
    middle = CALENDAR.add_working_days(start, first).day
    assert CALENDAR.add_working_days(middle, second).day == CALENDAR.add_working_days(start, first + second).day


@given(DAYS, st.integers(0, 120))
def test_counting_agrees_with_looking_at_every_day(start: date, span: int) -> None:
    days = [start + timedelta(days=offset) for offset in range(1, span + 1)]
    counted = CALENDAR.working_days_between(start, start + timedelta(days=span))
    assert counted == sum(map(CALENDAR.is_working_day, days))


@given(DAYS, TERMS)
def test_a_deadline_is_final_exactly_when_all_its_days_are_announced(start: date, n: int) -> None:
    deadline = CALENDAR.add_working_days(start, n)
    term = [start + timedelta(days=offset) for offset in range(1, (deadline.day - start).days + 1)]
    assert deadline.provisional == (not all(map(CALENDAR.is_announced, term)))
