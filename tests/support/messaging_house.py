"""A small service for tests of outbox, relay, consumer and inbox: one table in which a doubled effect would show."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, String, Table, delete, func, insert, select, text

from shared.clock import FrozenClock
from shared.contracts.envelope import Event, encode
from shared.contracts.events import RepairApproved
from shared.database.engine import Database
from shared.database.mechanics import Identity, inbox, new_metadata, outbox, parked_event
from shared.database.mechanics import metadata as mechanics
from shared.ids import new_id
from shared.messaging.bus import ALL, Bus, DeadCause, DeadLetter, Delivery, Mark, Message, Which
from shared.messaging.consumer import Consumer, Handler
from shared.messaging.relay import Relay
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from tests.support.buses import PATIENCE, make_bus, opened

QUEUE = "test.repairs"
TOPOLOGY = {QUEUE: (RepairApproved.TYPE,), "test.onlookers": (RepairApproved.TYPE,)}
RELAY_LEASE_SECONDS = 0.5
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

tables = new_metadata()
effect = Table(
    "effect",
    tables,
    Column("effect_id", Identity, primary_key=True, autoincrement=True),
    Column("application_id", String(32), nullable=False),
)


def approved(application_id: str = "") -> RepairApproved:
    return RepairApproved(application_id=application_id or new_id(), record_id=new_id(), approved_on=date(2026, 3, 2))


def message_of(events: Sequence[RepairApproved]) -> Message:
    """One message with these events, as a relay would send it."""
    return raw_message(encode([_event(data) for data in events]))


def raw_message(body: bytes, kind: str = RepairApproved.TYPE) -> Message:
    return Message(new_id(), kind, RepairApproved.TYPE, body)


def _event(data: RepairApproved) -> Event[RepairApproved]:
    return Event(id=new_id(), source="/creditsync/repair", type=data.TYPE, subject=data.about(), time=START, data=data)


async def record_effect(work: UnitOfWork, events: Sequence[Event[Any]]) -> None:
    """The plain handler: one row for each event, so that a second time would show."""
    await work.connection.execute(insert(effect), [{"application_id": event.data.application_id} for event in events])


@dataclass
class House:
    """One service's database and the bus."""

    database: Database
    bus: Bus
    bus_url: str
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(START))

    async def tell(self, *events: RepairApproved) -> None:
        async with unit_of_work(self.database, self.clock) as work:
            work.tell(*events)

    def relay(self, bus: Bus | None = None) -> Relay:
        return Relay(self.database, bus or self.bus, self.clock, lease_seconds=RELAY_LEASE_SECONDS)

    def consumer(self, handler: Handler = record_effect) -> Consumer:
        return Consumer(self.database, self.bus, QUEUE, handler, self.clock, prefetch=5)

    async def effects(self) -> list[str]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(effect.c.application_id))).scalars())

    async def count(self, table: Table) -> int:
        async with self.database.reading() as connection:
            return await connection.scalar(select(func.count()).select_from(table)) or 0

    async def outbox_rows(self) -> int:
        return await self.count(outbox)

    async def parked(self) -> int:
        return await self.count(parked_event)

    async def inbox_rows(self) -> int:
        return await self.count(inbox)

    async def consume_until(
        self, done: Callable[[], Coroutine[Any, Any, bool]], handler: Handler = record_effect
    ) -> None:
        """Let a consumer run until something is so."""
        async with running(self.consumer(handler).run):
            await until(done)

    async def consume_all(self, handler: Handler = record_effect) -> None:
        """Let a consumer handle everything that is in the queue now: one more message tells when it is through."""
        last = approved()
        await self.bus.publish([message_of([last])])
        await self.consume_until(lambda: self._has_effect_of(last), handler)
        async with self.database.writing() as connection:
            await connection.execute(delete(effect).where(effect.c.application_id == last.application_id))

    async def _has_effect_of(self, data: RepairApproved) -> bool:
        return data.application_id in await self.effects()


@asynccontextmanager
async def house(database_url: str, bus_url: str) -> AsyncIterator[House]:
    database = Database(database_url, "repair")
    async with database.writing() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("CREATE SCHEMA IF NOT EXISTS repair"))
        await connection.run_sync(mechanics.create_all)
        await connection.run_sync(tables.create_all)
    try:
        async with opened(make_bus(bus_url, topology=TOPOLOGY)) as bus:
            yield House(database, bus, bus_url)
    finally:
        await database.close()


@asynccontextmanager
async def running(run: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """A loop with a `stop` event, as long as the block runs; it must end in order."""
    stop = asyncio.Event()
    task = asyncio.create_task(run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await task


async def until(done: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    """Wait until something is so, within the patience of a test."""
    async with asyncio.timeout(PATIENCE):
        while not await done():  # noqa: ASYNC110 - what is asked rings no bell
            await asyncio.sleep(0.02)


class WrappedBus:
    """A bus that passes everything on. Tests override what they want to spoil."""

    def __init__(self, inner: Bus) -> None:
        self.inner = inner

    async def open(self) -> None:
        await self.inner.open()

    async def publish(self, messages: Sequence[Message]) -> None:
        await self.inner.publish(messages)

    def consume(self, queue: str, *, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Delivery]]:
        return self.inner.consume(queue, prefetch=prefetch)

    async def dead_letters(self, queue: str, *, limit: int) -> Sequence[DeadLetter]:
        return await self.inner.dead_letters(queue, limit=limit)

    async def dead_causes(self, queue: str, *, limit: int) -> Sequence[DeadCause]:
        return await self.inner.dead_causes(queue, limit=limit)

    async def dead_counts(self) -> Mapping[str, int]:
        return await self.inner.dead_counts()

    async def replay(self, queue: str, *, limit: int, which: Which = ALL) -> int:
        return await self.inner.replay(queue, limit=limit, which=which)

    async def dead_marks(self, queue: str, *, limit: int, which: Which = ALL) -> Sequence[Mark]:
        return await self.inner.dead_marks(queue, limit=limit, which=which)

    async def discard(self, queue: str, names: Collection[str]) -> int:
        return await self.inner.discard(queue, names)

    async def depths(self) -> Mapping[str, int]:
        return await self.inner.depths()

    async def close(self) -> None:
        await self.inner.close()


class NotedDelivery:
    """A delivery whose answers are written down instead of given."""

    def __init__(self, message: Message, attempt: int = 1) -> None:
        self.message = message
        self.attempt = attempt
        self.answers: list[tuple[str, float | str | None]] = []

    async def ack(self) -> None:
        self.answers.append(("ack", None))

    async def retry(self, seconds: float) -> None:
        self.answers.append(("retry", seconds))

    async def postpone(self, seconds: float) -> None:
        self.answers.append(("postpone", seconds))

    async def dead_letter(self, reason: str) -> None:
        self.answers.append(("dead_letter", reason))
