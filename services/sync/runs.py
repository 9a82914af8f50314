"""The ledger of reconciliation runs and the watermark of each portal."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update

from services.sync.tables import reconciliation, watermark
from shared.database.types import AnyRow
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


async def take_requested(work: UnitOfWork) -> Sequence[AnyRow]:
    """The requested runs, now this worker's to carry out."""
    statement = (
        update(reconciliation)
        .where(reconciliation.c.state == "requested")
        .values(state="scanning", started_at=work.now)
        .returning(reconciliation.c.run_id, reconciliation.c.portal)
    )
    return (await work.connection.execute(statement)).all()


async def give_up_abandoned(work: UnitOfWork) -> None:
    """Runs whose worker died are incomplete: nothing may be concluded from them."""
    await work.connection.execute(
        update(reconciliation)
        .where(reconciliation.c.state == "scanning", reconciliation.c.started_at < work.now - ABANDONED_AFTER)
        .values(state="incomplete", finished_at=work.now, explanation="The worker ended during the scan.")
    )


async def finish(
    work: UnitOfWork, run_id: str, *, state: str, listed: int, drifts: int, explanation: str | None
) -> None:
    await work.connection.execute(
        update(reconciliation)
        .where(reconciliation.c.run_id == run_id)
        .values(state=state, finished_at=work.now, listed=listed, drifts=drifts, explanation=explanation)
    )


async def move_watermark(work: UnitOfWork, portal: str, run_id: str, started_at: datetime) -> None:
    """Everything ordered before the scan began is verified; an older scan that ends late moves nothing back."""
    await work.connection.execute(
        upsert(work.dialect, watermark, keys=("portal",), newer="verified_through"),
        {"portal": portal, "verified_through": started_at, "run_id": run_id},
    )
