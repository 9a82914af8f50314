"""How long a source or county has been silent, in working days that are over; holidays and today never count."""

from dataclasses import dataclass
from datetime import date, timedelta

from shared.workdays import WorkCalendar

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """`expected` 0: nothing is expected of this source any more."""

    working_days: int
    expected: int

    @property
    def is_too_long(self) -> bool:
        """Whether the rhythm is broken: as many working days are over as should have brought something."""
        return 0 < self.expected <= self.working_days


def silence(calendar: WorkCalendar, last_received_on: date, today: date, expected: int) -> Silence:
    """Working days after the last delivery that are over and brought nothing."""
    over = calendar.working_days_between(last_received_on, today - _ONE_DAY)
    return Silence(max(0, over), expected)
