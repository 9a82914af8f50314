"""Removes what no paper refers to: files taken back, refused after they were put away, or left by a killed process.

Level-driven: it compares the folder with the table. What was put in during the last day is left alone, for its row may
be on its way. Serves G01 and G12.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import structlog

from services.repair.materials import store
from services.repair.materials.cabinet import Cabinet
from shared.clock import Clock, stopwatch, wall_time
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work

log = structlog.get_logger()

_AT_ONCE = 500
_EVERY_SECONDS = 3600.0


@dataclass
class Tidying:
    """Looks at once after a start and then every hour; the timer comes by more often, so that its silence is seen."""

    database: Database
    clock: Clock
    cabinet: Cabinet
    patience: timedelta
    _due_at: float = float("-inf")

    async def run(self) -> int:
        if stopwatch() >= self._due_at:
            await self.tidy()
            self._due_at = stopwatch() + _EVERY_SECONDS
        return 0

    async def tidy(self) -> int:
        """How many files were removed."""
        seconds = self.patience.total_seconds()
        async with unit_of_work(self.database, self.clock) as work:
            await store.forget_files(work, wall_time() - self.patience)
        removed = await asyncio.to_thread(self.cabinet.clear_incoming, seconds)
        names = self.cabinet.names()
        while chunk := await asyncio.to_thread(_some, names):
            async with self.database.reading() as connection:
                known = await store.known_files(connection, chunk)
            removed += await asyncio.to_thread(self._remove, [one for one in chunk if one not in known], seconds)
        if removed:
            log.info("materials_tidied", count=removed)
        return removed

    def _remove(self, names: list[str], seconds: float) -> int:
        return sum(self.cabinet.remove_if_older(name, seconds) for name in names)


def _some(names: Iterator[str]) -> list[str]:
    return list(islice(names, _AT_ONCE))
