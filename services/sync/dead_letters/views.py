"""What callers are told of dead letters (死信), and what they say: names and causes, never what is in one (G12)."""

import json
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.sync.dead_letters.office import DeadGroup
from shared.messaging.bus import CAUSE_CHARACTERS, Message
from shared.messaging.reading import Illegible, read
from shared.messaging.settle_parked import Remedy
from shared.observability.redaction import clean
from shared.reasons import READABLE

TEXT = r"^[^\x00]*$"
Kind = Annotated[str, Field(max_length=80, pattern=TEXT)]
Cause = Annotated[str, Field(max_length=CAUSE_CHARACTERS, pattern=TEXT)]


class QueueLetters(BaseModel):
    """A queue that has dead letters (死信), and how many."""

    queue: str
    letters: int


class SampleView(BaseModel):
    """The oldest of them, without what it says: how often it was delivered, how many events it holds when they can be
    counted, the subject that its first event names, and whether this release can read it."""

    message_id: str
    attempts: int
    size: int = Field(description="Bytes.")
    events: int | None
    about: str | None
    readable: bool


class DeadLetterGroup(BaseModel):
    """Dead letters of one queue and type that died of the same cause. On RabbitMQ up to 500 of a queue are looked at:
    `in_queue` counts all of them."""

    queue: str
    type: str
    cause: str
    letters: int
    in_queue: int
    oldest_at: datetime | None
    newest_at: datetime | None
    sample: SampleView


class DeadLetterSettlement(BaseModel):
    """What becomes of which of the queue's dead letters, and why: those of type and cause, all when neither is given,
    500 a call. Try with `dry_run` first."""

    model_config = ConfigDict(extra="forbid")
    remedy: Remedy = Remedy.RETRY
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=READABLE)]
    type: Kind | None = None
    cause: Cause | None = None
    dry_run: bool = False


class DeadLettersSettled(BaseModel):
    """How many messages go back or are destroyed, or would be; how many dead letters the queue has besides; of which
    instant that is true: the same call, repeated, moves none but these, and nothing that died later."""

    letters: int
    others: int
    decided_at: datetime
    dry_run: bool
    message_ids: list[str] = Field(default_factory=list, description="Those that go back or are destroyed.")


def shown(group: DeadGroup) -> DeadLetterGroup:
    """A group with a sample of it."""
    one = group.of_cause
    return DeadLetterGroup(
        queue=group.queue,
        type=clean(one.type)[:80],
        cause=clean(one.cause),
        letters=one.letters,
        in_queue=group.in_queue,
        oldest_at=one.oldest_at,
        newest_at=one.newest_at,
        sample=_sample(one.sample.message, one.sample.attempts),
    )


def _sample(message: Message, attempts: int) -> SampleView:
    events = _events(message.body)
    first = events[0] if events else None
    subject = first.get("subject") if isinstance(first, dict) else None
    return SampleView(
        message_id=message.message_id,
        attempts=attempts,
        size=len(message.body),
        events=None if events is None else len(events),
        about=clean(subject)[:80] if isinstance(subject, str) else None,
        readable=_is_readable(message),
    )


def _events(body: bytes) -> list[object] | None:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, list) else None


def _is_readable(message: Message) -> bool:
    try:
        read(message)
    except Illegible:
        return False
    return True
