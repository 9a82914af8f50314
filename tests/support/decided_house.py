"""disclosure and sync with a real bus between them, moved step by step, and the comparison of the two (告知核对).

`relay` brings what disclosure told to the bus; `carry` lets sync hear it, `lose` takes it from the queue as a broker
does that forgets what it had confirmed.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from services.sync.decided import store
from services.sync.decided.compare import REPEAT_LIMIT, CompareDesk, ask, go_on
from services.sync.decided.source import Disclosure
from services.sync.decided.tables import decided_check, decided_difference
from services.sync.decided.timers import tell_decided
from services.sync.handlers import Handlers
from services.sync.tables import calendar_year
from shared.calendars.book import CalendarBook
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.envelope import Event, decode
from shared.database.mechanics import outbox
from shared.database.types import AnyRow
from shared.messaging.bus import Message
from shared.messaging.relay import Relay
from shared.messaging.topology import QUEUES, bound_queues
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.client import OutboundClient
from tests.support.buses import next_of
from tests.support.services import RunningService, running_service
from tests.support.sync_house import SyncHouse, sync_house

SETTLED = timedelta(minutes=11)
HEARD = ("sync.publications", "sync.take_downs")


class Tokens:
    """sync's own identity, as the test's issuer signs it."""

    def __init__(self, disclosure: RunningService, scope: str = "decided:read decided:repeat") -> None:
        self._disclosure = disclosure
        self._scope = scope

    async def headers(self) -> dict[str, str]:
        headers = self._disclosure.headers(scope=self._scope, sub="sync", client_id="sync")
        return {name: value for name, value in headers.items() if name == "Authorization"}

    def forget(self) -> None:
        """A new one is signed each time."""


@dataclass
class DecidedHouse:
    """The two services, and how many messages lie in each queue of sync."""

    disclosure: RunningService
    sync: SyncHouse
    source: Disclosure
    waiting: Counter[str]

    async def relay(self) -> None:
        """What disclosure told goes to the bus, which confirms it."""
        async with self.disclosure.database.reading() as connection:
            keys = (await connection.scalars(select(outbox.c.routing_key))).all()
        relay = Relay(self.disclosure.database, self.sync.bus, self.disclosure.clock)
        while await relay.run_once():
            pass
        self.waiting.update(queue for key in keys for queue in bound_queues(QUEUES, key))

    async def carry(self) -> None:
        """sync hears what lies in its queues."""
        handlers = Handlers(self.sync.fakes, CalendarBook(calendar_year))
        for queue, handle in zip(HEARD, (handlers.publications, handlers.take_downs), strict=True):
            for message in await self._taken(queue):
                async with unit_of_work(self.sync.database, self.sync.clock) as work:
                    await handle(work, _events(message))
        await self.sync.heard()

    async def lose(self) -> int:
        """How many confirmed messages the broker forgot."""
        return len([message for queue in HEARD for message in await self._taken(queue)])

    async def tell(self) -> None:
        await self.relay()
        await self.carry()

    async def compare(self, limit: int = REPEAT_LIMIT, *, without_limit: str | None = None) -> AnyRow:
        """Ask for a comparison and carry it through, the settle time included."""
        check_id = await self.ask(without_limit=without_limit)
        await self.step(limit)
        self.sync.clock.advance(SETTLED)
        await self.step(limit)
        return await self.check(check_id)

    async def ask(self, *, without_limit: str | None = None) -> str:
        async with unit_of_work(self.sync.database, self.sync.clock) as work:
            return await ask(work, "operator", without_limit=without_limit)

    async def step(self, limit: int = REPEAT_LIMIT) -> int:
        return await go_on(CompareDesk(self.sync.database, self.sync.clock, self.sync.bus, self.source, limit=limit))

    async def check(self, check_id: str) -> AnyRow:
        return (await self.sync.rows(select(decided_check).where(decided_check.c.check_id == check_id)))[0]

    async def open(self) -> dict[str, int]:
        """The confirmed differences by kind, as operators see them."""
        await tell_decided(self.sync.ground)
        async with self.sync.database.reading() as connection:
            return await store.counts(connection)

    async def doubts(self) -> int:
        return await self.sync.count(decided_difference)

    async def _taken(self, queue: str) -> list[Message]:
        number = self.waiting.pop(queue, 0)
        found: list[Message] = []
        if number:
            async with self.sync.bus.consume(queue, prefetch=number) as deliveries:
                for _ in range(number):
                    delivery = await next_of(deliveries)
                    await delivery.ack()
                    found.append(delivery.message)
        return found


def _events(message: Message) -> list[Event]:
    members = decode(message.body, CATALOGUE[message.type].data)
    return [one for one in members if isinstance(one, Event)]


@asynccontextmanager
async def decided_house(database_url: str, bus_url: str, data_dir: Path) -> AsyncIterator[DecidedHouse]:
    """On SQLite each service has a file of its own."""
    own_file = database_url.replace("test.db", "sync.db")
    async with (
        running_service("disclosure", database_url, data_dir) as disclosure,
        sync_house(own_file, bus_url) as sync,
        OutboundClient("http://disclosure.test", app=disclosure.app) as http,
    ):
        sync.clock = disclosure.clock
        yield DecidedHouse(disclosure, sync, Disclosure(http, Tokens(disclosure)), Counter())
