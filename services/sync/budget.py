"""Requests that read a portal (请求预算): looks, receipts, listings and probes draw on the channel's budget.

Drawn by the handful, so that a request costs no statement. Orders come first: `domain/channel.py` says what reading
leaves them, and what it gets whatever waits. A portal that asks not to be read is left alone by everybody who reads;
orders go on (guarantee G09).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from services.sync import channel
from services.sync.domain.channel import Errand, Pace
from services.sync.portals.base import PortalAdapter, PortalUnavailable
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Portal

log = structlog.get_logger()

PATIENCE = 20.0
"""Seconds. A request waits so long for its turn; what waits longer is not made, and proves nothing."""

_HANDFUL_SECONDS = 0.2
"""A handful is what the portal takes in that time: little enough that an order never waits for it."""


@dataclass
class Budget:
    """What one claim may spend. `sleep` is for a house whose clock stands still."""

    database: Database
    clock: Clock
    portal: Portal
    pace: Pace
    errand: Errand
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    refused: bool = False
    """Whether nothing more can be had for now: what was not begun is left for later."""
    _left: int = 0
    _resumes_at: datetime | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def resumes_at(self) -> datetime | None:
        """Until when the portal asked not to be read, where it did."""
        return self._resumes_at

    async def begin(self, work: UnitOfWork) -> None:
        """Draw the first handful in the transaction of the claim, behind it: placements are locked before channels."""
        await self._draw(work)

    async def end(self, work: UnitOfWork) -> None:
        """Give back what was not spent, behind everything else in the transaction that notes what came of it."""
        left, self._left = self._left, 0
        await channel.charge(work, self.portal, -left)

    async def pay(self) -> None:
        async with self._turn:
            waited = 0.0
            while not self._left:
                if self.refused:
                    raise PortalUnavailable(self._why())
                async with unit_of_work(self.database, self.clock) as work:
                    pause = await self._draw(work)
                if not self._left:
                    waited += pause
                    self.refused = waited > PATIENCE
                    await self.sleep(0.0 if self.refused else pause)
            self._left -= 1

    async def told_to_wait(self, seconds: float) -> None:
        if not self.refused:
            self.refused, self._left = True, 0
            self._resumes_at = self.clock.now() + timedelta(seconds=seconds)
            log.info("reading_held", portal=self.portal, seconds=round(seconds))
            async with unit_of_work(self.database, self.clock) as work:
                await channel.hold_reads(work, self.portal, timedelta(seconds=seconds))

    def _why(self) -> str:
        if self._resumes_at:
            return f"{self.portal} asked not to be read until {self._resumes_at:%Y-%m-%d %H:%M:%S} UTC"
        return f"orders use up what may be asked of {self.portal}, and nothing is left for reading it at present"

    async def _draw(self, work: UnitOfWork) -> float:
        """Seconds after which it is worth asking again, when there was nothing."""
        handful = max(1, round(self.pace.requests_a_second * _HANDFUL_SECONDS))
        admission = await channel.enter_to_read(work, self.portal, self.pace, handful, self.errand)
        self._left += admission.requests
        self._resumes_at = admission.channel.reads_resume_at
        return max(admission.wait.total_seconds(), 0.02)


def budget(database: Database, clock: Clock, adapter: PortalAdapter, errand: Errand) -> Budget:
    """For one claim of an adapter's portal."""
    return Budget(database, clock, adapter.portal, adapter.limits.pace, errand)
