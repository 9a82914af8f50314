"""How many records wait for a person and by when, counted at most every ten seconds: open pages ask often."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from services.disclosure.confirmations import store
from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.policy.periods import day_before

LIVES_SECONDS = 10.0
"""Counting looks at each record that waits: 7,334 of them took 150 ms of a busy PostgreSQL."""


@dataclass(frozen=True)
class ConfirmationCounts:
    """`hidden` are not shown until a person decides; `first_by` is the earliest last day of the others."""

    counted_at: datetime
    records: int
    hidden: int
    first_by: date | None


class ConfirmationMemory:
    """The counts of one process. Whoever asks while they are being made waits for them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._made_at = 0.0
        self._counts: ConfirmationCounts | None = None
        self._making = asyncio.Lock()

    async def read(self) -> ConfirmationCounts:
        async with self._making:
            if self._counts is None or stopwatch() - self._made_at > LIVES_SECONDS:
                self._counts, self._made_at = await self._count(), stopwatch()
            return self._counts

    async def _count(self) -> ConfirmationCounts:
        now = self._clock.now()
        async with self._database.reading() as connection:
            found = await store.to_confirm(connection)
        first = day_before(found.until) if found.until else None
        return ConfirmationCounts(now, found.records, found.records - found.shown, first)
