"""The whole house: which services and stand-ins there are and how each process of it is put together.

With `services.cli` and `services.local` the only place that sees all four services.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI

from services.disclosure import app as disclosure
from services.disclosure.settings import DisclosureSettings
from services.ingest import app as ingest
from services.ingest.settings import IngestSettings
from services.issuer import create_issuer, ensure_identity
from services.repair import app as repair
from services.repair.settings import RepairSettings
from services.sync import app as sync
from services.sync.mock_portals.app import mock_app
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.base import PortalAdapter
from services.sync.portals.registry import PortalOptions, create_adapter
from services.sync.settings import SyncSettings
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.migrate import require_newest
from shared.freshness import outbox_freshness
from shared.messaging.bus import Bus
from shared.messaging.connect import open_bus
from shared.runtime import Ground, ServiceTables, Worker
from shared.settings import HouseSettings, load
from shared.vocabulary import Portal
from shared.web.app import create_api
from shared.web.health import Checks
from shared.web.server import serve
from shared.web.verifier import verifier_for

Given = Mapping[str, Any]
"""Settings that a caller fixes, by field name; everything else comes from the environment."""


@dataclass(frozen=True)
class Service:
    """One of the four: its settings, its tables, and how its two sides are built."""

    name: str
    settings: type[HouseSettings]
    tables: ServiceTables
    app: Callable[[Any, Database], FastAPI]
    worker: Callable[[Any, Ground], Worker]

    def load(self, given: Given) -> Any:
        return load_with(self.settings, given)

    def port(self, settings: Any) -> int:
        return int(getattr(settings, f"{self.name}_port"))


def _sync_worker(settings: SyncSettings, ground: Ground) -> Worker:
    return sync.create_worker(settings, ground, portal_adapters(settings, ground.clock))


SERVICES: Mapping[str, Service] = {
    service.name: service
    for service in (
        Service("ingest", IngestSettings, ingest.TABLES, ingest.create_app, lambda _, on: ingest.create_worker(on)),
        Service("disclosure", DisclosureSettings, disclosure.TABLES, disclosure.create_app, disclosure.create_worker),
        Service("repair", RepairSettings, repair.TABLES, repair.create_app, lambda _, on: repair.create_worker(on)),
        Service("sync", SyncSettings, sync.TABLES, sync.create_app, _sync_worker),
    )
}


def load_with(settings: type[HouseSettings], given: Given) -> Any:
    """Settings from the environment, with those fields of `given` that they have."""
    return load(settings, **{name: value for name, value in given.items() if name in settings.model_fields})


def migrate(given: Given) -> None:
    """Bring every service's tables to the newest revision. Not to be called inside a running loop."""
    for service in SERVICES.values():
        service.tables.upgrade(service.load(given).database_for(service.name))


def portal_adapters(settings: SyncSettings, clock: Clock) -> dict[Portal, PortalAdapter]:
    """The adapters as the settings describe them; in the embedded mode they know the stand-ins' secrets."""
    mock = MockOptions(settings.data_dir / "portals")
    exchange = settings.credit_jiangsu_exchange_url
    token, secret = settings.credit_china_token, settings.market_supervision_secret
    options = {
        Portal.CREDIT_CHINA: PortalOptions(
            settings.credit_china_url, token=token.get_secret_value() if token else mock.token
        ),
        Portal.CREDIT_JIANGSU: PortalOptions(
            settings.credit_jiangsu_url, exchange_url=exchange.get_secret_value() if exchange else mock.exchange()
        ),
        Portal.MARKET_SUPERVISION: PortalOptions(
            settings.market_supervision_url, secret=secret.get_secret_value() if secret else mock.secret
        ),
    }
    return {portal: create_adapter(portal, options[portal], clock) for portal in Portal}


def mock_portal(portal: Portal, given: Given) -> tuple[FastAPI, str, int]:
    """One stand-in, with the address and port at which the settings expect the portal."""
    settings: SyncSettings = load_with(SyncSettings, given)
    exchange = settings.credit_jiangsu_exchange_url
    data_dir = settings.data_dir / "portals"
    data_dir.mkdir(parents=True, exist_ok=True)
    options = MockOptions(
        data_dir, clock=settings.clock(), exchange_url=exchange.get_secret_value() if exchange else None
    )
    address = urlsplit(str(getattr(settings, f"{portal}_url")))
    return mock_app(portal, data_dir, options), address.hostname or "127.0.0.1", address.port or 80


def issuer(given: Given) -> tuple[FastAPI, str, int]:
    """The local identity provider of the embedded mode."""
    settings: HouseSettings = load_with(HouseSettings, given)
    ensure_identity(settings.data_dir)
    address = urlsplit(settings.issuer)
    return create_issuer(settings, settings.clock()), address.hostname or "127.0.0.1", address.port or 80


async def serve_service(name: str, given: Given, stop: asyncio.Event) -> None:
    """The HTTP side of one service, as a process of its own."""
    service = SERVICES[name]
    settings = service.load(given)
    async with _database(settings, name) as database:
        await require_newest(database, service.tables.versions)
        await serve([(service.app(settings, database), settings.host, service.port(settings))], stop)


async def work_for_service(name: str, given: Given, stop: asyncio.Event) -> None:
    """The background side of one service, as a process of its own."""
    service = SERVICES[name]
    settings = service.load(given)
    async with _database(settings, name) as database, _bus(settings, name) as bus:
        await require_newest(database, service.tables.versions)
        worker = service.worker(settings, Ground(database, bus, settings.clock()))
        async with asyncio.TaskGroup() as group:
            group.create_task(_until_it_ends(worker, stop))
            if settings.probe_port:
                group.create_task(serve([(_probe(settings, database), settings.host, settings.probe_port)], stop))


async def _until_it_ends(worker: Worker, stop: asyncio.Event) -> None:
    """A worker that ends takes its probe with it."""
    try:
        await worker.run(stop)
    finally:
        stop.set()


def _probe(settings: HouseSettings, database: Database) -> FastAPI:
    """Health and metrics of a background process: it has no other door."""
    clock = settings.clock()
    name = f"{database.schema}-worker"
    checks = Checks(ready={"database": database.check}, fresh={"outbox": outbox_freshness(database, clock)})
    return create_api(
        name,
        f"creditsync {name}",
        routers=[],
        settings=settings,
        verifier=verifier_for(settings, clock),
        checks=checks,
    )


async def run_everything(given: Given, stop: asyncio.Event) -> None:
    """All services, their workers, the stand-ins and the local issuer in this process."""
    apps = [issuer(given), *(mock_portal(portal, given) for portal in Portal)]
    async with _bus(load_with(HouseSettings, given), "creditsync") as bus, asyncio.TaskGroup() as group:
        databases: list[Database] = []
        for service in SERVICES.values():
            settings = service.load(given)
            database = Database(settings.database_for(service.name), service.name)
            databases.append(database)
            apps.append((service.app(settings, database), settings.host, service.port(settings)))
            worker = service.worker(settings, Ground(database, bus, settings.clock()))
            group.create_task(worker.run(stop), name=service.name)
        group.create_task(_serve_then_close(apps, databases, stop))


async def _serve_then_close(
    apps: list[tuple[FastAPI, str, int]], databases: list[Database], stop: asyncio.Event
) -> None:
    try:
        await serve(apps, stop)
    finally:
        stop.set()
        for database in databases:
            await database.close()


@asynccontextmanager
async def _database(settings: HouseSettings, name: str) -> AsyncIterator[Database]:
    database = Database(settings.database_for(name), name)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _bus(settings: HouseSettings, name: str) -> AsyncIterator[Bus]:
    bus = open_bus(settings.bus_address(), name)
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()
