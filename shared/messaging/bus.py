"""What a message broker must do for us. RabbitMQ and the embedded bus both do it; one contract suite proves it."""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

CAUSE_CHARACTERS = 80


@dataclass(frozen=True)
class Message:
    """A batch of events of one type. `message_id` stays the same through every redelivery and republication."""

    message_id: str
    type: str
    routing_key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DeadLetter:
    """A message that nothing could be done with, why, how often it had been delivered, and when it was given up, by
    wall time; a broker that buried it by itself may not say."""

    message: Message
    reason: str
    attempts: int
    dead_at: datetime | None = None

    @property
    def cause(self) -> str:
        """By which dead letters are merged. Reasons are sentences of ours and words of the broker: they name nobody."""
        return self.reason[:CAUSE_CHARACTERS]

    @property
    def mark(self) -> "Mark":
        return mark_of(self.message.message_id, self.message.body)


@dataclass(frozen=True)
class Mark:
    """A dead letter by its name, and SHA-256 over what it says: enough to find it again, and to prove it later."""

    name: str
    digest: str


def mark_of(message_id: str, body: bytes) -> Mark:
    """Its name is its identifier; that of a stranger's message without one is the beginning of its digest."""
    digest = hashlib.sha256(body).hexdigest()
    return Mark(message_id or digest[:32], digest)


@dataclass(frozen=True)
class DeadCause:
    """Dead letters of one type that died of the same cause: how many, since when, and one of them."""

    type: str
    cause: str
    letters: int
    oldest_at: datetime | None
    newest_at: datetime | None
    sample: DeadLetter


@dataclass(frozen=True)
class Which:
    """Which dead letters of a queue are meant. What is not said does not matter."""

    type: str | None = None
    cause: str | None = None
    died_before: datetime | None = None
    names: frozenset[str] | None = None

    def means(self, letter: DeadLetter) -> bool:
        """One that does not know when it died is old."""
        late = self.died_before is not None and letter.dead_at is not None and letter.dead_at > self.died_before
        if late or (self.names is not None and letter.mark.name not in self.names):
            return False
        return self.type in (None, letter.message.type) and self.cause in (None, letter.cause)


ALL = Which()


class Delivery(Protocol):
    """One message handed to a consumer, with exactly one of the four answers to give.

    An answer that cannot be given raises `Unavailable`; the message then comes again by itself.
    """

    @property
    def message(self) -> Message: ...

    @property
    def attempt(self) -> int:
        """1 the first time, and one more with each delivery after that, except those that were postponed."""
        ...

    async def ack(self) -> None:
        """It has taken effect."""
        ...

    async def retry(self, seconds: float) -> None:
        """Deliver it again after about this long. Beyond the delivery limit it goes to the dead letters."""
        ...

    async def postpone(self, seconds: float) -> None:
        """Deliver it again after about this long, through no fault of its own: it does not count as an attempt."""
        ...

    async def dead_letter(self, reason: str) -> None:
        """Nothing can be done with it: our own fault, for a person to see."""
        ...


class Bus(Protocol):
    """Durable queues with at-least-once delivery. Every call ends in bounded time or raises `Unavailable`."""

    async def open(self) -> None:
        """Connect and make sure that the topology exists."""
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return only when every message is safely stored in every queue bound to its routing key.

        Raises `Unroutable` when a routing key has no queue, but only after every other message is stored;
        `Unavailable` when the broker does not confirm. After that some of the messages may have arrived: publish
        them again, receivers are idempotent.
        """
        ...

    def consume(self, queue: str, *, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Delivery]]:
        """Deliveries of one queue, oldest first, at most `prefetch` unanswered at a time.

        Leaving the context gives unanswered deliveries back to the queue.
        """
        ...

    async def dead_letters(self, queue: str, *, limit: int) -> Sequence[DeadLetter]:
        """Some of the dead letters of a queue, the oldest of those that were not shown lately; they stay."""
        ...

    async def dead_causes(self, queue: str, *, limit: int) -> Sequence[DeadCause]:
        """The dead letters of a queue merged by type and cause, in that order; at least `limit` of them are looked
        at. They stay."""
        ...

    async def dead_counts(self) -> Mapping[str, int]:
        """How many dead letters each queue has, by the name of the queue itself."""
        ...

    async def dead_marks(self, queue: str, *, limit: int, which: Which = ALL) -> Sequence[Mark]:
        """Those that are meant among the dead letters of a queue, at least `limit` of which are looked at; at most
        `limit`. They stay."""
        ...

    async def replay(self, queue: str, *, limit: int, which: Which = ALL) -> int:
        """Give up to `limit` dead letters back to their queue and to no other, as if they were new; how many."""
        ...

    async def discard(self, queue: str, names: Collection[str]) -> int:
        """Destroy the dead letters with these names, and no others; how many there were."""
        ...

    async def depths(self) -> Mapping[str, int]:
        """Messages that a consumer could have now, by queue; dead letters under `<queue>.dead`."""
        ...

    async def close(self) -> None: ...


class Unroutable(Exception):
    """No queue is bound to these routing keys: the topology and the catalogue disagree. Retrying cannot help."""

    def __init__(self, routing_keys: Collection[str]) -> None:
        super().__init__(f"no queue is bound to {', '.join(sorted(routing_keys))}")
        self.routing_keys = frozenset(routing_keys)
