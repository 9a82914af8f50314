"""Opens the bus for a person who looks at dead letters (死信), and closes it again: no serving process depends on it.

On RabbitMQ to look means to move, so one look at a time; counts are kept for a while, since open pages ask often.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.clock import stopwatch
from shared.errors import NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, Effect, effect_of
from shared.messaging import metrics
from shared.messaging.bus import Bus, DeadCause, Which
from shared.messaging.topology import QUEUES

MOST_AT_ONCE = 500
"""Letters of a queue that one look or one replay is about. RabbitMQ moves each of them, some 2 ms apiece."""
COUNTS_LIVE_SECONDS = 15.0


@dataclass(frozen=True)
class DeadGroup:
    """What died of one cause in one queue, and how many dead letters that queue has in all."""

    queue: str
    of_cause: DeadCause
    in_queue: int

    @property
    def position(self) -> tuple[str, str, str]:
        return self.queue, self.of_cause.type, self.of_cause.cause


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

    async def groups(self, queue: str | None, after: tuple[str, str, str] | None, limit: int) -> list[DeadGroup]:
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

    async def meant(self, queue: str, which: Which) -> tuple[int, int]:
        """How many letters a replay would be about now, and how many others the queue has."""
        async with self._looking, self._bus() as bus:
            causes = await bus.dead_causes(queue, limit=MOST_AT_ONCE)
            letters = sum(one.letters for one in causes if which.means(one.sample))
            there = (await bus.dead_counts())[queue]
        meant = min(letters, MOST_AT_ONCE)
        return meant, max(there - meant, 0)

    async def replay(self, queue: str, which: Which, limit: int) -> int:
        """Give them back to their queue; how many went."""
        async with self._looking, self._bus() as bus:
            sent = await bus.replay(queue, limit=limit, which=which)
            self._counts = None
        metrics.DEAD_LETTERS_REPLAYED.labels(queue).inc(sent)
        return sent

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


def decision(actor: str, queue: str, which: Which, letters: int, reason: str) -> Act:
    """What the audit log keeps of a replay, before anything moves."""
    payload = {"queues": [queue], "types": [which.type or "*"], "causes": [which.cause or "*"]}
    told = effect_of([f"{queue} {which.type or '*'} {which.cause or '*'} {letters}"])
    return Act(Action.DEAD_LETTERS_REPLAYED, actor, queue, None, reason, Effect(letters, told.digest), payload)


async def tell_dead_letters(bus: Bus) -> int:
    """Publish how many there are, also where there are none any more."""
    for queue, letters in (await bus.dead_counts()).items():
        metrics.DEAD_LETTERS.labels(queue).set(letters)
    return 0


async def _counts(bus: Bus) -> Mapping[str, int]:
    return {queue: letters for queue, letters in (await bus.dead_counts()).items() if letters}
