"""What of a time was worked: days as the law counts them, hours of working days only."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.repair.figures.domain.worktime import Moment, Tally, days_worked, hours_worked
from shared.calendars.book import packaged_calendar

CALENDAR = packaged_calendar()
HOUR = 3600.0
FRIDAY, SATURDAY, MONDAY = date(2026, 11, 6), date(2026, 11, 7), date(2026, 11, 9)
MOMENTS = st.builds(
    Moment, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.floats(0, 86_400, exclude_max=True, allow_nan=False)
)


@pytest.mark.parametrize(
    ("begin", "end", "days", "hours"),
    [
        (Moment(FRIDAY, 9 * HOUR), Moment(FRIDAY, 10 * HOUR), 0, 1),
        (Moment(FRIDAY, 9 * HOUR), Moment(MONDAY, 15 * HOUR), 1, 30),
        (Moment(FRIDAY, 9 * HOUR), Moment(SATURDAY, 23 * HOUR), 0, 15),
        (Moment(SATURDAY, 9 * HOUR), Moment(MONDAY, 1 * HOUR), 1, 1),
        # National Day 2026: 1 to 7 October off, Saturday the 10th worked instead.
        (Moment(date(2026, 9, 30), 12 * HOUR), Moment(date(2026, 10, 8), 12 * HOUR), 1, 24),
        (Moment(date(2026, 10, 9), 12 * HOUR), Moment(date(2026, 10, 10), 18 * HOUR), 1, 30),
    ],
)
def test_what_lies_on_days_off_does_not_count(begin: Moment, end: Moment, days: int, hours: float) -> None:
    assert days_worked(CALENDAR, begin, end) == days
    assert hours_worked(CALENDAR, begin, end) == pytest.approx(hours)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_two_stretches_that_follow_each_other_are_as_long_as_the_whole(one: Moment, two: Moment, three: Moment) -> None:
    first, middle, last = sorted((one, two, three), key=lambda moment: (moment.day, moment.seconds))
    parts = hours_worked(CALENDAR, first, middle) + hours_worked(CALENDAR, middle, last)
    assert hours_worked(CALENDAR, first, last) == pytest.approx(parts, abs=1e-6)
    assert -1e-9 <= hours_worked(CALENDAR, first, last) <= (last.day - first.day + timedelta(days=1)).days * 24


def test_the_slowest_is_named() -> None:
    tally = Tally()
    for whose, hours in (("a", 2.0), ("b", 5.0), ("c", 1.0)):
        tally.add(CALENDAR, Moment(FRIDAY, 0.0), Moment(FRIDAY, hours * HOUR), whose)
    assert (tally.taken, tally.slowest, tally.worst_hours, tally.hours) == (3, "b", 5.0, 8.0)
