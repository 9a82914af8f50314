"""What is left of a limit is counted in hours of work: nights, weekends and days off do not count."""

from datetime import date, datetime, time, timedelta

import pytest

from services.repair.applications.domain.office_hours import OfficeHours, office_hours
from services.repair.applications.domain.rules import procedure_rules
from shared.calendars.book import packaged_calendar
from shared.clock import LEGAL_ZONE

HOURS = OfficeHours(((time(9), time(12)), (time(14), time(18))))
FRIDAY = date(2026, 11, 6)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LEGAL_ZONE)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (at(FRIDAY, 16), at(FRIDAY + timedelta(days=1), 0), 120),
        (at(FRIDAY, 13), at(FRIDAY + timedelta(days=1), 0), 240),
        (at(FRIDAY, 23), at(FRIDAY + timedelta(days=4), 0), 420),
        (at(FRIDAY + timedelta(days=1), 10), at(FRIDAY + timedelta(days=4), 0), 420),
        (at(FRIDAY, 10), at(FRIDAY, 0), -60),
        (at(FRIDAY, 17), at(FRIDAY, 17), 0),
        # 2026-09-30 is the last day of work before National Day, 2026-10-08 the first after it.
        (at(date(2026, 9, 30), 17), at(date(2026, 10, 9), 0), 60 + 420),
    ],
)
def test_only_hours_of_work_count(start: datetime, end: datetime, minutes: int) -> None:
    assert HOURS.minutes_between(start, end, packaged_calendar()) == minutes


def test_time_does_not_grow_while_it_passes() -> None:
    end = at(date(2026, 11, 12), 0)
    moments = [at(FRIDAY, 0) + timedelta(minutes=37 * step) for step in range(220)]
    left = [HOURS.minutes_between(one, end, packaged_calendar()) for one in moments]
    assert left == sorted(left, reverse=True)


@pytest.mark.parametrize("spans", [[], [[time(9)]], [[time(12), time(9)]], [[time(9), time(12)], [time(11), time(13)]]])
def test_hours_that_overlap_or_run_backwards_are_refused(spans: list[list[time]]) -> None:
    with pytest.raises(ValueError, match="office hours"):
        office_hours(spans)


def test_the_packaged_hours_are_seven_a_day() -> None:
    assert procedure_rules().office_hours.minutes_a_day == 420
