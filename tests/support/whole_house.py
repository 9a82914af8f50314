"""The four services, their workers, portals and issuer inside a test, on a moving clock that the test owns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services import house
from services.issuer import ensure_identity
from services.local.addresses import Addresses
from services.local.visitor import Refused, Visitor
from shared.clock import ShiftedClock, legal_date, start_of_legal_day, stopwatch
from shared.outbound.client import Answer, OutboundClient

PATIENCE_SECONDS = 90.0
HURRIED = {"expiry_seconds": 0.2, "reevaluation_seconds": 0.2, "reconcile_cron": "0 0 29 2 *"}


@dataclass
class WholeHouse:
    """A running house, its clock, and whoever calls it."""

    visitor: Visitor
    clock: ShiftedClock
    public: OutboundClient

    @property
    def today(self) -> date:
        return legal_date(self.clock.now())

    async def go_to(self, day: date, hours: float = 9) -> None:
        """To this hour of a legal day; every part of the house reads the clock anew within 50 ms."""
        self.clock.advance(start_of_legal_day(day) + timedelta(hours=hours) - self.clock.now())
        await asyncio.sleep(0.3)

    async def read(self, path: str, service: str = "disclosure", **params: Any) -> Any:
        return await self.visitor.read(service, path, **params)

    async def call(self, client: str, path: str, body: Any, service: str = "disclosure") -> Any:
        """As one of the issuer's clients."""
        return await self.visitor._post(client, service, path, body)

    async def look(self, path: str) -> Answer:
        """As a citizen in front of the bureau's own column."""
        return await self.public.get(path)

    async def until(self, what: str, condition: Callable[[], Awaitable[bool]]) -> None:
        waited = stopwatch()
        while not await condition():
            assert stopwatch() - waited < PATIENCE_SECONDS, f"waited in vain: {what}"
            await asyncio.sleep(0.1)


@asynccontextmanager
async def whole_house(data_dir: Path, start: date, given: Mapping[str, Any]) -> AsyncIterator[WholeHouse]:
    """Everything in this process and loop, from 09:00 of `start`."""
    clock = ShiftedClock(data_dir / "clock")
    clock.advance(start_of_legal_day(start) + timedelta(hours=9) - clock.now())
    addresses = Addresses.free()
    settings = addresses.settings(data_dir) | {"clock_file": data_dir / "clock"} | HURRIED | dict(given)
    secrets = ensure_identity(data_dir)
    await asyncio.to_thread(house.migrate, settings)
    stop, visitor, public = asyncio.Event(), Visitor(addresses, secrets, clock), OutboundClient(addresses.disclosure)
    running = asyncio.create_task(house.run_everything(settings, stop))
    try:
        await visitor.wait_until_ready(60)
        yield WholeHouse(visitor, clock, public)
    finally:
        stop.set()
        await public.close()
        await visitor.close()
        await running


__all__ = ["Refused", "WholeHouse", "whole_house"]
