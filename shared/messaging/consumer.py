"""Lets a handler take the events of one queue: one message, one transaction, with its inbox rows (guarantee G01).

A handler that fails is not asked to find the guilty event: the message is split in halves, each in a transaction of
its own, until the event stands alone. It gets three attempts and is then parked. A database that is away is
nobody's fault: the message waits, and nothing is ever parked for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from shared.clock import Clock, stopwatch
from shared.contracts.envelope import Event, Unreadable
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.messaging import metrics
from shared.messaging.bus import Bus, Delivery, Message
from shared.messaging.inbox import mark_handled, mark_handled_of, not_yet_handled, not_yet_handled_of
from shared.messaging.intake import intake, pause
from shared.messaging.parked import park
from shared.messaging.positions import halves
from shared.messaging.reading import Illegible, read
from shared.messaging.topology import back_off
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

ATTEMPTS = 3
"""Deliveries after which an event that the handler still refuses is parked."""

MESSAGES_TOGETHER, BYTES_TOGETHER = 20, 128 * 1024
"""Messages that come one behind the other share a transaction where the handler allows it, up to the size of one of a
hundred events. On a busy machine ten small ones a second, each in its own transaction, waited for each other: 30 s."""

Handler = Callable[[UnitOfWork, Sequence[Event[Any]]], Awaitable[None]]
Members = Sequence[Event[Any] | Unreadable]

log = structlog.get_logger()


class Consumer:
    """One queue's events, message by message in order, until told to stop. Start several for more at a time.

    `gathers` says that the handler takes events of several messages of one type at once, also of one record.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        queue: str,
        handler: Handler,
        clock: Clock,
        *,
        prefetch: int = 10,
        gathers: bool = False,
    ) -> None:
        self._database = database
        self._bus = bus
        self._queue = queue
        self._handler = handler
        self._clock = clock
        self._prefetch = prefetch
        self._at_most = MESSAGES_TOGETHER if gathers else 1
        self._outages = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; the message at hand is finished first."""
        failures = 0
        while not stop.is_set():
            try:
                async with self._bus.consume(self._queue, prefetch=self._prefetch) as deliveries:
                    failures = 0
                    async with intake(deliveries, stop) as taking:
                        while taken := await taking.take(self._at_most):
                            for handful in handfuls(taken):
                                await self.take_together(handful, stop)
            except Unavailable:
                failures += 1
                log.warning("consumer_waits_for_bus", queue=self._queue, failures=failures)
                await pause(stop, back_off(failures))

    async def take(self, delivery: Delivery, stop: asyncio.Event) -> None:
        """Handle one message and answer it. Never raises for what the message, the handler or an outage did."""
        began = stopwatch()
        try:
            await self._settle(delivery)
            self._outages = 0
        except Unavailable:
            self._outages += 1
            await self._answer(delivery, delivery.postpone(back_off(self._outages)), "unavailable")
            await pause(stop, back_off(self._outages))  # whatever comes next would meet the same
        except Exception as error:  # even parking failed; the delivery limit ends this
            log.error("message_failed", **_ids(delivery), queue=self._queue, error=type(error).__name__)
            await self._answer(delivery, delivery.retry(back_off(delivery.attempt)), "failed")
        metrics.HANDLING_SECONDS.labels(self._queue).observe(stopwatch() - began)

    async def take_together(self, deliveries: Sequence[Delivery], stop: asyncio.Event) -> None:
        """Handle these messages in one transaction; each by itself when the handler refuses any of them."""
        if len(deliveries) > 1 and await self._settle_together(deliveries):
            return
        for delivery in deliveries:
            await self.take(delivery, stop)

    async def _settle_together(self, deliveries: Sequence[Delivery]) -> bool:
        """False when nothing has happened, whatever the reason: one by one it is found out."""
        began = stopwatch()
        try:
            members = {one.message.message_id: read(one.message) for one in deliveries}
            events = await self._handle_together(members)
        except Exception as error:
            log.info("messages_taken_apart", queue=self._queue, messages=len(deliveries), error=type(error).__name__)
            return False
        metrics.EVENTS_HANDLED.labels(self._queue).inc(events)
        metrics.HANDLING_SECONDS.labels(self._queue).observe(stopwatch() - began)
        for delivery in deliveries:
            await self._answer(delivery, delivery.ack())
        return True

    async def _handle_together(self, messages: Mapping[str, Members]) -> int:
        async with unit_of_work(self._database, self._clock) as work:
            positions = {message_id: range(len(members)) for message_id, members in messages.items()}
            due = await not_yet_handled_of(work, self._queue, positions)
            members = [messages[message_id][at] for message_id, part in due.items() for at in part]
            events = [event for event in members if isinstance(event, Event)]
            if len(events) < len(members):
                raise Illegible("an event breaks its contract")
            if events:
                await self._handler(work, events)
            await mark_handled_of(work, self._queue, due)
        return len(events)

    async def _settle(self, delivery: Delivery) -> None:
        try:
            members = read(delivery.message)
        except Illegible as error:
            log.error("message_dead_lettered", **_ids(delivery), queue=self._queue, reason=str(error))
            metrics.MESSAGES_DEAD.labels(self._queue).inc()
            await self._answer(delivery, delivery.dead_letter(str(error)))
            return
        part: Sequence[int] = range(len(members))
        if delivery.attempt > 1:  # what is left of it, so that the search need not split down to it again
            part = await self._remaining(delivery.message, part)
        refused = await self._handle(delivery.message, members, part)
        if refused and delivery.attempt < ATTEMPTS:
            await self._answer(delivery, delivery.retry(back_off(delivery.attempt)), "refused")
            return
        if refused:
            await self._park(delivery.message, members, refused)
        await self._answer(delivery, delivery.ack())

    async def _remaining(self, message: Message, part: Sequence[int]) -> Sequence[int]:
        async with unit_of_work(self._database, self._clock) as work:
            return await not_yet_handled(work, self._queue, message.message_id, part)

    async def _handle(self, message: Message, members: Members, part: Sequence[int]) -> dict[int, str]:
        """Let these positions take effect; what the handler refuses, and why."""
        if not part:
            return {}
        try:
            await self._handle_at_once(message, members, part)
        except Unavailable:
            raise
        except Exception as error:
            if len(part) == 1:
                log.warning(
                    "event_refused", message_id=message.message_id, position=part[0], error=type(error).__name__
                )
                return {part[0]: f"{type(error).__name__}: {error}"}
            first, second = halves(part)
            return await self._handle(message, members, first) | await self._handle(message, members, second)
        return {}

    async def _handle_at_once(self, message: Message, members: Members, part: Sequence[int]) -> None:
        async with unit_of_work(self._database, self._clock) as work:
            due = await not_yet_handled(work, self._queue, message.message_id, part)
            taken = [(position, members[position]) for position in due]
            unreadable = {at: (event, event.reason) for at, event in taken if isinstance(event, Unreadable)}
            events = [event for _, event in taken if isinstance(event, Event)]
            await park(work, self._queue, message, unreadable)
            if events:
                await self._handler(work, events)
            await mark_handled(work, self._queue, message.message_id, due)
        metrics.EVENTS_HANDLED.labels(self._queue).inc(len(events))
        self._tell_parked(message, unreadable)

    async def _park(self, message: Message, members: Members, refused: Mapping[int, str]) -> None:
        async with unit_of_work(self._database, self._clock) as work:
            due = await not_yet_handled(work, self._queue, message.message_id, list(refused))
            parked = {position: (members[position], refused[position]) for position in due}
            await park(work, self._queue, message, parked)
            await mark_handled(work, self._queue, message.message_id, due)
        self._tell_parked(message, parked)

    def _tell_parked(self, message: Message, parked: Mapping[int, object]) -> None:
        if parked:
            metrics.EVENTS_PARKED.labels(self._queue).inc(len(parked))
            log.error("events_parked", queue=self._queue, message_id=message.message_id, positions=sorted(parked))

    async def _answer(self, delivery: Delivery, answer: Awaitable[None], retried: str | None = None) -> None:
        if retried:
            metrics.MESSAGES_RETRIED.labels(self._queue, retried).inc()
        try:
            await answer
        except Unavailable:  # it comes again by itself, and the inbox knows what has taken effect
            log.warning("answer_lost", **_ids(delivery), queue=self._queue)


def handfuls(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """In order: small messages of one type that come for the first time together, every other alone."""
    groups: list[list[Delivery]] = []
    bytes_held = 0
    for one in deliveries:
        size = len(one.message.body)
        before = groups[-1][-1] if groups else None
        joins = before is not None and _can_join(before) and _can_join(one) and before.message.type == one.message.type
        if joins and bytes_held + size <= BYTES_TOGETHER:
            groups[-1].append(one)
            bytes_held += size
        else:
            groups.append([one])
            bytes_held = size
    return groups


def _can_join(delivery: Delivery) -> bool:
    return delivery.attempt == 1


def _ids(delivery: Delivery) -> dict[str, Any]:
    return {"message_id": delivery.message.message_id, "attempt": delivery.attempt}
