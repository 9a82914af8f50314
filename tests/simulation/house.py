"""The four services at work, one step at a time: a step is what one worker does between two looks at its queue.

Everything that decides is the house's own: handlers behind the real consumer, the real relay, timers and push desks.
Here is only who gets the next turn.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from services.disclosure.handlers import Handlers as DisclosureHandlers
from services.disclosure.policy.book import LawBook
from services.disclosure.policy.reevaluate import reevaluate_due
from services.disclosure.take_down import expire
from services.ingest import handlers as ingest_handlers
from services.repair import handlers as repair_handlers
from services.sync import tables as sync_tables
from services.sync.handlers import Handlers as SyncHandlers
from services.sync.push import PushDesk
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.timers import timers as sync_timers
from services.sync.webhooks.sequence import number_changes
from shared.calendars.book import CalendarBook
from shared.clock import FrozenClock
from shared.errors import Unavailable
from shared.evidence.link import link_entries
from shared.messaging.consumer import Consumer, Handler
from shared.messaging.reading import read
from shared.messaging.relay import Relay
from shared.messaging.topology import push_queue
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.runtime import Ground
from shared.timers import Timer
from shared.vocabulary import Portal
from tests.simulation.bus import SimulatedBus
from tests.simulation.chance import Killed, Weather
from tests.simulation.databases import FragileDatabase, Peek
from tests.simulation.due import APPROVED, ASKED, OWED, STOPPED, due, following, has_to_tell, instant, stamp
from tests.simulation.journal import Journal
from tests.simulation.portals import MockPortal
from tests.simulation.subscribers import Subscribers
from tests.simulation.watcher import Watch, watched

RECONCILE_CRON = "30 2 * * *"
_STOPPED = timedelta(minutes=10)
STEPS_A_TURN = 1_500
"""A house that is not at rest after so many steps goes round in circles."""

Step = Callable[[], Awaitable[object]]


class Restless(AssertionError):
    """The house does not come to rest."""


@dataclass
class House:
    """One run of the whole house."""

    clock: FrozenClock
    weather: Weather
    journal: Journal
    bus: SimulatedBus
    databases: dict[str, FragileDatabase]
    peeks: dict[str, Peek]
    mocks: dict[Portal, MockPortal]
    watch: Watch
    law: LawBook
    subscribers: Subscribers
    handlers: dict[str, Handler] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    desks: dict[Portal, PushDesk] = field(default_factory=dict)
    limit: MendingLimit = field(default_factory=partial(MendingLimit, records=2))
    after_step: Callable[[], None] = lambda: None
    steps: int = 0

    def start_workers(self) -> None:
        adapters = {portal: watched(mock, self.watch, self.weather) for portal, mock in self.mocks.items()}
        ground = Ground(self.databases["sync"], self.bus, self.clock)
        disclosure = DisclosureHandlers(self.law)
        sync = SyncHandlers(adapters, CalendarBook(sync_tables.calendar_year))
        self.handlers = {
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
        self.timers = {one.name: one for one in sync_timers(ground, adapters, self.limit, RECONCILE_CRON)}
        self.desks = {
            portal: PushDesk(self.databases["sync"], self.clock, adapter, sleep=_no_time)
            for portal, adapter in adapters.items()
        }
        self.adapters = adapters

    @asynccontextmanager
    async def work(self, service: str) -> AsyncIterator[UnitOfWork]:
        async with unit_of_work(self.databases[service], self.clock) as work:
            yield work

    async def run(self, name: str, step: Step) -> None:
        """One step of one worker, which may die in it; another one takes its place."""
        self.steps += 1
        try:
            await step()
        except Killed as death:
            self.journal.note("killed", f"{name}: {death}")
        except Unavailable as reason:
            self.journal.note("postponed", f"{name}: {reason}")
        self.after_step()

    async def stir(self, steps: int) -> None:
        """Let a few things happen at this moment."""
        for _ in range(steps):
            if ready := self.ready():
                name = self.weather.random.choice(sorted(ready))
                await self.run(name, ready[name])

    async def rest(self, until: datetime) -> None:
        """Let everything happen that happens by this moment, in an order of chance while the weather is bad."""
        for _ in range(STEPS_A_TURN):
            ready = self.ready()
            if ready:
                name = self.weather.random.choice(sorted(ready)) if self.weather.bad else next(iter(ready))
                await self.run(name, ready[name])
                continue
            following = self.next_moment()
            if following is None or following > until:
                break
            self.clock.advance(max(following - self.clock.now(), timedelta(microseconds=1)))
        else:
            raise Restless(f"the house is not at rest after {STEPS_A_TURN} steps: {sorted(self.ready())}")
        self.clock.advance(max(until - self.clock.now(), timedelta()))

    async def each_day(self) -> None:
        """What timers do when a day begins."""
        for name, step in {"expire": self._expire, "reevaluate": self._reevaluate}.items():
            for _ in range(20):
                await self.run(name, step)
                if not self._left:
                    break

    async def reconcile(self) -> None:
        await self.run("reconciliation", self.timers["sync.daily_reconciliation"].job)

    async def probe(self, *, only_stopped: bool = False) -> None:
        """What the sentinels do all day: at every portal, or where one of them has stopped the orders."""
        stopped = {row["portal"] for row in self.peeks["sync"].rows(STOPPED)}
        for portal in self.mocks:
            if portal in stopped or not only_stopped:
                await self.run(f"sentinel {portal}", partial(self._probe, portal))

    async def _probe(self, portal: Portal) -> None:
        """Whoever dies here may have noted what the probe found, or not."""
        known = self.watch.departed.pop(portal, False)
        self.watch.probed.pop(portal, None)
        try:
            await self.timers[f"sync.sentinel.{portal}"].job()
        except Unavailable:
            self.watch.departed[portal] = known
            raise
        self.watch.departed[portal] = self.watch.probed.get(portal, known)

    async def keep_digests(self) -> None:
        """What two timers do with the digests of what is wanted."""
        for name in ("sync.fold_digests", "sync.audit_digests"):
            await self.run(name, self.timers[name].job)

    async def tell_subscribers(self) -> None:
        """Number what changed and send what is due."""
        sync = self.databases["sync"]
        deliverer = self.subscribers.deliverer(sync, self.clock)
        await self.run("changes", partial(number_changes, sync, self.clock))
        now = stamp(self.clock.now())
        for subscriber_id in [row[0] for row in self.peeks["sync"].rows(OWED, now)]:
            await self.run(f"deliver {subscriber_id}", partial(deliverer.deliver, subscriber_id))

    async def link(self) -> None:
        for name, database in self.databases.items():
            await self.run(f"link {name}", partial(link_entries, database, self.clock))

    def ready(self) -> dict[str, Step]:
        """Every worker that has something to do now."""
        found: dict[str, Step] = {}
        now = stamp(self.clock.now())
        for name, peek in self.peeks.items():
            if has_to_tell(peek, now):
                found[f"relay {name}"] = Relay(self.databases[name], self.bus, self.clock).run_once
        for queue in self.bus.queues:
            if self.bus.ready(queue):
                found[queue] = partial(self._push if queue.startswith("sync.push.") else self._consume, queue)
        found |= self._due_at_portals(now)
        for portal, mock in self.mocks.items():
            if mock.has_work(now):
                found[f"portal {portal}"] = mock.work
        return found

    def _due_at_portals(self, now: str) -> dict[str, Step]:
        found: dict[str, Step] = {}
        for portal, at in due(self.peeks["sync"], self.clock.now()).items():
            if at.looks:
                found[f"look {portal}"] = self.timers[f"sync.verify.{portal}"].job
            if at.receipts:
                found[f"receipts {portal}"] = self.timers[f"sync.receipts.{portal}"].job
            if at.pushes and not self._pushing(portal):
                found["push again"] = self.timers["sync.push_again"].job
        if self.peeks["sync"].one(APPROVED, now):
            found["mend approved"] = self.timers["sync.mend_approved"].job
        for row in self.peeks["sync"].rows(ASKED, now):
            found[f"reconcile {row['portal']}"] = self.timers[f"sync.reconcile.{row['portal']}"].job
        return found

    def _pushing(self, portal: str) -> bool:
        return any(self.bus.queues[push_queue(Portal(portal), take_down=way)] for way in (True, False))

    def next_moment(self) -> datetime | None:
        """When the next worker will have something to do."""
        now = self.clock.now()
        at_portals = [mock.next_work() for mock in self.mocks.values()]
        found = [self.bus.next_ready(), *following(self.peeks, at_portals, now)]
        return min((one for one in found if one is not None and one > now), default=None)

    async def _consume(self, queue: str) -> None:
        stopped = asyncio.Event()
        stopped.set()
        service = queue.partition(".")[0]
        consumer = Consumer(self.databases[service], self.bus, queue, self.handlers[queue], self.clock)
        delivery = self.bus.take(queue)
        self.journal.note("delivered", f"{queue} {delivery.message.message_id} attempt {delivery.attempt}")
        try:
            await consumer.take(delivery, stopped)
        finally:
            delivery.give_back()

    async def _push(self, queue: str) -> None:
        """What `work_queue` does with one message; while the breaker is open it waits without a clock of its own."""
        delivery = self.bus.take(queue)
        _, _, portal, lane = queue.split(".")
        try:
            pause = self._closed_for(portal)
            if pause > timedelta():
                await delivery.postpone(pause.total_seconds())
                return
            try:
                await self.desks[Portal(portal)].push(len(read(delivery.message)), take_downs_only=lane == "take_down")
            except Unavailable:
                await delivery.postpone(1)
                return
            await delivery.ack()
        finally:
            delivery.give_back()

    def _closed_for(self, portal: str) -> timedelta:
        if self.peeks["sync"].one("SELECT 1 FROM portal_channel WHERE portal = ? AND stopped_by IS NOT NULL", portal):
            return _STOPPED
        probe_at = self.peeks["sync"].one("SELECT probe_at FROM portal_channel WHERE portal = ?", portal)
        if not probe_at:
            return timedelta()
        return instant(probe_at) - self.clock.now()

    async def _expire(self) -> None:
        self._left = 1
        async with self.work("disclosure") as work:
            self._left = await expire(work)

    async def _reevaluate(self) -> None:
        self._left = 1
        self._left = await reevaluate_due(self.databases["disclosure"], self.clock, self.law)


async def _no_time(_seconds: float) -> None:
    """A pause by the clock of the house is none for us: it moves when there is nothing else to do."""
