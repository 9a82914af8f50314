"""Which working days nobody has signed, and whether figures changed after they were signed (每日核对)."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from shared.workdays import WorkCalendar

MOST_DAYS = 400


class AnomalyState(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"  # 待处理
    RESOLVED = "resolved"  # 已处理


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def unsigned_days(calendar: WorkCalendar, first: date, today: date, signed: Collection[date]) -> list[date]:
    """Working days that are over and unsigned. A holiday needs no signature."""
    days = days_between(first, today - timedelta(days=1))
    return [day for day in days if calendar.is_working_day(day) and day not in signed]
