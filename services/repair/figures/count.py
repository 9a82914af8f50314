"""Count the figures of a period (facts B17): the database groups, the calendar says what of a time was worked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from services.repair.applications.domain.case import Action
from services.repair.figures import store
from services.repair.figures.domain.figures import (
    DueDay,
    Figures,
    FirstPass,
    Group,
    Grouping,
    Load,
    StepTime,
    SubjectShare,
    Wanted,
)
from services.repair.figures.domain.worktime import Moment, Tally
from shared.clock import LEGAL_ZONE, legal_date, start_of_legal_day
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.workdays import WorkCalendar

FORECAST_WORKING_DAYS = 10
USUAL_DAYS = 365
LONGEST_DAYS = 5 * 366
_ONE_DAY = timedelta(days=1)
Counted = TypeVar("Counted", FirstPass, Load, SubjectShare)


def asked_for(
    today: date, since: date | None, until: date | None, grouping: Grouping = Grouping.ALL, region: str = ""
) -> Wanted:
    """What is wanted, by default the year that ends today, or a `Problem` that says what is wrong with the period."""
    last = until or today
    first = since or date.fromordinal(max(1, last.toordinal() - USUAL_DAYS + 1))
    if first > last:
        raise Problem(MALFORMED, f"The period begins on {first}, after its end on {last}.")
    if (last - first).days >= LONGEST_DAYS:
        raise Problem(MALFORMED, f"A period has {LONGEST_DAYS} days at most; ask for a shorter one.")
    return Wanted(first, last, grouping, region)


async def count_figures(connection: AsyncConnection, wanted: Wanted, now: datetime, calendar: WorkCalendar) -> Figures:
    """All figures, by five statements."""
    today = legal_date(now)
    until = calendar.add_working_days(today, FORECAST_WORKING_DAYS).day
    first_pass = await store.count_first_pass(connection, wanted)
    limits = await store.count_limits(connection, wanted, now)
    due = await store.count_due(connection, wanted, now, start_of_legal_day(until + _ONE_DAY))
    subjects = await store.count_subjects(connection, wanted)
    return Figures(
        as_of=today,
        forecast_until=until,
        wanted=wanted,
        first_pass=_sorted([FirstPass(_group(row), row.filed, row.judged, row.passed) for row in first_pass]),
        steps=await _steps(connection, wanted, calendar),
        limits=_sorted([_load(row) for row in limits]),
        forecast=sorted(map(_due_day, due), key=lambda one: (one.group, one.on, one.clock)),
        subjects=_sorted([SubjectShare(_group(row), row.subjects, int(row.open)) for row in subjects]),
    )


async def _steps(connection: AsyncConnection, wanted: Wanted, calendar: WorkCalendar) -> Sequence[StepTime]:
    """Summed up while they come, so that no more than one portion is in memory."""
    tallies: dict[tuple[Group, Action], Tally] = {}
    async for rows in store.stream_steps(connection, wanted):
        for row in rows:
            tally = tallies.setdefault((_group(row), Action(row.action)), Tally())
            tally.add(calendar, _moment(row.began_at), _moment(row.taken_at), row.application_id)
    order = list(Action)
    keys = sorted(tallies, key=lambda key: (key[0], order.index(key[1])))
    return [_step_time(*key, tallies[key]) for key in keys]


def _step_time(group: Group, step: Action, tally: Tally) -> StepTime:
    return StepTime(
        group,
        step,
        tally.taken,
        average_days=round(tally.days / tally.taken, 2),
        worst_days=tally.worst_days,
        average_hours=round(tally.hours / tally.taken, 2),
        worst_hours=round(tally.worst_hours, 2),
        slowest=tally.slowest,
    )


def _moment(instant: datetime) -> Moment:
    there = instant.astimezone(LEGAL_ZONE)
    return Moment(there.date(), there.hour * 3600 + there.minute * 60 + there.second + there.microsecond / 1e6)


def _group(row: AnyRow) -> Group:
    return Group(getattr(row, "region", None) or "", getattr(row, "rule", None) or "")


def _load(row: AnyRow) -> Load:
    return Load(_group(row), row.clock, row.running, row.standing_still, row.overdue, row.kept, row.missed)


def _due_day(row: AnyRow) -> DueDay:
    return DueDay(_group(row), row.clock, legal_date(row.due_at) - _ONE_DAY, row.due)


def _sorted(figures: list[Counted]) -> list[Counted]:
    return sorted(figures, key=lambda one: (one.group, getattr(one, "clock", "")))
