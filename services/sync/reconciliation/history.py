"""How many differences were found day by day, and how long they stayed: for dashboards and reports."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import case, func, select

from services.sync.tables import drift
from shared.clock import LEGAL_ZONE
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow


async def of_day(connection: AsyncConnection, day: date) -> Sequence[AnyRow]:
    """One row a portal and kind: found on the legal day, ordered again, seen to be mended, still with people."""
    begins = datetime.combine(day, time(), LEGAL_ZONE)
    columns = drift.c
    open_ = columns.mended_at.is_(None)
    statement = (
        select(
            columns.portal,
            columns.kind,
            func.count().label("found"),
            func.count(columns.mend_ordered_at).label("ordered"),
            func.count(columns.mended_at).label("mended"),
            func.count(case((columns.held & open_, 1))).label("held"),
        )
        .where(columns.found_at >= begins, columns.found_at < begins + timedelta(days=1))
        .group_by(columns.portal, columns.kind)
        .order_by(columns.portal, columns.kind)
    )
    return (await connection.execute(statement)).all()


async def of_run(connection: AsyncConnection, run_id: str) -> Sequence[AnyRow]:
    """The same for one run: one row a kind."""
    columns = drift.c
    open_ = columns.mended_at.is_(None)
    statement = (
        select(
            columns.kind,
            func.count().label("found"),
            func.count(columns.mend_ordered_at).label("ordered"),
            func.count(columns.mended_at).label("mended"),
            func.count(case((columns.held & open_, 1))).label("held"),
        )
        .where(columns.run_id == run_id)
        .group_by(columns.kind)
        .order_by(columns.kind)
    )
    return (await connection.execute(statement)).all()
