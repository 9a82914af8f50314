"""What an operator watches of applications: limits that run, are near or were missed, and approvals without effect."""

from datetime import datetime

from sqlalchemy import func, select

from services.repair.applications import limits
from services.repair.applications.domain.case import ApplicationState
from services.repair.applications.tables import application, regrading
from services.repair.metrics import LIMITS, REGRADINGS_OVERDUE, WITHOUT_EFFECT
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.policy.deadlines import deadlines


async def tell_figures(connection: AsyncConnection, now: datetime) -> None:
    """One look for all gauges of this part."""
    found = {row.clock: row for row in await limits.count_due(connection, now)}
    for name in (name for name in deadlines() if name.startswith("repair")):
        row = found.get(name)
        LIMITS.labels(name, "running").set(row.running if row else 0)
        LIMITS.labels(name, "near").set(row.near if row else 0)
        LIMITS.labels(name, "missed").set(row.missed if row else 0)
    columns = application.c
    waiting = columns.state == ApplicationState.APPROVED, columns.effective_on.is_(None)
    WITHOUT_EFFECT.set(await connection.scalar(select(func.count()).where(*waiting)) or 0)
    overdue = regrading.c.done_at.is_(None), regrading.c.due_on < legal_date(now)
    REGRADINGS_OVERDUE.set(await connection.scalar(select(func.count()).where(*overdue)) or 0)
