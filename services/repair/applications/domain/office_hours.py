"""Working time (工作时间) between two instants: what an officer has left before a limit ends. Pure.

It only orders and warns: the limit itself is the end of a working day, whatever the clock on the wall says. Serves G11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.workdays import WorkCalendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """From when to when offices work on a working day."""

    spans: tuple[tuple[time, time], ...]

    @property
    def minutes_a_day(self) -> int:
        return sum(_minutes(end) - _minutes(start) for start, end in self.spans)

    def minutes_between(self, start: datetime, end: datetime, calendar: WorkCalendar) -> int:
        """Minutes of work from `start` to `end`, both in the legal zone; negative when the end is over."""
        days = calendar.working_days_between(start.date() - _DAY, end.date() - _DAY)
        return days * self.minutes_a_day + self._worked(end, calendar) - self._worked(start, calendar)

    def _worked(self, instant: datetime, calendar: WorkCalendar) -> int:
        """Minutes of this day that are over."""
        if not calendar.is_working_day(instant.date()):
            return 0
        now = _minutes(instant.time())
        return sum(min(max(now - _minutes(start), 0), _minutes(end) - _minutes(start)) for start, end in self.spans)


def office_hours(spans: Sequence[Sequence[time]]) -> OfficeHours:
    """The hours in a file; `ValueError` when they overlap or run backwards."""
    edges = [edge for span in spans for edge in span]
    if not edges or any(len(span) != 2 for span in spans) or edges != sorted(set(edges)):
        raise ValueError("office hours are pairs of times, one after the other")
    return OfficeHours(tuple((span[0], span[1]) for span in spans))


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
