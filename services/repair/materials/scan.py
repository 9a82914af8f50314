"""Lets the scanner look at what was handed in, a few files at a time, with growing pauses after a failure.

A file whose scanner is down stays unscanned; nothing is guessed. No transaction is open while a file is read. What is
found infected can never be fetched again, and its paper counts as missing. Serves G12.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.repair.materials import store
from services.repair.materials.cabinet import Cabinet
from services.repair.materials.scanners import Scanner, ScanState
from services.repair.metrics import MATERIALS, MATERIALS_UNSCANNED_AGE
from shared.clock import Clock, wall_time
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import Unavailable
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import unit_of_work
from shared.sealing import SealBroken

log = structlog.get_logger()

AT_ONCE = 10
_PIECE_BYTES = 64 * 1024
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


@dataclass(frozen=True)
class ScanRound:
    """Looks at what waits; without a scanner it only tells how much that is."""

    database: Database
    clock: Clock
    cabinet: Cabinet
    scanner: Scanner | None

    async def run(self) -> int:
        """How many files got a verdict."""
        scanned = await self._scan(self.scanner) if self.scanner is not None else 0
        async with self.database.reading() as connection:
            counts, oldest = await store.counts(connection)
        for state in ScanState:
            MATERIALS.labels(state).set(counts.get(state, 0))
        waits = self.scanner is not None and oldest is not None
        MATERIALS_UNSCANNED_AGE.set((wall_time() - oldest).total_seconds() if waits and oldest else 0)
        return scanned

    async def _scan(self, scanner: Scanner) -> int:
        async with self.database.reading() as connection:
            waiting = await store.files_to_scan(connection, AT_ONCE)
        noted = []
        for row in waiting:
            verdict = await self._look(scanner, row)
            noted.append(verdict)
            if verdict["scan"] == ScanState.UNSCANNED:
                break  # the scanner is down, most likely: the others need not learn that one by one
        await self._note(noted)
        return sum(one["scan"] != ScanState.UNSCANNED for one in noted)

    async def _look(self, scanner: Scanner, row: AnyRow) -> dict[str, Any]:
        """What the table is to say of one file from now on."""
        try:
            found = await scanner.scan(self._pieces(row.sha256))
        except (Unavailable, OSError, SealBroken) as error:
            log.warning("material_not_scanned", sha256=row.sha256, reason=type(error).__name__)
            return _noted(row, ScanState.UNSCANNED, wall_time() + _pause(row.scan_attempts))
        if found.state is ScanState.INFECTED:
            log.warning("material_infected", sha256=row.sha256)
        return {**_noted(row, found.state, row.scan_next_at), "scanned_at": self.clock.now(), "finding": found.name}

    async def _pieces(self, sha256: str) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(self.cabinet.open, sha256)
        try:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece
        finally:
            file.close()

    async def _note(self, noted: Sequence[dict[str, Any]]) -> None:
        if not noted:
            return
        infected = [one["of"] for one in noted if one["scan"] == ScanState.INFECTED]
        async with unit_of_work(self.database, self.clock) as work:
            await store.note_scanned(work, noted)
            hit = await store.materials_with(work.connection, infected) if infected else []
            if hit:
                effect = effect_of(f"{row.material_id} {row.application_id} {row.sha256}" for row in hit)
                about = hit[0].material_id if len(hit) == 1 else f"{len(hit)} papers"
                work.audit(Act(Action.MATERIALS_SCANNED, system("repair.scan"), about, effect=effect))


def _noted(row: AnyRow, state: ScanState, next_at: datetime) -> dict[str, Any]:
    return {
        "of": row.sha256,
        "scan": state,
        "scanned_at": None,
        "finding": None,
        "scan_attempts": row.scan_attempts + 1,
        "scan_next_at": next_at,
    }


def _pause(attempts: int) -> timedelta:
    return min(_FIRST_PAUSE * (1 << min(attempts, 10)), _LONGEST_PAUSE)
