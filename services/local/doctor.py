"""`creditsync doctor`: looks at everything that a running house stands on and says what to do about each fault."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from services import house
from services.local.doctor_calendar import look_at_calendar
from services.local.doctor_rules import look_at_rules
from services.local.doubt import Doubt
from services.sync.settings import SyncSettings
from shared.database.engine import Database
from shared.messaging.connect import open_bus
from shared.outbound.client import OutboundClient
from shared.policy import load_packs
from shared.settings import HouseSettings, load
from shared.vocabulary import Portal
from shared.web.server import run

_CHECK_SECONDS = 15


@dataclass(frozen=True)
class Examination:
    """One thing to look at, and what to do when it is not well."""

    subject: str
    look: Callable[[], Awaitable[str]]
    advice: str


@dataclass(frozen=True)
class Finding:
    subject: str
    state: str  # well | doubtful | broken
    told: str
    advice: str


def run_doctor() -> int:
    """0 when nothing is broken."""
    settings: SyncSettings = load(SyncSettings)
    findings = run(_examine(list(_examinations(settings))))
    table = Table(title="creditsync doctor")
    for heading in ("what", "state", "told", "what to do"):
        table.add_column(heading, overflow="fold")
    colours = {"well": "green", "doubtful": "yellow", "broken": "red"}
    for found in findings:
        colour = colours[found.state]
        table.add_row(found.subject, f"[{colour}]{found.state}[/]", found.told, found.advice)
    Console().print(table)
    return 1 if any(found.state == "broken" for found in findings) else 0


async def _examine(examinations: list[Examination]) -> list[Finding]:
    return [await _one(examination) for examination in examinations]


async def _one(examination: Examination) -> Finding:
    """Whatever goes wrong is the finding; nothing here may end the examination of the rest."""
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return Finding(examination.subject, "well", await examination.look(), "")
    except Doubt as doubt:
        return Finding(examination.subject, "doubtful", str(doubt), examination.advice)
    except TimeoutError:
        told = f"no answer within {_CHECK_SECONDS} seconds"
        return Finding(examination.subject, "broken", told, examination.advice)
    except Exception as error:
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        return Finding(examination.subject, "broken", told, examination.advice)


def _examinations(settings: SyncSettings) -> Iterator[Examination]:
    for name, service in house.SERVICES.items():
        yield Examination(
            f"database of {name}",
            partial(_database, service.load({}), name),
            "Check CREDITSYNC_DATABASE_URL and that the server runs, then: creditsync migrate",
        )
    yield Examination("broker", lambda: _broker(settings), "Check CREDITSYNC_BUS_URL and that the broker runs.")
    for portal in Portal:
        address = settings.address_of(portal)
        yield Examination(
            f"portal {portal}",
            partial(_portal, address),
            f"Check CREDITSYNC_{portal.upper()}_URL and the network; orders wait and are sent later.",
        )
    for name, service in house.SERVICES.items():
        yield Examination(
            f"working-day calendar of {name}",
            partial(look_at_calendar, service.load({}), name),
            "docs/operations/calendar-horizon.md: creditsync calendar load YEAR.toml when the notice is there.",
        )
    yield Examination(
        "rule files", look_at_rules, "docs/operations/change-a-rule.md: correct the file, then start anew."
    )
    yield Examination("policy packs", _packs, "Correct the entry that is named; the packs in force stay in force.")


async def _database(settings: HouseSettings, name: str) -> str:
    database = Database(settings.database_for(name), name)
    try:
        async with database.reading() as connection:
            revision = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
        return f"{database.dialect}, revision {revision}"
    finally:
        await database.close()


async def _broker(settings: HouseSettings) -> str:
    bus = open_bus(settings.bus_address(), "doctor")
    await bus.open()
    try:
        depths = await bus.depths()
    finally:
        await bus.close()
    dead = {queue: depth for queue, depth in depths.items() if queue.endswith(".dead") and depth}
    if dead:
        raise Doubt(f"dead letters: {', '.join(f'{queue} {depth}' for queue, depth in dead.items())}")
    return f"{sum(depths.values())} messages waiting in {len(depths)} queues"


async def _portal(address: str) -> str:
    async with OutboundClient(address) as client:
        answer = await client.get("/")
    if not answer.ok:
        raise Doubt(f"the public page answered {answer.status}")
    return f"{address} answers"


async def _packs() -> str:
    packs = await asyncio.to_thread(load_packs)
    return f"version {packs.version}"
