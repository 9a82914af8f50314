"""Placements by portal and state, counted at most every five seconds: a wall of open pages asks often."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.sync.watch import store
from services.sync.watch.domain.state import State
from shared.clock import Clock, stopwatch
from shared.database.engine import Database
from shared.vocabulary import Portal

LIVES_SECONDS = 5.0


@dataclass(frozen=True)
class StateCounts:
    """How many placements of each portal are in each state."""

    counted_at: datetime
    portals: Mapping[Portal, Mapping[State, int]]


class CountsMemory:
    """The counts of one process. Whoever asks while they are being made waits for them."""

    def __init__(self, database: Database, clock: Clock, portals: Sequence[Portal]) -> None:
        self._database = database
        self._clock = clock
        self._portals = portals
        self._made_at = 0.0
        self._counts: StateCounts | None = None
        self._making = asyncio.Lock()

    async def read(self) -> StateCounts:
        async with self._making:
            if self._counts is None or stopwatch() - self._made_at > LIVES_SECONDS:
                self._counts, self._made_at = await self._count(), stopwatch()
            return self._counts

    async def _count(self) -> StateCounts:
        """What is as wanted is the rest of all."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            found = await store.counts(connection, now)
            all_of = await store.totals(connection)
            stale = await store.seen_too_long_ago(connection, now)
        portals = {portal: dict.fromkeys(State, 0) for portal in self._portals}
        for row in found:
            portals[Portal(row.portal)][State(row.state)] += row.placements
        for portal, states in portals.items():
            states[State.STALE] = stale.get(portal, 0)
            states[State.SAME] = 0
            states[State.SAME] = max(all_of.get(portal, 0) - sum(states.values()), 0)
        return StateCounts(now, portals)
