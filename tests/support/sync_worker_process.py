"""A worker of sync in a process of its own: `JSON`, the fields of `Plan`. It may be told to die by SIGKILL.

It dies in the moment in which a portal has taken orders and nothing of that has been written down.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel

from services.sync.app import NAME, create_worker
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.base import (
    Listed,
    PendingReceipt,
    PortalAdapter,
    PortalLimits,
    PushOrder,
    PushResult,
    Sighting,
)
from services.sync.portals.options import PortalOptions
from services.sync.portals.registry import create_adapter
from services.sync.settings import SyncSettings
from shared.clock import ShiftedClock
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.messaging.connect import open_bus
from shared.runtime import Ground
from shared.vocabulary import Portal, RecordKind


class Plan(BaseModel):
    """What the process stands on. `dies_at` is the portal whose first push it does not survive."""

    database_url: str
    bus_url: str
    clock_file: Path
    portals_dir: Path
    ports: dict[Portal, int]
    dies_at: Portal | None = None


class DeadlyAdapter:
    """Passes everything on, and kills its own process right after the portal has answered a push."""

    def __init__(self, inner: PortalAdapter) -> None:
        self._inner = inner

    @property
    def portal(self) -> Portal:
        return self._inner.portal

    @property
    def limits(self) -> PortalLimits:
        return self._inner.limits

    @property
    def kinds(self) -> frozenset[RecordKind]:
        return self._inner.kinds

    def portal_key(self, record: Record) -> str:
        return self._inner.portal_key(record)

    def shown(self, record: Record, closes_on: date) -> Mapping[str, str]:
        return self._inner.shown(record, closes_on)

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        await self._inner.push(orders)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody survives SIGKILL")

    async def collect_receipts(self, pending: Sequence[PendingReceipt]) -> Sequence[PushResult]:
        return await self._inner.collect_receipts(pending)

    async def look(self, record: Record) -> Sighting:
        return await self._inner.look(record)

    def listing(self) -> AsyncIterator[Sequence[Listed]]:
        return self._inner.listing()

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        return await self._inner.probe(known)

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()


def _adapters(plan: Plan, clock: ShiftedClock) -> dict[Portal, PortalAdapter]:
    mock = MockOptions(plan.portals_dir)
    found: dict[Portal, PortalAdapter] = {}
    for portal, port in plan.ports.items():
        options = PortalOptions(
            f"http://127.0.0.1:{port}",
            token=mock.token,
            secret=mock.secret,
            exchange_url=mock.exchange(),
            cache_life=timedelta(seconds=0.5),
        )
        adapter = create_adapter(portal, options, clock)
        found[portal] = DeadlyAdapter(adapter) if portal is plan.dies_at else adapter
    return found


async def main(plan: Plan) -> None:
    clock = ShiftedClock(plan.clock_file)
    database = Database(plan.database_url, NAME)
    bus = open_bus(plan.bus_url, NAME)
    await bus.open()
    worker = create_worker(SyncSettings(), Ground(database, bus, clock), _adapters(plan, clock))
    await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(Plan.model_validate_json(sys.argv[1])))
