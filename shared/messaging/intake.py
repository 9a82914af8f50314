"""Takes deliveries one by one or in handfuls until told to stop. Decides when, never what becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from shared.messaging.bus import Delivery

# How long a handful waits for the next delivery; what a broker has at hand comes sooner.
_GRACE_SECONDS = 0.002


class Intake:
    """Deliveries until `stop` is set. A delivery that was never handed out goes back to the queue by itself."""

    def __init__(self, deliveries: AsyncIterator[Delivery], stopping: asyncio.Task[bool]) -> None:
        self._deliveries = deliveries
        self._stopping = stopping
        self._next: asyncio.Task[Delivery] | None = None

    async def take(self, at_most: int = 1) -> list[Delivery]:
        """At least one delivery, and those that come with it; none when it is time to stop."""
        taken = await self._arrived(None)
        while taken and len(taken) < at_most and (more := await self._arrived(_GRACE_SECONDS)):
            taken += more
        return taken

    async def close(self) -> None:
        if self._next is not None:
            self._next.cancel()
            with suppress(asyncio.CancelledError):
                await self._next

    async def _arrived(self, seconds: float | None) -> list[Delivery]:
        if self._stopping.done():
            return []
        # Kept between calls and never cancelled while in use: a cancelled wait could swallow a delivery.
        self._next = self._next or asyncio.ensure_future(_one_of(self._deliveries))
        await asyncio.wait({self._next, self._stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not self._next.done() or self._stopping.done():
            return []
        arrived, self._next = self._next, None
        return [arrived.result()]


@asynccontextmanager
async def intake(deliveries: AsyncIterator[Delivery], stop: asyncio.Event) -> AsyncIterator[Intake]:
    """An intake as long as the block runs."""
    stopping = asyncio.ensure_future(stop.wait())
    taking = Intake(deliveries, stopping)
    try:
        yield taking
    finally:
        stopping.cancel()
        await taking.close()


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not beyond `stop`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _one_of(deliveries: AsyncIterator[Delivery]) -> Delivery:
    return await anext(deliveries)
