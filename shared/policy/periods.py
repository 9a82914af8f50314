"""Calendar arithmetic for every period of the law: the start day does not count, the corresponding day is the last.

One rule for all of them (ruling R01, by analogy with Civil Code arts. 201-202), unless the packs answer otherwise; it
never rolls to a working day. Serves G03 and G04. Dates saturate at the end of the calendar, because long-term licences
arrive with 9999-12-31.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

_ISO = re.compile(r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?", re.ASCII)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duration:
    """A calendar duration such as P3M or P1Y."""

    months: int
    days: int
    text: str


def parse_duration(text: str) -> Duration:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration like P3M, P1Y or P30D")
    years, months, days = (int(part or 0) for part in match.groups())
    return Duration(years * 12 + months, days, text)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """期间计算: whether the day that opens a period counts, and whether the corresponding day still belongs to it."""

    start_counts: bool = False
    last_day_counts: bool = True

    def last_day(self, start: date, duration: Duration) -> date:
        """The last day of a period that starts on `start`, clamped to the end of its month.

        A month that is too short has no corresponding day whose eve could be the last: its own end is. An empty period
        ends on the eve of its start; a negative one leads back, as terms of retention ask.
        """
        year, month = divmod(start.year * 12 + start.month - 1 + duration.months, 12)
        if year > date.max.year:
            return date.max
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        shorter = (self.start_counts and day == start.day) + (not self.last_day_counts)
        try:
            found = date(year, month + 1, day) + timedelta(days=duration.days - shorter)
        except OverflowError:
            return date.max if duration.days > shorter else start
        return found if duration.months < 0 else max(found, day_before(start))


CUSTOMARY = Arithmetic()
"""民法典 arts. 201-202 by analogy: what holds wherever no packs are asked."""


def last_day(start: date, duration: Duration) -> date:
    """The same by the customary reading: the start day excluded, the corresponding day included."""
    return CUSTOMARY.last_day(start, duration)


def day_after(day: date) -> date:
    return day if day == date.max else day + _ONE_DAY


def day_before(day: date) -> date:
    return day if day == date.min else day - _ONE_DAY
