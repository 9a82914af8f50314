"""Calendar arithmetic for every period of the law: the start day does not count, the corresponding day is the last.

One rule for all of them (ruling R01, by analogy with Civil Code arts. 201-202); never rolls to a working day. Serves
G03 and G04. Dates saturate at the end of the calendar, because long-term licences arrive with 9999-12-31.
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


def last_day(start: date, duration: Duration) -> date:
    """The last day of a period that starts on `start`, clamped to the end of its month."""
    year, month = divmod(start.year * 12 + start.month - 1 + duration.months, 12)
    if year > date.max.year:
        return date.max
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    try:
        return date(year, month + 1, day) + timedelta(days=duration.days)
    except OverflowError:
        return date.max


def day_after(day: date) -> date:
    return day if day == date.max else day + _ONE_DAY


def day_before(day: date) -> date:
    return day if day == date.min else day - _ONE_DAY
