"""On which days the decisions of the sample feed fall, so that every stage of a publication occurs in it.

The spans shape the sample and are no source of law: windows are computed by the policy packs alone. Decisions fall on
working days.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from shared.policy.deadlines import deadlines
from shared.policy.periods import last_day, parse_duration
from shared.workdays import load_calendar

SOON = timedelta(days=30)
_ONE_YEAR = parse_duration("P1Y")
_THREE_YEARS = parse_duration("P3Y")
_ONE_DAY = timedelta(days=1)
_DATE_FORMS = ("{0:%Y-%m-%d}", "{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0.year}年{0.month}月{0.day}日")

Days = Mapping["Group", tuple[date, ...]]


class Group(StrEnum):
    """Why a sample record is in the feed."""

    RECENT = "recent"  # still inside the reporting duty of the bureau
    RUNNING = "running"  # shown today and for more than a month
    ENDING = "ending"  # goes offline within thirty days
    OVERDUE = "overdue"  # ended before it was first submitted
    SERIOUS = "serious"  # penalties shown for three years
    INVALID = "invalid"  # licences that are cancelled


def penalty_days(today: date) -> Days:
    """The decision days of each group of penalties within the last three years."""
    recent, earlier = _working_days(today)
    ends = {day: last_day(day, _ONE_YEAR) for day in earlier}
    return {
        Group.RECENT: recent,
        Group.RUNNING: tuple(day for day in earlier if ends[day] > today + SOON),
        Group.ENDING: tuple(day for day in earlier if today < ends[day] <= today + SOON),
        Group.OVERDUE: tuple(day for day in earlier if ends[day] < today),
        Group.SERIOUS: tuple(day for day in earlier if last_day(day, _THREE_YEARS) > today + SOON),
    }


def licence_days(today: date) -> Days:
    """The decision days of each group of licences; a licence is valid for three years."""
    recent, earlier = _working_days(today)
    ends = {day: licence_end(day) for day in earlier}
    running = tuple(day for day in earlier if ends[day] > today + SOON)
    return {
        Group.RECENT: recent,
        Group.RUNNING: running,
        Group.ENDING: tuple(day for day in earlier if today < ends[day] <= today + SOON),
        Group.INVALID: running,
    }


def licence_end(begins: date) -> date:
    """The last day of a licence, 有效期至."""
    return last_day(begins, _THREE_YEARS) - _ONE_DAY


def penalty_end(decided_on: date, group: Group) -> date:
    """What the source states as 处罚有效期 and 公示截止期."""
    return last_day(decided_on, _THREE_YEARS if group is Group.SERIOUS else _ONE_YEAR)


def date_form(number: int) -> str:
    """A format string for dates as bureaus write them."""
    return _DATE_FORMS[number % len(_DATE_FORMS)]


def _working_days(today: date) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Working days of the last three years: those within the reporting duty, and those before."""
    calendar = load_calendar()
    span = range(3 * 365 + 1)
    days = [day for day in (today - timedelta(days=back) for back in span) if calendar.is_working_day(day)]
    duty = deadlines()["reporting"].working_days
    recent = tuple(day for day in days[: duty + 2] if calendar.add_working_days(day, duty).day >= today)
    return recent, tuple(days[len(recent) :])
