"""Queries about what is due on the serious list: entries in force, applications that wait, entries that end soon."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import case, func, or_, select

from services.disclosure.serious_list.domain.duties import DUTIES
from services.disclosure.serious_list.domain.entry import IN_FORCE, EntryState
from services.disclosure.serious_list.tables import serious_entry
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow

_ENDED = (EntryState.REMOVED_EARLY, EntryState.EXPIRED, EntryState.WITHDRAWN)
_RECENT = timedelta(days=30)


async def count_in_force(connection: AsyncConnection, today: date) -> tuple[int, int]:
    """Entries in force, and those of them whose last day is over."""
    columns = serious_entry.c
    over = func.sum(case((columns.offline_on <= today, 1), else_=0))
    statement = select(func.count(), over).where(columns.state.in_(sorted(IN_FORCE)))
    in_force, overdue = (await connection.execute(statement)).one()
    return int(in_force), int(overdue or 0)


async def read_removals(connection: AsyncConnection) -> Sequence[AnyRow]:
    """Applications for early removal that wait for a decision: their number by state and day."""
    columns = serious_entry.c
    waiting = (EntryState.REMOVAL_APPLIED, EntryState.REMOVAL_ACCEPTED)
    statement = (
        select(columns.state, columns.state_since_on, func.count().label("number"))
        .where(columns.state.in_(waiting))
        .group_by(columns.state, columns.state_since_on)
    )
    return (await connection.execute(statement)).all()


async def read_with_deadlines(connection: AsyncConnection, today: date, limit: int) -> Sequence[AnyRow]:
    """Entries in a state that a deadline runs for; of ended ones those of the last weeks."""
    columns = serious_entry.c
    ended = columns.state.in_(_ENDED)
    statement = (
        select(columns.entry_id, columns.subject_name, columns.state, columns.state_since_on)
        .where(columns.state.in_(sorted(DUTIES)), or_(~ended, columns.state_since_on >= today - _RECENT))
        .order_by(columns.state_since_on, columns.entry_id)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def read_ending(connection: AsyncConnection, today: date, limit: int) -> Sequence[AnyRow]:
    """Entries in force whose last day comes soon."""
    columns = serious_entry.c
    statement = (
        select(columns.entry_id, columns.subject_name, columns.closes_on)
        .where(columns.state.in_(sorted(IN_FORCE)), columns.offline_on <= today + _RECENT)
        .order_by(columns.offline_on, columns.entry_id)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()
