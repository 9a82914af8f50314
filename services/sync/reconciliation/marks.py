"""Verified through (已核实至): up to when each scope of a portal is known to have been read whole (guarantee G07)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.sync.reconciliation.domain.scope import Scope
from services.sync.tables import watermark
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork


async def move(work: UnitOfWork, portal: str, scope: Scope, run_id: str, verified_through: datetime) -> None:
    """Everything of the scope settled by then is verified; an older scan that ends late moves nothing back."""
    await work.connection.execute(
        upsert(work.dialect, watermark, keys=("portal", "district", "kind"), newer="verified_through"),
        {
            "portal": portal,
            "district": scope.district,
            "kind": scope.kind,
            "verified_through": verified_through,
            "run_id": run_id,
        },
    )


async def all_marks(connection: AsyncConnection) -> Sequence[AnyRow]:
    """One row a portal and scope for which a run was ever complete."""
    columns = watermark.c
    statement = select(watermark).order_by(columns.portal, columns.district, columns.kind)
    return (await connection.execute(statement)).all()


def verified_through(marks: Sequence[AnyRow], portal: str, scope: Scope) -> datetime | None:
    """The best mark of those scopes that cover this one."""
    known = [
        row.verified_through for row in marks if row.portal == portal and Scope(row.district, row.kind).covers(scope)
    ]
    return max(known, default=None)
