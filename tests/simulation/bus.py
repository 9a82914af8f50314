"""A bus without a broker and without time of its own: at least once, in no order, and it forgets answers.

Everything that `shared.messaging.bus` promises and not more: what was published may arrive twice, late and before what
was published earlier; what was not answered comes again.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.contracts.events import AbsenceObserved
from shared.errors import Unavailable
from shared.messaging.bus import Delivery, Message, Unroutable
from shared.messaging.topology import DELIVERY_LIMIT, QUEUES, bound_queues, dead_queue
from tests.simulation.chance import Weather

_ONLY_HINTS = "sync.push."
"""A broker may lose these altogether: they only say that there is work, which is found again in the tables."""
_COPY_COMES_LATE = (timedelta(), timedelta(seconds=30), timedelta(hours=20))


@dataclass
class Kept:
    """One message in one queue."""

    message: Message
    ready_at: datetime
    attempts: int = 0


@dataclass
class SimulatedBus:
    """Every queue of the house, in memory."""

    clock: Clock
    weather: Weather
    queues: dict[str, list[Kept]] = field(default_factory=lambda: {queue: [] for queue in QUEUES})
    dead: dict[str, list[tuple[Message, str]]] = field(default_factory=dict)
    absences: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often it was told that a record is gone from a portal; a message counts once however often it comes."""
    _told: set[str] = field(default_factory=set)

    async def open(self) -> None:
        """There is nothing to connect to."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def publish(self, messages: Sequence[Message]) -> None:
        if self.weather.strikes("bus_away", "publish"):
            raise Unavailable("the broker is away")
        unroutable = set()
        for message in messages:
            if message.type == AbsenceObserved.TYPE and message.message_id not in self._told:
                self._told.add(message.message_id)
                told = [event["data"] for event in json.loads(message.body)]
                self.absences.update((data["record_id"], data["portal"]) for data in told)
            queues = bound_queues(QUEUES, message.routing_key)
            if not queues:
                unroutable.add(message.routing_key)
            for queue in queues:
                if queue.startswith(_ONLY_HINTS) and self.weather.strikes("lost", queue):
                    continue
                self.queues[queue].append(Kept(message, self.clock.now()))
                if self.weather.strikes("doubled", queue):
                    late = self.weather.random.choice(_COPY_COMES_LATE)
                    self.queues[queue].append(Kept(message, self.clock.now() + late))
        if unroutable:
            raise Unroutable(unroutable)
        if self.weather.strikes("confirm_lost", "publish"):
            raise Unavailable("the broker's confirm was lost")

    @asynccontextmanager
    async def consume(self, queue: str, *, prefetch: int) -> AsyncIterator[AsyncIterator[Delivery]]:
        yield self._deliveries(queue)

    async def _deliveries(self, queue: str) -> AsyncIterator[Delivery]:
        while self.ready(queue):
            yield self.take(queue)

    async def depths(self) -> Mapping[str, int]:
        now = self.clock.now()
        depths = {queue: sum(kept.ready_at <= now for kept in held) for queue, held in self.queues.items()}
        return depths | {dead_queue(queue): len(held) for queue, held in self.dead.items()}

    def ready(self, queue: str) -> bool:
        now = self.clock.now()
        return any(kept.ready_at <= now for kept in self.queues[queue])

    def take(self, queue: str) -> "SimulatedDelivery":
        """Some message that is ready: the oldest in fair weather, any one in bad."""
        now = self.clock.now()
        ready = [kept for kept in self.queues[queue] if kept.ready_at <= now]
        kept = self.weather.random.choice(ready) if self.weather.bad else ready[0]
        self.queues[queue].remove(kept)
        kept.attempts += 1
        return SimulatedDelivery(self, queue, kept)

    def next_ready(self) -> datetime | None:
        return min((kept.ready_at for held in self.queues.values() for kept in held), default=None)


@dataclass
class SimulatedDelivery:
    """`Delivery` of the simulated bus. What a dead consumer held is given back."""

    bus: SimulatedBus
    queue: str
    kept: Kept
    answered: bool = False

    @property
    def message(self) -> Message:
        return self.kept.message

    @property
    def attempt(self) -> int:
        return self.kept.attempts

    async def ack(self) -> None:
        self.bus.weather.may_kill(f"{self.queue} before the acknowledgement")
        self.answered = True
        if self.bus.weather.strikes("ack_lost", self.queue):
            self._again(0)
            raise Unavailable("the acknowledgement did not arrive")

    async def retry(self, seconds: float) -> None:
        if self.attempt >= DELIVERY_LIMIT:
            await self.dead_letter("delivery limit")
        else:
            self._again(seconds)

    async def postpone(self, seconds: float) -> None:
        self.kept.attempts -= 1
        self._again(seconds)

    async def dead_letter(self, reason: str) -> None:
        self.answered = True
        self.bus.dead.setdefault(self.queue, []).append((self.message, reason))

    def give_back(self) -> None:
        """The consumer is gone."""
        if not self.answered:
            self._again(0)

    def _again(self, seconds: float) -> None:
        self.answered = True
        self.kept.ready_at = self.bus.clock.now() + timedelta(seconds=seconds)
        self.bus.queues[self.queue].append(self.kept)
