"""From which decision day on a report is still in time: seven working days, holidays and make-up days counted."""

from datetime import date

import pytest

from services.ingest.day import DayBook
from shared.workdays import load_calendar


@pytest.mark.parametrize(
    ("today", "on_time_from"),
    [
        (date(2026, 11, 2), date(2026, 10, 22)),  # a Monday without holidays before it
        (date(2026, 11, 1), date(2026, 10, 22)),  # a Sunday: what was due on Friday is late
        (date(2026, 10, 8), date(2026, 9, 21)),  # the first day after the National Day holiday
    ],
)
def test_a_decision_of_this_day_is_in_time_and_of_the_day_before_it_is_not(today: date, on_time_from: date) -> None:
    calendar = load_calendar()
    day = DayBook(calendar).of(today)
    assert calendar.add_working_days(day.on_time_from, 7).day >= today
    assert calendar.add_working_days(date.fromordinal(day.on_time_from.toordinal() - 1), 7).day < today
    assert day.on_time_from == on_time_from
