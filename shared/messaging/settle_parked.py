"""Settles events that were set aside: back to their queue, or discarded for good; with who, why and when (处置).

An event that goes back travels in a new message that only its own queue hears. What was discarded stays in the audit
log as a digest. Serves guarantees G01 (set aside is not lost) and G14.
"""

import hashlib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, insert

from shared.contracts.envelope import Unreadable
from shared.database.mechanics import outbox, parked_event
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.ids import new_id
from shared.messaging.bus import Message
from shared.messaging.parked_events import Chosen, ParkedEvent, list_parked
from shared.messaging.reading import Illegible, read
from shared.messaging.topology import own_key
from shared.messaging.unit_of_work import EVENTS_A_MESSAGE, UnitOfWork

MOST_AT_ONCE = 1_000


class Remedy(StrEnum):
    """What a person decides about events that were set aside."""

    RETRY = "retry"
    DISCARD = "discard"


async def choose(work: UnitOfWork, chosen: Chosen) -> list[ParkedEvent]:
    """The oldest events that a remedy would be applied to now, at most `MOST_AT_ONCE`; locked."""
    return await list_parked(work.connection, chosen, limit=MOST_AT_ONCE, lock=True)


def still_unreadable(events: Sequence[ParkedEvent]) -> int:
    """How many of them would be set aside again at once, since they break their contract in this release too."""
    return sum(_is_unreadable(event) for event in events)


async def settle(work: UnitOfWork, events: Sequence[ParkedEvent], remedy: Remedy, *, actor: str, reason: str) -> None:
    """Apply the remedy to events that `choose` has locked in this transaction."""
    if not events:
        return
    gone = delete(parked_event).where(parked_event.c.parked_id == bindparam("one"))
    await work.connection.execute(gone, [{"one": event.parked_id} for event in events])
    if remedy is Remedy.RETRY:
        await work.connection.execute(insert(outbox), list(_messages(work, events)))
        work.told_by_statement(len(events))
    work.audit(_act(events, remedy, actor, reason))


def _messages(work: UnitOfWork, events: Sequence[ParkedEvent]) -> Iterator[dict[str, Any]]:
    """Events of one queue and type travel together, in the order in which they were set aside."""
    for (queue, kind), group in groupby(sorted(events, key=_order), key=lambda one: (one.queue, one.type)):
        alike = list(group)
        for start in range(0, len(alike), EVENTS_A_MESSAGE):
            together = alike[start : start + EVENTS_A_MESSAGE]
            yield {
                "message_id": new_id(),
                "type": kind,
                "routing_key": own_key(queue),
                "events": len(together),
                "body": f"[{','.join(one.event for one in together)}]".encode(),
                "stored_at": work.now,
                "leased_until": None,
            }


def _order(event: ParkedEvent) -> tuple[str, str, str]:
    return event.queue, event.type, event.parked_id


def _act(events: Sequence[ParkedEvent], remedy: Remedy, actor: str, reason: str) -> Act:
    lines = (f"{one.parked_id} {hashlib.sha256(one.event.encode()).hexdigest()}" for one in events)
    action = Action.PARKED_EVENTS_RETRIED if remedy is Remedy.RETRY else Action.PARKED_EVENTS_DISCARDED
    queues, kinds = sorted({one.queue for one in events}), sorted({one.type for one in events})
    causes = sorted({one.cause for one in events})[:10]
    subject = events[0].parked_id if len(events) == 1 else queues[0]
    payload = {"queues": queues, "types": kinds, "causes": causes}
    return Act(action, actor, subject, None, reason, effect_of(lines), payload)


def _is_unreadable(event: ParkedEvent) -> bool:
    message = Message(event.message_id, event.type, own_key(event.queue), f"[{event.event}]".encode())
    try:
        return isinstance(read(message)[0], Unreadable)
    except Illegible:
        return True
