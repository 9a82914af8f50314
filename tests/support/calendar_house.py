"""All four services on one database server, with what one tells carried to the handlers of the others, step by step."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from services.disclosure import tables as disclosure_tables
from services.disclosure.calendar.tables import calendar_year as disclosure_years
from services.disclosure.handlers import Handlers as DisclosureHandlers
from services.disclosure.policy.book import LawBook, note_packaged
from services.ingest import handlers as ingest_handlers
from services.ingest import tables as ingest_tables
from services.repair import handlers as repair_handlers
from services.repair import tables as repair_tables
from services.repair.applications.tables import application_clock
from services.sync import tables as sync_tables
from services.sync.handlers import Handlers as SyncHandlers
from shared.calendars.book import CalendarBook
from shared.calendars.keep import keep_calendar
from shared.clock import start_of_legal_day
from shared.contracts.base import EventData
from shared.messaging.topology import QUEUES, bound_queues
from shared.vocabulary import Portal
from tests.support.portal_fake import PortalFake
from tests.support.rows import AUTHORITY
from tests.support.services import Handler, RunningService, running_service

YEARS: Mapping[str, Table] = {
    "ingest": ingest_tables.calendar_year,
    "disclosure": disclosure_years,
    "repair": repair_tables.calendar_year,
    "sync": sync_tables.calendar_year,
}
DEADLINES: Mapping[str, Table | None] = {
    "ingest": None,
    "disclosure": disclosure_tables.publication,
    "repair": application_clock,
    "sync": sync_tables.placement,
}
HOUR = timedelta(hours=1)
TOKENS: Mapping[str, dict[str, Any]] = {
    "ingest": {"authorities": [AUTHORITY]},
    "disclosure": {"scope": "disclosure:read disclosure:adopt", "sub": "law-officer"},
    "repair": {
        "scope": "repair:write repair:handle repair:review repair:decide repair:read",
        "sub": "clerk",
        "authorities": [AUTHORITY],
    },
    "sync": {"scope": "sync:read"},
}


def handlers() -> dict[str, Handler]:
    """Who hears each queue, but those of the push workers."""
    disclosure = DisclosureHandlers(LawBook())
    sync = SyncHandlers({portal: PortalFake(portal) for portal in Portal}, CalendarBook(sync_tables.calendar_year))
    return {
        "ingest.calendar": ingest_handlers.calendar,
        "disclosure.records": disclosure.records,
        "disclosure.repairs": disclosure.repairs,
        "disclosure.subjects": disclosure.subjects,
        "repair.publications": repair_handlers.publications,
        "repair.observations": repair_handlers.observations,
        "repair.calendar": repair_handlers.calendar,
        "sync.take_downs": sync.take_downs,
        "sync.publications": sync.publications,
        "sync.calendar": sync.calendar,
    }


@dataclass
class CalendarHouse:
    """The services by name."""

    services: Mapping[str, RunningService]
    handlers: Mapping[str, Handler] = field(default_factory=handlers)

    def __getitem__(self, name: str) -> RunningService:
        return self.services[name]

    def go_to(self, day: date, hours: int = 9) -> None:
        """Move every clock to an hour of a day in Shanghai."""
        for service in self.services.values():
            service.clock.advance(start_of_legal_day(day) - service.clock.now())
            service.clock.advance(hours * HOUR)

    async def carry(self) -> list[EventData]:
        """Bring what waits in the outboxes to whoever hears it, until nobody has anything to tell."""
        carried: list[EventData] = []
        while told := [one for service in self.services.values() for one in await service.take_told()]:
            carried += told
            for one in told:
                await self.hear(one)
        return carried

    async def hear(self, *told: EventData) -> None:
        """Hand events to every queue that hears them."""
        for one in told:
            for queue in bound_queues(QUEUES, one.routing_key()):
                if queue in self.handlers:
                    await self.services[queue.partition(".")[0]].hear(self.handlers[queue], one)

    async def load(self, toml: str, year: int = 2027) -> dict[str, Any]:
        """As the law officer: load a year. Nobody else has heard of it yet."""
        body = {"year": year, "toml": toml, "reason": "国务院办公厅通知"}
        answer = await self["disclosure"].post("/v1/calendar/years", body)
        assert answer.status_code == 201, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def keep(self, name: str) -> int:
        """Let the calendar's timer of a service run until nothing is left; how many rows it touched."""
        service, book, touched = self.services[name], CalendarBook(YEARS[name]), 0
        tables = [table for table in (DEADLINES[name],) if table is not None]
        while done := await keep_calendar(service.database, service.clock, book, *tables):
            touched += done
        return touched

    async def until(self, name: str) -> date:
        """How far the calendar of a service reaches."""
        async with self.services[name].database.reading() as connection:
            return (await CalendarBook(YEARS[name]).current(connection)).announced_until

    async def dues(self, name: str) -> set[tuple[Any, ...]]:
        """The deadlines that a service keeps: name, day of the event, last day, provisional."""
        table = DEADLINES[name]
        assert table is not None
        columns = table.c
        statement = select(columns.due_deadline, columns.due_from, columns.due_at, columns.due_provisional)
        if table is application_clock:  # those that run: one that was kept is no deadline any more
            statement = statement.where(columns.ended_at.is_(None))
        async with self.services[name].database.reading() as connection:
            return {tuple(row) for row in await connection.execute(statement)}


@asynccontextmanager
async def calendar_house(url_of: Callable[[str], str], data_dir: Path) -> AsyncIterator[CalendarHouse]:
    """`url_of` gives the address of a service's database by its name."""
    async with AsyncExitStack() as stack:
        services = {
            name: await stack.enter_async_context(running_service(name, url_of(name), data_dir, token))
            for name, token in TOKENS.items()
        }
        await note_packaged(services["disclosure"].database, services["disclosure"].clock)
        yield CalendarHouse(services)
