"""Queries of the table of duties: a few rows, read whole."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import select

from services.ingest.duties.domain.duty import Duties, Duty, in_force
from services.ingest.duties.tables import department_duty
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork


async def read_set(connection: AsyncConnection) -> Sequence[AnyRow]:
    """What was set, with who did it and why."""
    return (await connection.execute(select(department_duty).order_by(department_duty.c.department))).all()


async def read_duties(connection: AsyncConnection) -> Duties:
    """The duties in force."""
    rows = await read_set(connection)
    return in_force({row.department: frozenset(map(Duty, json.loads(row.duties))) for row in rows})


async def write_duties(work: UnitOfWork, department: str, duties: Collection[Duty], by: str, reason: str) -> None:
    row = {
        "department": department,
        "duties": json.dumps(sorted(duties)),
        "reason": reason,
        "set_by": by,
        "set_at": work.now,
    }
    await work.connection.execute(upsert(work.dialect, department_duty, keys=("department",)), row)
