"""A plain loop for work that is level-driven: push workers take what a queue says and look at the state themselves.

No inbox and no transaction: doing it twice is harmless by design, and what a handler cannot do is found again by the
next sweep. Messages are merged so that one look at the database serves many of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from shared.contracts.envelope import Event
from shared.errors import Unavailable
from shared.messaging import metrics
from shared.messaging.bus import Bus, Delivery
from shared.messaging.intake import intake, pause
from shared.messaging.reading import Illegible, read
from shared.messaging.topology import back_off

Handle = Callable[[Sequence[Event[Any]]], Awaitable[None]]

log = structlog.get_logger()


@dataclass(frozen=True)
class _Opened:
    """A delivery, what can be read of it, and what is wrong with the rest."""

    delivery: Delivery
    events: Sequence[Event[Any]]
    fault: str | None


async def work_queue(bus: Bus, queue: str, handle: Handle, *, prefetch: int, merge: int, stop: asyncio.Event) -> None:
    """Hand over the events of up to `merge` messages at once, until `stop` is set.

    They are acknowledged after `handle` returned; when it raises they come again later, and beyond the delivery limit
    they are dead letters. `Unavailable` does not count against that limit.
    """
    outages = 0
    while not stop.is_set():
        try:
            async with (
                bus.consume(queue, prefetch=max(prefetch, merge)) as deliveries,
                intake(deliveries, stop) as taking,
            ):
                while taken := await taking.take(merge):
                    outages = 0 if await _work(queue, handle, [_open(one) for one in taken], outages) else outages + 1
                    if outages:
                        await pause(stop, back_off(outages))
        except Unavailable:
            outages += 1
            log.warning("worker_waits_for_bus", queue=queue, failures=outages)
            await pause(stop, back_off(outages))


async def _work(queue: str, handle: Handle, opened: Sequence[_Opened], outages: int) -> bool:
    """False when the handler had to give up because something is unavailable."""
    events = [event for one in opened for event in one.events]
    try:
        if events:
            await handle(events)
    except Unavailable:
        await _answer(queue, "unavailable", (one.delivery.postpone(back_off(outages + 1)) for one in opened))
        return False
    except Exception as error:
        if len(opened) > 1:  # one of them must not take the others along
            return all([await _work(queue, handle, [one], outages) for one in opened])
        log.error("work_failed", queue=queue, message_id=opened[0].delivery.message.message_id, error=_name(error))
        await _answer(queue, "failed", (one.delivery.retry(back_off(one.delivery.attempt)) for one in opened))
        return True
    await _finish(queue, opened)
    return True


async def _finish(queue: str, opened: Sequence[_Opened]) -> None:
    for one in opened:
        if one.fault:
            metrics.MESSAGES_DEAD.labels(queue).inc()
            log.error(
                "message_dead_lettered", queue=queue, message_id=one.delivery.message.message_id, reason=one.fault
            )
    metrics.EVENTS_HANDLED.labels(queue).inc(sum(len(one.events) for one in opened))
    await _answer(
        queue, None, (one.delivery.dead_letter(one.fault) if one.fault else one.delivery.ack() for one in opened)
    )


async def _answer(queue: str, retried: str | None, answers: Iterable[Awaitable[None]]) -> None:
    results = await asyncio.gather(*answers, return_exceptions=True)
    if retried:
        metrics.MESSAGES_RETRIED.labels(queue, retried).inc(len(results))
    for result in results:
        if isinstance(result, Unavailable):  # it comes again by itself
            log.warning("answer_lost", queue=queue)
        elif isinstance(result, BaseException):
            raise result


def _open(delivery: Delivery) -> _Opened:
    try:
        members = read(delivery.message)
    except Illegible as error:
        return _Opened(delivery, (), str(error))
    events = [member for member in members if isinstance(member, Event)]
    return _Opened(delivery, events, None if len(events) == len(members) else "an event breaks its contract")


def _name(error: Exception) -> str:
    return type(error).__name__
