"""Queries about announced years, and about due dates that wait for one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import and_, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.disclosure.calendar.tables import calendar_year
from services.disclosure.rules import Due
from services.disclosure.tables import publication
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('disclosure calendar', 0))")


@dataclass(frozen=True)
class NewYear:
    """A year file as it arrived, with who loaded it and why."""

    year: int
    text: str
    loaded_by: str
    reason: str


async def lock(work: UnitOfWork) -> None:
    """Two notices at once queue up, so that the higher number is also the later one."""
    if work.dialect == "postgresql":
        await work.connection.execute(_LOCK)


async def newest_notice(connection: AsyncConnection) -> int:
    return await connection.scalar(select(func.max(calendar_year.c.notice))) or 0


async def read_years(connection: AsyncConnection) -> dict[int, str]:
    """The newest text of every year that was loaded."""
    statement = select(calendar_year.c.year, calendar_year.c.text).order_by(calendar_year.c.notice)
    return {row.year: row.text for row in await connection.execute(statement)}


async def read_notices(connection: AsyncConnection) -> Sequence[AnyRow]:
    columns = calendar_year.c
    statement = select(columns.notice, columns.year, columns.loaded_by, columns.reason, columns.loaded_at)
    return (await connection.execute(statement.order_by(columns.notice))).all()


async def add_year(work: UnitOfWork, new: NewYear) -> int:
    notice = await newest_notice(work.connection) + 1
    row = {"notice": notice, "loaded_at": work.now, **asdict(new)}
    await work.connection.execute(calendar_year.insert(), row)
    return notice


async def note_due(work: UnitOfWork, dues: Sequence[tuple[str, str, Due]]) -> None:
    """Keep by when these take-downs must be carried out, each by record and audience."""
    if not dues:
        return
    columns = publication.c
    statement = (
        update(publication)
        .where(columns.record_id == bindparam("of_record"), columns.audience == bindparam("of_audience"))
        .values(
            due_at=bindparam("at"),
            due_deadline=bindparam("deadline"),
            due_from=bindparam("counted_from"),
            due_provisional=bindparam("provisional"),
        )
    )
    rows = [{"of_record": record_id, "of_audience": audience, **asdict(due)} for record_id, audience, due in dues]
    await work.connection.execute(statement, rows)


async def provisional_terms(connection: AsyncConnection) -> Sequence[AnyRow]:
    """The different terms among due dates that are provisional: a few, however many publications share them."""
    columns = publication.c
    statement = (
        select(columns.due_deadline, columns.due_from, func.count().label("number"))
        .where(columns.due_provisional, columns.due_deadline.is_not(None))
        .group_by(columns.due_deadline, columns.due_from)
    )
    return (await connection.execute(statement)).all()


async def set_due(work: UnitOfWork, dues: Sequence[Due]) -> None:
    """Write the instants of these terms to all publications that share them."""
    columns = publication.c
    statement = (
        update(publication)
        .where(
            and_(
                columns.due_provisional,
                columns.due_deadline == bindparam("deadline"),
                columns.due_from == bindparam("counted_from"),
            )
        )
        .values(due_at=bindparam("at"), due_provisional=bindparam("provisional"))
    )
    await work.connection.execute(statement, [asdict(due) for due in dues])
