"""The core of sync on a real database with portals in memory, moved step by step, and the clock with it.

What the service would hear from the bus is handed to its handlers, and what it tells is read from its outbox.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Select, Table, delete, event, func, select, text

from services.sync.app import NAME
from services.sync.handlers import Handlers
from services.sync.push import PushDesk
from services.sync.receipts import collect_receipts
from services.sync.reconciliation.ask import request
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.runs import Wish
from services.sync.tables import (
    calendar_year,
    drift,
    metadata,
    observation,
    placement,
    push_attempt,
    reconciliation,
    watermark,
)
from services.sync.timers import push_again, reconcile_requested
from services.sync.verify import verify
from shared.calendars.book import CalendarBook
from shared.clock import FrozenClock
from shared.contracts.base import EventData
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.envelope import Event, decode
from shared.contracts.events import (
    AbsenceObserved,
    PresenceObserved,
    PublicationOffline,
    PublicationOnline,
    PushOrdered,
)
from shared.contracts.records import Authority, PenaltyDetail, Record, Subject
from shared.database.engine import Database
from shared.database.mechanics import metadata as mechanics
from shared.database.mechanics import outbox
from shared.database.types import AnyRow
from shared.ids import new_id
from shared.messaging.bus import Bus
from shared.messaging.topology import QUEUES
from shared.messaging.unit_of_work import unit_of_work
from shared.runtime import Ground
from shared.vocabulary import Audience, PenaltyType, Portal, SubjectKind, TakeDownReason
from tests.support.buses import make_bus, opened
from tests.support.portal_fake import PortalFake

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLOSES_ON = date(2027, 3, 1)
MINUTE = timedelta(minutes=1)
CHINA = Portal.CREDIT_CHINA
_AUTHORITY = Authority(code="11320600014185000X", name="南通市应急管理局")


def record(number: int, *, facts: str = "台账缺失", region: str = "320600") -> Record:
    """A synthetic penalty."""
    subject = Subject(kind=SubjectKind.LEGAL_PERSON, key=f"K{number:06}", name=f"南通试样{number}号化工有限公司")
    detail = PenaltyDetail(
        violation_type="未按规定进行安全生产教育和培训",
        violation_facts=facts,
        legal_basis="《中华人民共和国安全生产法》第九十七条",
        penalty_types=(PenaltyType.WARNING,),
        penalty_content="警告",
    )
    return Record(
        document_number=f"（苏通）应急罚〔2026〕{number}号",
        subject=subject,
        issuing_authority=_AUTHORITY,
        source_authority=_AUTHORITY,
        region=region,
        decided_on=date(2026, 1, 5),
        detail=detail,
    )


def record_id(number: int) -> str:
    return f"{number:032x}"


def online(
    number: int,
    generation: int = 1,
    *,
    facts: str = "台账缺失",
    audience: Audience = Audience.CREDIT_SITES,
    region: str = "320600",
    opens_on: date = date(2026, 3, 1),
) -> PublicationOnline:
    return PublicationOnline(
        record_id=record_id(number),
        generation=generation,
        audience=audience,
        record=record(number, facts=facts, region=region),
        opens_on=opens_on,
        closes_on=CLOSES_ON,
        repair_from_on=None,
        rule_id="test",
        due_at=START + timedelta(days=7),
    )


def offline(
    number: int, generation: int = 2, *, days: int = 1, audience: Audience = Audience.CREDIT_SITES
) -> PublicationOffline:
    return PublicationOffline(
        record_id=record_id(number),
        generation=generation,
        audience=audience,
        reason=TakeDownReason.WINDOW_EXPIRED,
        offline_on=date(2026, 3, 2),
        due_at=START + timedelta(days=days),
    )


def event_of(data: EventData) -> Event[Any]:
    return Event(id=new_id(), source="/creditsync/test", type=data.TYPE, subject=data.about(), time=START, data=data)


@dataclass
class SyncHouse:
    """One sync service with its database, its portals and its clock."""

    database: Database
    bus: Bus
    fakes: Mapping[Portal, PortalFake]
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(START))
    limit: MendingLimit = field(default_factory=MendingLimit)
    orders: list[PushOrdered] = field(default_factory=list)
    absences: list[AbsenceObserved] = field(default_factory=list)
    presences: list[PresenceObserved] = field(default_factory=list)

    @property
    def china(self) -> PortalFake:
        return self.fakes[CHINA]

    @property
    def ground(self) -> Ground:
        return Ground(self.database, self.bus, self.clock)

    async def hear(self, *told: PublicationOnline | PublicationOffline) -> list[PushOrdered]:
        """Let the handlers take these events as one message of each kind; the push orders that follow."""
        handlers = Handlers(self.fakes, CalendarBook(calendar_year))
        ups = [event_of(data) for data in told if isinstance(data, PublicationOnline)]
        downs = [event_of(data) for data in told if isinstance(data, PublicationOffline)]
        for handle, events in ((handlers.publications, ups), (handlers.take_downs, downs)):
            if events:
                async with unit_of_work(self.database, self.clock) as work:
                    await handle(work, events)
        return await self.heard()

    async def heard(self) -> list[PushOrdered]:
        """Empty the outbox; what it told since the last time is sorted into `orders` and `absences`."""
        told = await self._empty_outbox()
        orders = [data for data in told if isinstance(data, PushOrdered)]
        self.orders.extend(orders)
        self.absences.extend(data for data in told if isinstance(data, AbsenceObserved))
        self.presences.extend(data for data in told if isinstance(data, PresenceObserved))
        return orders

    async def _empty_outbox(self) -> list[EventData]:
        async with self.database.writing() as connection:
            rows = (await connection.execute(select(outbox).order_by(outbox.c.outbox_id))).all()
            await connection.execute(delete(outbox))
        found = [one for row in rows for one in decode(row.body, CATALOGUE[row.type].data)]
        assert all(isinstance(one, Event) for one in found)
        return [one.data for one in found if isinstance(one, Event)]

    async def push(self, portal: Portal = CHINA, numbers: Iterable[int] | None = None) -> None:
        """Let a push worker take the orders told for a portal so far, or those of some records."""
        if numbers is None:
            record_ids = {order.record_id for order in self.orders if order.portal is portal}
            self.orders = [order for order in self.orders if order.portal is not portal]
        else:
            record_ids = {record_id(number) for number in numbers}
        if record_ids:
            await PushDesk(self.database, self.clock, self.fakes[portal]).push(len(record_ids))

    async def collect(self, portal: Portal = CHINA) -> int:
        return await collect_receipts(self.database, self.clock, self.fakes[portal], CalendarBook(calendar_year))

    async def look(self, portal: Portal = CHINA) -> int:
        count = await verify(self.database, self.clock, self.fakes[portal])
        await self.heard()
        return count

    async def sweep(self) -> list[PushOrdered]:
        """Let the timer tell of what waits; the bus is idle."""
        await push_again(self.ground)
        return await self.heard()

    async def settle(self, portal: Portal = CHINA, *, rounds: int = 30, step: timedelta = timedelta(seconds=1)) -> None:
        """Let time pass and everything happen on a portal."""
        for _ in range(rounds):
            await self.push(portal)
            await self.collect(portal)
            await self.look(portal)
            self.clock.advance(step)
            await self.sweep()

    async def publish(self, *numbers: int) -> None:
        """These records, seen on Credit China, and long enough ago to be settled."""
        await self.hear(*(online(number) for number in numbers))
        await self.push()
        while await self.look():
            pass
        self.clock.advance(MINUTE)

    async def take_down(self, *numbers: int) -> None:
        """These records, seen to be gone from Credit China, and long enough ago to be settled."""
        await self.hear(*(offline(number) for number in numbers))
        await self.push()
        while await self.look():
            pass
        self.clock.advance(MINUTE)

    async def request(self, portal: Portal = CHINA, wish: Wish | None = None) -> str:
        async with unit_of_work(self.database, self.clock) as work:
            return (await request(work, [portal], "operator", wish))[0]

    async def reconcile(self, portal: Portal = CHINA, wish: Wish | None = None) -> AnyRow:
        """Ask for a run and carry it out; how it ended."""
        run_id = await self.request(portal, wish)
        await reconcile_requested(self.ground, self.fakes[portal], self.limit)
        await self.heard()
        return await self.run(run_id)

    async def run(self, run_id: str) -> AnyRow:
        return (await self.rows(select(reconciliation).where(reconciliation.c.run_id == run_id)))[0]

    async def placement(self, number: int, portal: Portal = CHINA) -> AnyRow:
        statement = select(placement).where(placement.c.record_id == record_id(number), placement.c.portal == portal)
        return (await self.rows(statement))[0]

    async def green(self, number: int, portal: Portal = CHINA) -> bool:
        """What screens and reports call agreed."""
        row = await self.placement(number, portal)
        return bool(row.observed_generation == row.generation)

    async def drifts(self) -> list[AnyRow]:
        return list(await self.rows(select(drift).order_by(drift.c.drift_id)))

    async def observations(self, number: int) -> Sequence[AnyRow]:
        mine = observation.c.record_id == record_id(number)
        return await self.rows(select(observation).where(mine).order_by(observation.c.observation_id))

    async def attempts(self, number: int) -> list[str]:
        mine = push_attempt.c.record_id == record_id(number)
        rows = await self.rows(select(push_attempt.c.outcome).where(mine).order_by(push_attempt.c.attempt_id))
        return [row.outcome for row in rows]

    async def verified_through(self, portal: Portal = CHINA) -> datetime | None:
        whole = watermark.c.portal == portal, watermark.c.district == "", watermark.c.kind == ""
        rows = await self.rows(select(watermark.c.verified_through).where(*whole))
        return rows[0].verified_through if rows else None

    async def rows(self, statement: Select[Any]) -> Sequence[AnyRow]:
        async with self.database.reading() as connection:
            found: Sequence[AnyRow] = (await connection.execute(statement)).all()
            return found

    async def count(self, table: Table) -> int:
        return int((await self.rows(select(func.count()).select_from(table)))[0][0])

    def engines(self) -> list[Engine]:
        return list({id(engine): engine for engine in self._both()}.values())

    def _both(self) -> list[Engine]:
        return [self.database._writer.sync_engine, self.database._reader.sync_engine]

    def connections_in_use(self) -> int:
        """Connections that somebody holds at this moment; each of them may have a transaction open."""
        return sum(int(getattr(engine.pool, "checkedout")()) for engine in self.engines())  # noqa: B009

    async def statements_of(self, act: Callable[[], Any]) -> list[str]:
        """The statements that reach the database during an act; a bulk statement counts once."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        for engine in self.engines():
            event.listen(engine, "before_cursor_execute", note)
        try:
            await act()
        finally:
            for engine in self.engines():
                event.remove(engine, "before_cursor_execute", note)
        return seen


@asynccontextmanager
async def sync_house(database_url: str, bus_url: str) -> AsyncIterator[SyncHouse]:
    database = Database(database_url, NAME)
    async with database.writing() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {NAME}"))
        await connection.run_sync(mechanics.create_all)
        await connection.run_sync(metadata.create_all)
    try:
        async with opened(make_bus(bus_url, topology=QUEUES)) as bus:
            yield SyncHouse(database, bus, {portal: PortalFake(portal) for portal in Portal})
    finally:
        await database.close()
