"""The ledger of reconciliation runs and the watermark of each portal."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.tables import reconciliation, scan_entry, watermark
from shared.database.upsert import upsert
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

ABANDONED_AFTER = timedelta(hours=6)
"""A run whose worker died; the next one starts anew. A scan of a million entries takes minutes."""


async def request(work: UnitOfWork, portals: Iterable[Portal]) -> list[str]:
    """Ask for a run of each portal; a worker takes it within a second."""
    rows = [
        {
            "run_id": new_id(),
            "portal": portal,
            "state": "requested",
            "requested_at": work.now,
            "listed": 0,
            "drifts": 0,
        }
        for portal in portals
    ]
    await work.connection.execute(reconciliation.insert(), rows)
    return [str(row["run_id"]) for row in rows]


async def take_requested(work: UnitOfWork, portal: Portal) -> str | None:
    """The oldest requested run of a portal, now this worker's to carry out."""
    oldest = (
        select(reconciliation.c.run_id)
        .where(reconciliation.c.portal == portal, reconciliation.c.state == "requested")
        .order_by(reconciliation.c.requested_at, reconciliation.c.run_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(reconciliation)
        .where(reconciliation.c.run_id == oldest.scalar_subquery())
        .values(state="scanning", started_at=work.now)
        .returning(reconciliation.c.run_id)
    )
    run_id: str | None = (await work.connection.execute(statement)).scalar_one_or_none()
    return run_id


async def give_up_abandoned(work: UnitOfWork, portal: Portal) -> None:
    """Runs whose worker died are incomplete: nothing may be concluded from them, and their scan is thrown away."""
    statement = (
        update(reconciliation)
        .where(
            reconciliation.c.portal == portal,
            reconciliation.c.state == "scanning",
            reconciliation.c.started_at < work.now - ABANDONED_AFTER,
        )
        .values(state="incomplete", finished_at=work.now, explanation="The worker ended during the scan.")
        .returning(reconciliation.c.run_id)
    )
    given_up = (await work.connection.execute(statement)).scalars().all()
    if given_up:
        await work.connection.execute(delete(scan_entry).where(scan_entry.c.run_id.in_(given_up)))


async def goes_on(connection: AsyncConnection, run_id: str) -> bool:
    """Whether the run has not been given up meanwhile."""
    state = await connection.scalar(select(reconciliation.c.state).where(reconciliation.c.run_id == run_id))
    return bool(state == "scanning")


async def finish(
    work: UnitOfWork, run_id: str, *, state: str, listed: int, drifts: int, explanation: str | None
) -> bool:
    """End a run that still goes on; False when it was given up meanwhile and may conclude nothing."""
    statement = (
        update(reconciliation)
        .where(reconciliation.c.run_id == run_id, reconciliation.c.state == "scanning")
        .values(state=state, finished_at=work.now, listed=listed, drifts=drifts, explanation=explanation)
        .returning(reconciliation.c.run_id)
    )
    return (await work.connection.execute(statement)).one_or_none() is not None


async def forget_scan(work: UnitOfWork, run_id: str) -> None:
    await work.connection.execute(delete(scan_entry).where(scan_entry.c.run_id == run_id))


async def move_watermark(work: UnitOfWork, portal: str, run_id: str, verified_through: datetime) -> None:
    """Everything settled by then is verified; an older scan that ends late moves nothing back."""
    await work.connection.execute(
        upsert(work.dialect, watermark, keys=("portal",), newer="verified_through"),
        {"portal": portal, "verified_through": verified_through, "run_id": run_id},
    )
