"""The whole house: which services and stand-ins there are and how each process of it is put together.

With `services.cli` and `services.local` the only place that sees all four services.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI

from services.sync.dashboard.settings import SIGN_IN_CALLBACK, DashboardSettings
from shared.clock import legal_date
from shared.database.engine import Database
from shared.database.migrate import require_newest
from shared.evidence.rules import note_rules
from shared.evidence.seal import Seals
from shared.freshness import outbox_freshness
from shared.messaging.bus import Bus
from shared.messaging.connect import open_bus
from shared.rule_files import RuleFile
from shared.rule_folder import take_rules
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
    rules: Sequence[RuleFile[Any]] = ()

    def load(self, given: Given) -> Any:
        return load_with(self.settings, given)

    def port(self, settings: Any) -> int:
        return int(getattr(settings, f"{self.name}_port"))


def _ingest() -> Service:
    from services.ingest import app, rule_files
    from services.ingest.settings import IngestSettings

    return Service("ingest", IngestSettings, app.TABLES, app.create_app, app.create_worker, rule_files.FILES)


def _disclosure() -> Service:
    from services.disclosure import app, rule_files
    from services.disclosure.settings import DisclosureSettings

    return Service("disclosure", DisclosureSettings, app.TABLES, app.create_app, app.create_worker, rule_files.FILES)


def _repair() -> Service:
    from services.repair import app, rule_files
    from services.repair.settings import RepairSettings

    return Service("repair", RepairSettings, app.TABLES, app.create_app, app.create_worker, rule_files.FILES)


def _sync() -> Service:
    from services.sync import app
    from services.sync.settings import SyncSettings

    def worker(settings: SyncSettings, ground: Ground) -> Worker:
        from services.decided import decided_source
        from services.portals import portal_adapters

        adapters = portal_adapters(settings, ground.clock)
        return app.create_worker(settings, ground, adapters, lambda: decided_source(settings, ground.clock))

    return Service("sync", SyncSettings, app.TABLES, app.create_app, worker)


class _Services(Mapping[str, Service]):
    """The four by name. A service is imported when it is asked for: a role carries only what it serves."""

    def __init__(self, makers: Mapping[str, Callable[[], Service]]) -> None:
        self._makers = makers
        self._made: dict[str, Service] = {}

    def __getitem__(self, name: str) -> Service:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


SERVICES: Mapping[str, Service] = _Services(
    {"ingest": _ingest, "disclosure": _disclosure, "repair": _repair, "sync": _sync}
)


def all_settings() -> list[type[HouseSettings]]:
    """Every class of settings, for the page that lists them."""
    return [*(service.settings for service in SERVICES.values()), DashboardSettings]


def load_with(settings: type[HouseSettings], given: Given) -> Any:
    """Settings from the environment, with those fields of `given` that they have."""
    return load(settings, **{name: value for name, value in given.items() if name in settings.model_fields})


def migrate(given: Given) -> None:
    """Bring every service's tables to the newest revision. Not to be called inside a running loop."""
    for service in SERVICES.values():
        service.tables.upgrade(service.load(given).database_for(service.name))


def seals_of(settings: HouseSettings) -> Seals:
    """With what the audit log of a service is signed, and where its heads are kept besides."""
    return Seals(settings.signing_keys(), settings.anchors())


def mock_portal(portal: Portal, given: Given) -> tuple[FastAPI, str, int]:
    """One stand-in, with the address and port at which the settings expect the portal."""
    from services import portals

    return portals.mock_portal(portal, SERVICES["sync"].load(given))


def issuer(given: Given) -> tuple[FastAPI, str, int]:
    """The local identity provider of the embedded mode."""
    from services.issuer import create_issuer, ensure_identity

    settings: HouseSettings = load_with(HouseSettings, given)
    ensure_identity(settings.data_dir)
    address = urlsplit(settings.issuer)
    people: DashboardSettings = load_with(DashboardSettings, given)
    redirects = {people.sign_in_client: f"{people.dashboard_url}{SIGN_IN_CALLBACK}"}
    return create_issuer(settings, settings.clock(), redirects), address.hostname or "127.0.0.1", address.port or 80


def dashboard(given: Given) -> tuple[FastAPI, str, int]:
    """The operators' dashboard, with the address and port where it listens. It has no database."""
    from services.sync.dashboard.app import create_app

    settings: DashboardSettings = load_with(DashboardSettings, given)
    return create_app(settings), settings.host, settings.dashboard_port


def put_rules_in_force(settings: HouseSettings, *services: Service) -> None:
    """What these services read from now on in this process. Raises `StartRefused` with file, entry and reason."""
    files = [one for service in services for one in service.rules]
    take_rules(settings.rules_dir, files, legal_date(settings.clock().now()))


def put_all_rules_in_force(given: Given) -> None:
    """The same for all services, by the settings of the environment."""
    put_rules_in_force(load_with(HouseSettings, given), *SERVICES.values())


def legal_today() -> date:
    """By the clock of the settings."""
    return legal_date(load(HouseSettings).clock().now())


async def serve_service(name: str, given: Given, stop: asyncio.Event) -> None:
    """The HTTP side of one service, as a process of its own."""
    service = SERVICES[name]
    settings = service.load(given)
    put_rules_in_force(settings, service)
    async with _database(settings, name) as database:
        await require_newest(database, service.tables.versions)
        await note_rules(database, settings.clock())
        await serve([(service.app(settings, database), settings.host, service.port(settings))], stop)


async def work_for_service(name: str, given: Given, stop: asyncio.Event) -> None:
    """The background side of one service, as a process of its own."""
    service = SERVICES[name]
    settings = service.load(given)
    put_rules_in_force(settings, service)
    async with _database(settings, name) as database, _bus(settings, name) as bus:
        await require_newest(database, service.tables.versions)
        await note_rules(database, settings.clock())
        worker = service.worker(settings, Ground(database, bus, settings.clock(), seals_of(settings)))
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
    put_all_rules_in_force(given)
    apps = [issuer(given), dashboard(given), *(mock_portal(portal, given) for portal in Portal)]
    async with _bus(load_with(HouseSettings, given), "creditsync") as bus, asyncio.TaskGroup() as group:
        databases: list[Database] = []
        for service in SERVICES.values():
            settings = service.load(given)
            database = Database(settings.database_for(service.name), service.name)
            databases.append(database)
            await note_rules(database, settings.clock())
            apps.append((service.app(settings, database), settings.host, service.port(settings)))
            worker = service.worker(settings, Ground(database, bus, settings.clock(), seals_of(settings)))
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
