"""How long something took in working days and in hours of working days; what lies on days off does not count. Pure.

Days count as the law counts them: the day of the beginning does not count itself, the day of the end does. Hours are
what of each working day, midnight to midnight, lies between the two moments, so that steps of one day differ too.
"""

from dataclasses import dataclass
from datetime import date

from shared.workdays import WorkCalendar

_DAY = 86_400.0
_HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A legal day and the seconds of it that are over."""

    day: date
    seconds: float


def days_worked(calendar: WorkCalendar, begin: Moment, end: Moment) -> int:
    return calendar.working_days_between(begin.day, end.day)


def hours_worked(calendar: WorkCalendar, begin: Moment, end: Moment) -> float:
    seconds = days_worked(calendar, begin, end) * _DAY
    if calendar.is_working_day(begin.day):
        seconds += _DAY - begin.seconds
    if calendar.is_working_day(end.day):
        seconds -= _DAY - end.seconds
    return seconds / _HOUR


class Tally:
    """Sum and worst of many durations."""

    __slots__ = ("days", "hours", "slowest", "taken", "worst_days", "worst_hours")

    def __init__(self) -> None:
        self.taken = 0
        self.days = 0
        self.hours = 0.0
        self.worst_days = 0
        self.worst_hours = 0.0
        self.slowest = ""

    def add(self, calendar: WorkCalendar, begin: Moment, end: Moment, whose: str) -> None:
        days, hours = days_worked(calendar, begin, end), hours_worked(calendar, begin, end)
        self.taken += 1
        self.days += days
        self.hours += hours
        self.worst_days = max(self.worst_days, days)
        if not self.slowest or hours > self.worst_hours:
            self.worst_hours, self.slowest = hours, whose
