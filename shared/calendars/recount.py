"""Counts kept deadlines again when the calendar changed: whatever is stored otherwise than the calendar says now.

Level-driven and in slices: it asks what is wrong, not what happened, so a lost message or a killed process costs time
only. Deadlines share a few hundred terms, so each term is counted once. Serves G11.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, bindparam, func, select, tuple_, update

from shared.calendars.dues import Due, due
from shared.database.connection import AsyncConnection
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy.deadlines import deadlines, longest_term
from shared.workdays import WorkCalendar

TERMS_AT_ONCE = 20
ROWS_A_TERM = 1_000
ROWS_REOPENED = 20_000

_LONGEST_BREAK = 20  # days that offices are shut at most, beside weekends


@dataclass(frozen=True)
class Misfit:
    """Rows that share a term and an instant which the calendar does not say."""

    due: Due
    was: datetime
    number: int


async def misfits_beyond(connection: AsyncConnection, table: Table, calendar: WorkCalendar) -> list[Misfit]:
    """Among provisional deadlines. Those wholly outside the announced years cannot change and are not read."""
    begun = table.c.due_from.between(calendar.announced_from - _longest_term(), calendar.announced_until)
    return await _misfits(connection, table, calendar, and_(table.c.due_provisional, begun))


async def misfits_within(connection: AsyncConnection, table: Table, calendar: WorkCalendar, year: int) -> list[Misfit]:
    """Among final deadlines that touch a year: it was corrected. Reads the whole table, once in years."""
    begun = table.c.due_from.between(date(year, 1, 1) - _longest_term(), date(year, 12, 31))
    return await _misfits(connection, table, calendar, and_(~table.c.due_provisional, begun))


def _longest_term() -> timedelta:
    """No deadline in force spans more days, whatever the year."""
    return timedelta(days=2 * longest_term() + _LONGEST_BREAK)


async def _misfits(
    connection: AsyncConnection, table: Table, calendar: WorkCalendar, which: ColumnElement[bool]
) -> list[Misfit]:
    columns = table.c
    shared = (columns.due_deadline, columns.due_from, columns.due_at, columns.due_provisional)
    known = columns.due_deadline.in_(list(deadlines()))
    statement = select(*shared, func.count().label("number")).where(which, known).group_by(*shared)
    found = []
    for row in (await connection.execute(statement)).all():
        counted = due(calendar, row.due_deadline, row.due_from)
        if (counted.at, counted.provisional) != (row.due_at, row.due_provisional):
            found.append(Misfit(counted, row.due_at, row.number))
    return found


async def recount(work: UnitOfWork, table: Table, misfits: Collection[Misfit]) -> int:
    """Write what these terms are now to some of the provisional rows that share them; returns to how many."""
    columns, some = table.c, list(misfits)[:TERMS_AT_ONCE]
    same = and_(
        columns.due_provisional,
        columns.due_deadline == bindparam("deadline"),
        columns.due_from == bindparam("counted_from"),
        columns.due_at == bindparam("was"),
    )
    statement = (
        update(table)
        .where(_picked(table, same, ROWS_A_TERM))
        .values(due_at=bindparam("at"), due_provisional=bindparam("provisional"))
    )
    rows = [
        {
            "deadline": one.due.deadline,
            "counted_from": one.due.counted_from,
            "was": one.was,
            "at": one.due.at,
            "provisional": one.due.provisional,
        }
        for one in some
    ]
    await work.connection.execute(statement, rows)
    return sum(min(one.number, ROWS_A_TERM) for one in some)


async def reopen(work: UnitOfWork, table: Table, misfits: Collection[Misfit]) -> int:
    """Mark some of these final rows as provisional, so that `recount` finds them; returns how many at most."""
    columns = table.c
    wrong = [(one.due.deadline, one.due.counted_from, one.was) for one in misfits]
    among = tuple_(columns.due_deadline, columns.due_from, columns.due_at).in_(wrong)
    statement = update(table).where(_picked(table, and_(~columns.due_provisional, among), ROWS_REOPENED))
    await work.connection.execute(statement.values(due_provisional=True))
    return min(sum(one.number for one in misfits), ROWS_REOPENED)


def _picked(table: Table, which: ColumnElement[bool], limit: int) -> ColumnElement[bool]:
    """Some of these rows by their key. What somebody else holds is left for the next slice: nobody waits for us."""
    key = list(table.primary_key.columns)
    # A CTE that locks rows is run once; as a subquery PostgreSQL could run it again and take more than `limit`.
    pick = select(*key).where(which).limit(limit).with_for_update(skip_locked=True).cte("pick")
    return tuple_(*key).in_(select(*pick.c))
