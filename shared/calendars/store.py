"""Queries about the announced years that a service was told of."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Table, func, literal_column, select, update

from shared.database.connection import AsyncConnection
from shared.database.quick_look import QuickLook
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Notice:
    """One announcement of a year: its number in the order of loading, the year file, and who loaded it when and why."""

    notice: int
    year: int
    text: str
    loaded_by: str
    reason: str
    loaded_at: datetime


Edition = tuple[int, int]
"""How many notices there are, and the newest of them: another one with every notice, in whatever order they come."""


async def edition(connection: AsyncConnection, years: Table) -> Edition:
    """One look at a table of a few rows."""
    [(notices, newest)] = await _edition(years).on(connection)
    return notices, newest


@cache
def _edition(years: Table) -> QuickLook:
    """Made once for each service's table: it is asked before every judgement."""
    newest = func.coalesce(func.max(years.c.notice), literal_column("0"))
    return QuickLook(lambda _dialect: select(func.count(), newest).select_from(years))


async def read_texts(connection: AsyncConnection, years: Table) -> dict[int, str]:
    """The newest file of every year that was loaded."""
    statement = select(years.c.year, years.c.text).order_by(years.c.notice)
    return {row.year: row.text for row in await connection.execute(statement)}


async def read_notices(connection: AsyncConnection, years: Table) -> Sequence[AnyRow]:
    """All notices in the order of loading."""
    return (await connection.execute(select(years).order_by(years.c.notice))).all()


async def add_notices(work: UnitOfWork, years: Table, notices: Sequence[Notice]) -> None:
    """Keep these notices; one that is known already stays as it is."""
    rows = [{**asdict(notice), "stored_at": work.now, "recounted_at": None} for notice in notices]
    if rows:
        await work.connection.execute(insert_new(work.dialect, years), rows)


async def read_pending(connection: AsyncConnection, years: Table) -> Sequence[AnyRow]:
    """The notices by which not everything is counted yet, or not yet known to be."""
    statement = select(years.c.notice, years.c.year, years.c.stored_at).where(years.c.recounted_at.is_(None))
    return (await connection.execute(statement.order_by(years.c.notice))).all()


async def mark_recounted(work: UnitOfWork, years: Table, notices: Sequence[int]) -> None:
    """Everything is counted by these notices."""
    statement = update(years).where(years.c.notice.in_(notices)).values(recounted_at=work.now)
    await work.connection.execute(statement)
