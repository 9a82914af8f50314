"""The days that a form counts: the statistical month, the year to date and 近三年 (rulings R33 and R34).

A month ends on its cut-off day and begins the day after the one before ended, so that no day is counted twice or
never. Pure; which day is the cut-off comes from the layout or the caller.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """One statistical month. `stock_from` and `stock_to` bound the days of decision that 近三年 means."""

    year: int
    month: int
    cutoff_day: int
    starts_on: date
    ends_on: date
    year_starts_on: date
    stock_from: date
    stock_to: date

    @property
    def name(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def is_first_of_year(self) -> bool:
        return self.starts_on == self.year_starts_on


@dataclass(frozen=True, slots=True)
class Stock:
    """近三年: a fixed window while the campaign runs, and so many rolling years afterwards."""

    years: int
    fixed_until: date
    fixed_from: date
    fixed_to: date

    def window(self, ends_on: date) -> tuple[date, date]:
        if ends_on <= self.fixed_until:
            return self.fixed_from, self.fixed_to
        return _years_before(ends_on, self.years) + timedelta(days=1), ends_on


def parse_month(text: str) -> tuple[int, int] | None:
    """Year and month of `2026-11`, or None."""
    match = _MONTH.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def period_of(year: int, month: int, cutoff_day: int, stock: Stock) -> Period:
    """The statistical month with this name."""
    ends_on = _end(year, month, cutoff_day)
    stock_from, stock_to = stock.window(ends_on)
    return Period(
        year=year,
        month=month,
        cutoff_day=cutoff_day,
        starts_on=_end(*_month_before(year, month), cutoff_day) + timedelta(days=1),
        ends_on=ends_on,
        year_starts_on=_end(year - 1, 12, cutoff_day) + timedelta(days=1),
        stock_from=stock_from,
        stock_to=stock_to,
    )


def period_before(period: Period, stock: Stock) -> Period:
    """The statistical month before this one, with the same cut-off."""
    return period_of(*_month_before(period.year, period.month), period.cutoff_day, stock)


def _end(year: int, month: int, cutoff_day: int) -> date:
    """A month shorter than the cut-off ends on its last day."""
    return date(year, month, min(cutoff_day, monthrange(year, month)[1]))


def _month_before(year: int, month: int) -> tuple[int, int]:
    return (year - 1, 12) if month == 1 else (year, month - 1)


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, monthrange(day.year - years, day.month)[1]))
