"""Reconcile one portal (对账): everything it shows against everything that is wanted there.

The listing is streamed into the database page by page, compared there, and each difference is looked at once more
before it is called drift. `verified_through` moves only over a complete listing of which every difference is known
(guarantee G07); a run that finds more than its limit mends nothing and waits for people (guarantee G08).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import insert

from services.sync import findings, placements, runs, sightings
from services.sync.compare import Suspicion, known_records, suspicion
from services.sync.domain.shown import digest
from services.sync.findings import Findings
from services.sync.look import Look, look_at
from services.sync.mend import order_again
from services.sync.metrics import DRIFTS
from services.sync.portals.base import IncompleteListing, Listed, PortalAdapter
from services.sync.tables import scan_entry
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging.unit_of_work import unit_of_work

log = structlog.get_logger()

SETTLE = timedelta(seconds=5)
ENTRIES_AT_ONCE = 1_000
"""Portal pages hold twenty to five hundred entries; a transaction for each would take longer than the download."""


@dataclass(frozen=True)
class MendingLimit:
    """How much one run may mend by itself: the greater of a number and a share of the listing.

    `rereads` is how many differences it looks at: more are a broken portal or a broken listing, not drift.
    """

    records: int = 20
    share: float = 0.02
    rereads: int = 5_000

    def allows(self, mends: int, listed: int) -> bool:
        """An empty listing allows nothing: a page that broke looks just like it."""
        return mends == 0 or (listed > 0 and mends <= max(self.records, int(self.share * listed)))


@dataclass(frozen=True)
class _Scan:
    """What a complete listing gave. Nothing that was acknowledged after `settled_before` is judged by it."""

    run_id: str
    settled_before: datetime
    listed: int


@dataclass(frozen=True)
class ReconcileDesk:
    """What is needed to reconcile one portal."""

    database: Database
    clock: Clock
    adapter: PortalAdapter
    limit: MendingLimit

    async def run(self, run_id: str) -> None:
        """Carry out one requested run to its end, whatever the portal does."""
        settled_before = self.clock.now() - SETTLE
        try:
            scan = _Scan(run_id, settled_before, await self._read(run_id))
        except (IncompleteListing, Unavailable) as error:
            log.warning("listing_incomplete", portal=self.adapter.portal, run_id=run_id)
            await self._end(run_id, "incomplete", 0, 0, f"The listing could not be read whole: {error}")
        except Exception as error:
            log.exception("listing_failed", portal=self.adapter.portal, run_id=run_id)
            await self._end(run_id, "incomplete", 0, 0, f"The adapter failed: {type(error).__name__}")
        else:
            await self._judge(scan)

    async def _read(self, run_id: str) -> int:
        """Stream the listing into the database; no more than some pages are in memory at a time."""
        listed = 0
        waiting: list[dict[str, Any]] = []
        async for page in self.adapter.listing():
            listed += len(page)
            waiting.extend(_entry(run_id, entry) for entry in page)
            if len(waiting) >= ENTRIES_AT_ONCE:
                await self._store(waiting)
                waiting.clear()
        await self._store(waiting)
        return listed

    async def _store(self, entries: Sequence[dict[str, Any]]) -> None:
        if entries:
            async with unit_of_work(self.database, self.clock) as work:
                await work.connection.execute(insert(scan_entry), entries)

    async def _judge(self, scan: _Scan) -> None:
        """Look again at each known record before accusing anybody; what agrees by now is no drift."""
        portal = self.adapter.portal
        async with self.database.reading() as connection:
            suspected = await suspicion(
                connection, scan.run_id, portal, scan.settled_before, at_most=self.limit.rereads
            )
            rows = await placements.with_content(connection, portal, known_records(suspected.candidates))
            goes_on = await runs.goes_on(connection, scan.run_id)
        if not goes_on:
            await self._end(scan.run_id, "incomplete", 0, 0, "The run was given up while it went on.")
            return
        if suspected.total > self.limit.rereads:
            await self._end(scan.run_id, "awaiting_approval", scan.listed, suspected.total, _too_many(suspected))
            return
        looks = await look_at(self.adapter, rows)
        await self._conclude(scan, findings.judge(suspected.candidates, looks), looks)

    async def _conclude(self, scan: _Scan, found: Findings, looks: Sequence[Look]) -> None:
        portal = self.adapter.portal
        within = self.limit.allows(len(found.mendable) + found.unknown, scan.listed)
        state, explanation = _verdict(found, within=within)
        async with unit_of_work(self.database, self.clock) as work:
            drifts = len(found.drifts)
            await runs.forget_scan(work, scan.run_id)
            if not await runs.finish(
                work, scan.run_id, state=state, listed=scan.listed, drifts=drifts, explanation=explanation
            ):
                return
            await sightings.note_sights(work, portal, looks)
            await findings.record(work, scan.run_id, portal, found, ordered=within)
            if within:
                await order_again(work, portal, [look.placement for look in found.mendable])
            await findings.close_vanished(work, scan.run_id, portal)
            await findings.look_at_the_rest(work, scan.run_id, portal)
            if state == "mended":
                await runs.move_watermark(work, portal, scan.run_id, scan.settled_before)
        for drift in found.drifts:
            DRIFTS.labels(portal, drift.kind).inc()

    async def _end(self, run_id: str, state: str, listed: int, drifts: int, explanation: str) -> None:
        """End a run that concludes nothing."""
        async with unit_of_work(self.database, self.clock) as work:
            await runs.finish(work, run_id, state=state, listed=listed, drifts=drifts, explanation=explanation)
            await runs.forget_scan(work, run_id)


def _verdict(found: Findings, *, within: bool) -> tuple[str, str | None]:
    if not within:
        return "awaiting_approval", "More differences than one run may mend; approve them to go on."
    if found.unknown:
        return "incomplete", f"{found.unknown} differences could not be looked at; nothing is concluded about them."
    return "mended", None


def _too_many(suspected: Suspicion) -> str:
    return f"{suspected.total} differences, more than can be looked at one by one; nothing is concluded from them."


def _entry(run_id: str, entry: Listed) -> dict[str, Any]:
    return {"run_id": run_id, "portal_key": entry.portal_key, "shown_digest": digest(entry.fields)}
