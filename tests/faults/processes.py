"""The processes of a fault run: `worker JSON` or `portals JSON`, the fields of `Plan`.

Workers are those of production, on addresses that may lead through a proxy; the portals are the stand-ins.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel

from services.local.ports import LOOPBACK
from services.sync.app import NAME, create_worker
from services.sync.mock_portals.app import mock_app
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.options import PortalOptions
from services.sync.portals.registry import create_adapter
from services.sync.settings import SyncSettings
from shared.clock import ShiftedClock
from shared.database.engine import Database
from shared.messaging.connect import open_bus
from shared.outbound.client import Timeouts
from shared.runtime import Ground
from shared.vocabulary import Portal
from shared.web.server import run, serve, stop_on_signals

PATIENCE_WITH_PORTALS = Timeouts(connect=4, silence=4, whole=8)
"""Shorter than in production, so that a fault which a worker has to give up upon need not last for long."""


class Plan(BaseModel):
    """What a process stands on. Portals answer at `ports`, and workers reach them by `doors`, which may be proxies."""

    database_url: str
    bus_url: str
    clock_file: Path
    portals_dir: Path
    ports: dict[Portal, int]
    doors: dict[Portal, int]

    def clock(self) -> ShiftedClock:
        return ShiftedClock(self.clock_file)

    def mock(self) -> MockOptions:
        return MockOptions(self.portals_dir, requests_a_second=5_000, burst=5_000, clock=self.clock())


async def worker(plan: Plan) -> None:
    clock, mock = plan.clock(), plan.mock()
    bus = open_bus(plan.bus_url, NAME)
    await bus.open()
    adapters = {
        portal: create_adapter(
            portal,
            PortalOptions(
                f"http://{LOOPBACK}:{port}",
                token=mock.token,
                secret=mock.secret,
                exchange_url=mock.exchange(),
                timeouts=PATIENCE_WITH_PORTALS,
                cache_life=timedelta(),
            ),
            clock,
        )
        for portal, port in plan.doors.items()
    }
    ground = Ground(Database(plan.database_url, NAME), bus, clock)
    await create_worker(SyncSettings(), ground, adapters).run(asyncio.Event())


async def portals(plan: Plan) -> None:
    apps = [(mock_app(portal, plan.portals_dir, plan.mock()), LOOPBACK, port) for portal, port in plan.ports.items()]
    await serve(apps, stop_on_signals())


if __name__ == "__main__":
    run({"worker": worker, "portals": portals}[sys.argv[1]](Plan.model_validate_json(sys.argv[2])))
