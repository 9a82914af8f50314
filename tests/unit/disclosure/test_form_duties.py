"""The last working day before a form is due, by hand: weekends, make-up days and holidays (question Q12)."""

from datetime import date

import pytest

from services.disclosure.forms.domain.duty import duties_of, is_to_be_reminded, working_day_before
from services.disclosure.forms.domain.layout import load_layout
from shared.workdays import load_calendar

CALENDAR = load_calendar()
DUE = load_layout().due_days


@pytest.mark.parametrize(
    ("due_on", "reminded_on"),
    [
        (date(2022, 5, 22), date(2022, 5, 20)),  # a Sunday
        (date(2022, 6, 25), date(2022, 6, 24)),  # a Saturday
        (date(2022, 9, 25), date(2022, 9, 23)),  # a Sunday
        (date(2022, 10, 22), date(2022, 10, 21)),  # a Saturday
        (date(2026, 2, 22), date(2026, 2, 14)),  # Spring Festival 15-23 February, the Saturday before is worked
        (date(2026, 9, 25), date(2026, 9, 24)),  # Mid-Autumn Festival begins on the due day
        (date(2026, 12, 22), date(2026, 12, 21)),
    ],
)
def test_the_last_working_day_before(due_on: date, reminded_on: date) -> None:
    assert working_day_before(due_on, CALENDAR) == reminded_on


def test_the_due_day_itself_is_never_the_day_of_the_reminder_and_is_not_shifted() -> None:
    [form_a, form_b] = duties_of(date(2026, 11, 3), ("320600", "320000"), DUE, CALENDAR)
    assert (form_a.form, form_a.due_on, form_b.form, form_b.due_on) == (
        "A",
        date(2026, 11, 22),
        "B",
        date(2026, 11, 25),
    )
    assert [day for day in range(1, 31) if is_to_be_reminded(form_a, date(2026, 11, day))] == [20, 21, 22]


def test_beyond_the_announced_years_the_reminder_still_comes() -> None:
    [duty] = duties_of(date(2031, 1, 5), ("320600",), DUE, CALENDAR)
    assert duty.remind_on < duty.due_on
