"""Placements that come back after every mend (反复): somebody else writes there too, and mending helps nobody (G08)."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from services.sync.reconciliation.domain.verdict import FLAPS_A_DAY
from services.sync.reconciliation.findings import Finding
from services.sync.tables import drift
from shared.messaging.unit_of_work import UnitOfWork

_WITHIN = timedelta(days=1)


async def flapping(work: UnitOfWork, portal: str, found: Sequence[Finding]) -> set[str | None]:
    """The records among these that were mended, and were wrong again, twice within a day."""
    record_ids = sorted({one.record_id for one in found if one.record_id})
    again: set[str | None] = set()
    for at in range(0, len(record_ids), 500):
        statement = (
            select(drift.c.record_id)
            .where(
                drift.c.portal == portal,
                drift.c.record_id.in_(record_ids[at : at + 500]),
                drift.c.found_at > work.now - _WITHIN,
                drift.c.mend_ordered_at.is_not(None),
                drift.c.mended_at.is_not(None),
            )
            .group_by(drift.c.record_id)
            .having(func.count() >= FLAPS_A_DAY)
        )
        again |= set((await work.connection.execute(statement)).scalars())
    return again
