"""Opens the bus for a person who looks at dead letters (死信), and closes it again: no serving process depends on it.

On RabbitMQ to look means to move, so one look at a time; counts are kept for a while, since open pages ask often.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from shared.clock import stopwatch
from shared.errors import NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.messaging import metrics
from shared.messaging.bus import Bus, DeadCause, Mark, Which
from shared.messaging.settle_parked import Remedy
from shared.messaging.topology import QUEUES
from shared.web.totals import Total

MOST_AT_ONCE = 500
"""Letters of a queue that one look or one decision is about. RabbitMQ moves each of them, some 2 ms apiece."""
COUNTS_LIVE_SECONDS = 15.0
_NAMED, _NAMED_CHARACTERS = 50, 40
"""An audit entry names so many of the discarded messages; its effect covers all of them."""


Position = tuple[str, str, str]
"""Queue, type and cause."""


@dataclass(frozen=True)
class DeadGroup:
    """What died of one cause in one queue, and how many dead letters that queue has in all."""

    queue: str
    of_cause: DeadCause
    in_queue: int

    @property
    def position(self) -> Position:
        return self.queue, self.of_cause.type, self.of_cause.cause


@dataclass(frozen=True)
class Meant:
    """The letters that a decision is about, and how many others their queue has."""

    marks: Sequence[Mark]
    others: int

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.marks]


class DeadLetterOffice:
    """The dead letters as one process sees them."""

    def __init__(self, make_bus: Callable[[], Bus]) -> None:
        self._make_bus = make_bus
        self._looking = asyncio.Lock()
        self._counted_at = 0.0
        self._counts: Mapping[str, int] | None = None

    async def counts(self) -> Mapping[str, int]:
        """Dead letters by queue, those without any left out."""
        async with self._looking:
            if self._counts is None or stopwatch() - self._counted_at > COUNTS_LIVE_SECONDS:
                async with self._bus() as bus:
                    self._counts, self._counted_at = await _counts(bus), stopwatch()
            return self._counts

    async def groups(self, queue: str | None, after: Position | None, limit: int) -> list[DeadGroup]:
        """By queue, type and cause, behind a position; queues are read until there are enough."""
        found: list[DeadGroup] = []
        async with self._looking, self._bus() as bus:
            counts = self._counts = await _counts(bus)
            self._counted_at = stopwatch()
            for name in sorted(counts):
                if len(found) >= limit or name != (queue or name) or (after is not None and name < after[0]):
                    continue
                groups = (DeadGroup(name, one, counts[name]) for one in await bus.dead_causes(name, limit=MOST_AT_ONCE))
                found += [one for one in groups if after is None or one.position > after]
        return found[:limit]

    async def counted_groups(
        self, queue: str | None, after: Position | None, limit: int
    ) -> tuple[list[DeadGroup], Total]:
        """The same with how many there are in all: one look tells both."""
        every = await self.groups(queue, None, MOST_AT_ONCE * len(QUEUES))
        total = Total(items=len(every), or_more=any(one.in_queue > MOST_AT_ONCE for one in every))
        return [one for one in every if after is None or one.position > after][:limit], total

    async def meant(self, queue: str, which: Which) -> Meant:
        """Which letters a decision would be about now."""
        async with self._looking, self._bus() as bus:
            marks = await bus.dead_marks(queue, limit=MOST_AT_ONCE, which=which)
            there = (await bus.dead_counts())[queue]
        return Meant(marks, max(there - len(marks), 0))

    async def replay(self, queue: str, which: Which, names: Collection[str]) -> int:
        """Give those of them that have these names back to their queue; how many went."""
        decided = replace(which, names=frozenset(names))
        async with self._looking, self._bus() as bus:
            sent = await bus.replay(queue, limit=len(names), which=decided)
            self._counts = None
        metrics.DEAD_LETTERS_REPLAYED.labels(queue).inc(sent)
        return sent

    async def discard(self, queue: str, names: Collection[str]) -> int:
        """Destroy those with these names; how many there were."""
        async with self._looking, self._bus() as bus:
            gone = await bus.discard(queue, names)
            self._counts = None
        metrics.DEAD_LETTERS_DISCARDED.labels(queue).inc(gone)
        return gone

    @asynccontextmanager
    async def _bus(self) -> AsyncIterator[Bus]:
        bus = self._make_bus()
        await bus.open()
        try:
            yield bus
        finally:
            await bus.close()


def known_queue(queue: str) -> str:
    """The queue, or the problem that the house has none of that name."""
    if queue not in QUEUES:
        raise Problem(NOT_FOUND, f"No queue is called {queue[:64]}. There are: {', '.join(sorted(QUEUES))}.")
    return queue


def decision(remedy: Remedy, actor: str, queue: str, which: Which, meant: Meant, reason: str) -> Act:
    """What the audit log keeps of it, before anything moves: the effect has a line for each letter, with the digest of
    what it says."""
    action = Action.DEAD_LETTERS_DISCARDED if remedy is Remedy.DISCARD else Action.DEAD_LETTERS_REPLAYED
    payload = {"queues": [queue], "types": [which.type or "*"], "causes": [which.cause or "*"]}
    if remedy is Remedy.DISCARD:
        payload["messages"] = [one.name[:_NAMED_CHARACTERS] for one in meant.marks[:_NAMED]]
    effect = effect_of(f"{one.name} {one.digest}" for one in meant.marks)
    return Act(action, actor, queue, None, reason, effect, payload)


async def tell_dead_letters(bus: Bus) -> int:
    """Publish how many there are, also where there are none any more."""
    for queue, letters in (await bus.dead_counts()).items():
        metrics.DEAD_LETTERS.labels(queue).set(letters)
    return 0


async def _counts(bus: Bus) -> Mapping[str, int]:
    return {queue: letters for queue, letters in (await bus.dead_counts()).items() if letters}
