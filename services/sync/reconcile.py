"""Reconcile one portal (对账): everything it shows against everything that is wanted there.

The listing is streamed into the database page by page, compared there, and each difference is looked at once more
before it is called drift. `verified_through` moves only over a complete listing (guarantee G07); a run that finds
more than its limit mends nothing and waits for people (guarantee G08).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, insert

from services.sync import placements, runs, sightings
from services.sync.compare import Candidate, candidates, known_records
from services.sync.domain.shown import digest
from services.sync.look import Look, look_at
from services.sync.mend import order_again
from services.sync.metrics import DRIFTS
from services.sync.portals.base import IncompleteListing, Listed, PortalAdapter
from services.sync.tables import drift, scan_entry
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import DriftKind

log = structlog.get_logger()

SETTLE = timedelta(seconds=5)


@dataclass(frozen=True)
class MendingLimit:
    """How much one run may mend by itself: the greater of a number and a share of the listing."""

    records: int = 20
    share: float = 0.02

    def allows(self, drifts: int, listed: int) -> bool:
        return drifts <= max(self.records, int(self.share * listed))


@dataclass(frozen=True)
class ReconcileDesk:
    """What is needed to reconcile one portal."""

    database: Database
    clock: Clock
    adapter: PortalAdapter
    limit: MendingLimit

    async def run(self, run_id: str) -> None:
        """Carry out one requested run to its end, whatever the portal does."""
        started_at = self.clock.now()
        try:
            listed = await self._scan(run_id)
        except (IncompleteListing, Unavailable) as error:
            log.warning("listing_incomplete", portal=self.adapter.portal, run_id=run_id)
            await self._finish(run_id, "incomplete", 0, 0, f"The listing could not be read whole: {error}")
            return
        found, looks = await self._confirm(run_id, started_at)
        await self._conclude(run_id, started_at, listed, found, looks)

    async def _scan(self, run_id: str) -> int:
        listed = 0
        async for page in self.adapter.listing():
            if not page:
                continue
            listed += len(page)
            async with unit_of_work(self.database, self.clock) as work:
                await work.connection.execute(insert(scan_entry), [_entry(run_id, entry) for entry in page])
        return listed

    async def _confirm(self, run_id: str, started_at: datetime) -> tuple[list[Candidate], dict[str, Look]]:
        """Look again at each known record before accusing anybody; what agrees by now is no drift."""
        portal = self.adapter.portal
        async with unit_of_work(self.database, self.clock) as work:
            suspected = await candidates(work, run_id, portal, started_at - SETTLE)
            rows = await placements.with_content(work, portal, known_records(suspected))
        looks = {look.placement.record_id: look for look in await look_at(self.adapter, rows)}
        return [candidate for candidate in suspected if _confirmed(candidate, looks)], looks

    async def _conclude(
        self, run_id: str, started_at: datetime, listed: int, found: Sequence[Candidate], looks: dict[str, Look]
    ) -> None:
        portal = self.adapter.portal
        within = self.limit.allows(len(found), listed)
        mendable = [looks[one.record_id] for one in found if one.record_id and one.record_id in looks]
        unique = list({look.placement.record_id: look for look in mendable}.values())
        async with unit_of_work(self.database, self.clock) as work:
            await sightings.keep_as_evidence(work, portal, unique)
            await _record(work, run_id, portal, found, looks, ordered=within)
            if within:
                await order_again(work, portal, [look.placement for look in unique])
            await runs.move_watermark(work, portal, run_id, started_at)
        for candidate in found:
            DRIFTS.labels(portal, candidate.kind).inc()
        explanation = None if within else "More differences than one run may mend; approve them to go on."
        await self._finish(run_id, "mended" if within else "awaiting_approval", listed, len(found), explanation)

    async def _finish(self, run_id: str, state: str, listed: int, drifts: int, explanation: str | None) -> None:
        async with unit_of_work(self.database, self.clock) as work:
            await work.connection.execute(delete(scan_entry).where(scan_entry.c.run_id == run_id))
            await runs.finish(work, run_id, state=state, listed=listed, drifts=drifts, explanation=explanation)


def _entry(run_id: str, entry: Listed) -> dict[str, Any]:
    return {"run_id": run_id, "portal_key": entry.portal_key, "shown_digest": digest(entry.fields)}


def _confirmed(candidate: Candidate, looks: dict[str, Look]) -> bool:
    """Foreign and double entries cannot be refuted by a look at one page; the others can."""
    if candidate.kind in (DriftKind.FOREIGN, DriftKind.DUPLICATE):
        return True
    look = looks.get(candidate.record_id or "")
    return look is not None and not look.as_wanted


async def _record(
    work: UnitOfWork,
    run_id: str,
    portal: str,
    found: Sequence[Candidate],
    looks: dict[str, Look],
    *,
    ordered: bool,
) -> None:
    rows = [
        {
            "drift_id": new_id(),
            "run_id": run_id,
            "portal": portal,
            "portal_key": candidate.portal_key,
            "record_id": candidate.record_id,
            "kind": candidate.kind,
            "differences": look.differences_json if (look := looks.get(candidate.record_id or "")) else None,
            "found_at": work.now,
            "mend_ordered_at": work.now if ordered and candidate.record_id else None,
        }
        for candidate in found
    ]
    if rows:
        await work.connection.execute(insert(drift), rows)
