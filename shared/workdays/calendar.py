"""The working-day clock, 工作日: which day is worked, and when a term of working days ends.

Inside the announced years the answer is the State Council's arrangement with its make-up days; outside of them it is
weekends and fixed statutory days off, marked provisional (暂定期限, ruling R31). It never guesses a lunar festival and
never fails on a 1 January. Serves G11.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, compress, count, pairwise
from pathlib import Path

from .loading import AnnouncedYear, CalendarFileError, FixedDaysRule, load_fixed_days, load_years

# The span of the table: no decision of the People's Republic is older, and the open end that licences use
# (2099-12-31) lies well inside.
_FIRST_DAY = date(1949, 1, 1)
_LAST_DAY = date(2149, 12, 31)
_BASE = _FIRST_DAY.toordinal()
_FRIDAY = 5
_ONE_DAY = timedelta(days=1)
_CALENDARS_IN_MEMORY = 4


class CalendarRangeError(ValueError):
    """A date outside the span of the calendar, which no legal term can reach."""

    def __init__(self, day: object) -> None:
        super().__init__(f"{day} is outside the working-day calendar, which spans {_FIRST_DAY} to {_LAST_DAY}")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a term; provisional while a day of the term lies in a year not yet announced."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True, eq=False)
class WorkCalendar:
    """An immutable calendar. Both tables cover 1949 to 2149, so that every question is one or two look-ups."""

    announced_from: date
    announced_until: date
    _working: Sequence[int] = field(repr=False)  # ordinals of all working days, ascending
    _count: Sequence[int] = field(repr=False)  # working days up to and including each day of the span

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        count = self._count_until(day)
        return count > 0 and self._working[count - 1] == day.toordinal()

    def is_announced(self, day: date) -> bool:
        """Whether the State Council has arranged the year of this day."""
        return self.announced_from <= day <= self.announced_until

    def add_working_days(self, start: date, n: int) -> Deadline:
        """The n-th working day after `start`, which itself does not count; n = 0 is the start day."""
        if n < 0:
            raise ValueError(f"a term of {n} working days cannot be counted")
        if n == 0:
            return Deadline(start, not self.is_announced(start))
        index = self._count_until(start) + n - 1
        if index >= len(self._working):
            raise CalendarRangeError(f"{n} working days after {start}")
        day = date.fromordinal(self._working[index])
        known = day <= self.announced_until and start + _ONE_DAY >= self.announced_from
        return Deadline(day, not known)

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is the earlier one."""
        return self._count_until(end) - self._count_until(start)

    def _count_until(self, day: date) -> int:
        index = day.toordinal() - _BASE
        if not 0 <= index < len(self._count):
            raise CalendarRangeError(day)
        return self._count[index]


def load_calendar(extra_years_dir: Path | None = None) -> WorkCalendar:
    """The calendar of the packaged years, with further or corrected years from a directory of the operator."""
    return build_calendar(load_years(extra_years_dir), load_fixed_days())


def calendar_with(further: Iterable[AnnouncedYear]) -> WorkCalendar:
    """The calendar of the packaged years, with further or corrected years; of one year the last one counts."""
    years = {year.year: year for year in (*load_years(), *further)}
    return build_calendar([years[year] for year in sorted(years)], load_fixed_days())


def calendar_so_far(further: Iterable[AnnouncedYear]) -> WorkCalendar:
    """The same for years that arrive in any order: one beyond a missing year does not count before that has come."""
    packaged = load_years()
    years = {year.year: year for year in (*packaged, *further)}
    first, last = packaged[0].year, packaged[-1].year
    while first - 1 in years:
        first -= 1
    while last + 1 in years:
        last += 1
    return build_calendar([years[year] for year in range(first, last + 1)], load_fixed_days())


def build_calendar(years: Sequence[AnnouncedYear], fixed_days: Sequence[FixedDaysRule]) -> WorkCalendar:
    """A calendar from announced years without a gap and the fixed days for all other years."""
    return _built(tuple(years), tuple(fixed_days))


@lru_cache(_CALENDARS_IN_MEMORY)
def _built(years: tuple[AnnouncedYear, ...], fixed_days: tuple[FixedDaysRule, ...]) -> WorkCalendar:
    """The services of one process hold the same years: 5 milliseconds and a megabyte each."""
    announced = [year.year for year in years]
    _refuse_gaps(announced)
    off = {day.toordinal() for year in years for day in year.off} | _fixed_days_off(fixed_days, set(announced))
    on = {day.toordinal() for year in years for day in year.on}
    span = range(_BASE, _LAST_DAY.toordinal() + 1)
    worked = _weekdays(len(span))
    for days, works in ((off, 0), (on, 1)):
        for ordinal in days:
            if ordinal in span:
                worked[ordinal - _BASE] = works
    return WorkCalendar(
        announced_from=date(announced[0], 1, 1),
        announced_until=date(announced[-1], 12, 31),
        _working=array("l", compress(count(_BASE), worked)),
        _count=array("l", accumulate(worked)),
    )


def _weekdays(days: int) -> bytearray:
    """1 for Monday to Friday, 0 for the weekend, from the first day of the span on."""
    # Ordinal 1 is a Monday, so that Saturday leaves 6 and Sunday 0.
    week = bytes(1 <= ordinal % 7 <= _FRIDAY for ordinal in range(_BASE, _BASE + 7))
    return bytearray((week * (days // 7 + 1))[:days])


def _refuse_gaps(announced: list[int]) -> None:
    if not announced:
        raise CalendarFileError("no calendar year is given")
    # A missing year between two announced ones is a forgotten file: the Council announces one year after the other.
    for earlier, later in pairwise(announced):
        if later != earlier + 1:
            raise CalendarFileError(f"{earlier + 1}.toml is missing between the years {earlier} and {later}")


def _fixed_days_off(rules: Sequence[FixedDaysRule], announced: Iterable[int]) -> set[int]:
    years = set(range(_FIRST_DAY.year, _LAST_DAY.year + 1)) - set(announced)
    return {date(year, month, day).toordinal() for year in years for month, day in _rule_of(rules, year).days}


def _rule_of(rules: Sequence[FixedDaysRule], year: int) -> FixedDaysRule:
    in_force = [rule for rule in rules if rule.from_year <= year]
    return in_force[-1] if in_force else rules[0]
