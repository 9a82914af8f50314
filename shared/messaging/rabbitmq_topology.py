"""The topology of `topology.py` in RabbitMQ's terms: exchanges, quorum queues, dead letters, steps of delay.

Declaring again is harmless; declaring with other arguments is refused by the broker, so a change of arguments here
needs other names. Serves guarantee G01: every queue is replicated, durable and never drops.
"""

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, FieldValue

from shared.messaging.topology import DELIVERY_LIMIT, RETRY_SECONDS, Topology, dead_queue, own_key

EVENTS = "creditsync.events"

# A queue that is full or whose dead-letter target is away keeps its messages instead of losing them.
_NEVER_DROP: dict[str, FieldValue] = {
    "x-queue-type": "quorum",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}


def retry_exchange(step: float) -> str:
    """Exchange and queue of one step of delay, which serves all queues.

    TTL expires only at the head of a queue, so each step needs its own.
    """
    return f"creditsync.retry.{int(step * 1000)}ms"


async def declare(channel: AbstractChannel, topology: Topology) -> None:
    """Make sure that everything exists. Some 50 round trips, once at the start of a process."""
    events = await channel.declare_exchange(EVENTS, ExchangeType.DIRECT, durable=True)
    for step in RETRY_SECONDS:
        await _declare_retry(channel, step)
    for name, routing_keys in topology.items():
        await channel.declare_queue(dead_queue(name), durable=True, arguments={"x-queue-type": "quorum"})
        queue = await channel.declare_queue(name, durable=True, arguments=_arguments(name))
        for key in (*routing_keys, own_key(name)):
            await queue.bind(events, key)


async def _declare_retry(channel: AbstractChannel, step: float) -> None:
    """A message waits here and then goes, by the default exchange, to the queue that its routing key names."""
    name = retry_exchange(step)
    exchange = await channel.declare_exchange(name, ExchangeType.FANOUT, durable=True)
    arguments = _NEVER_DROP | {"x-message-ttl": int(step * 1000), "x-dead-letter-exchange": ""}
    queue = await channel.declare_queue(name, durable=True, arguments=arguments)
    await queue.bind(exchange)


def _arguments(queue: str) -> dict[str, FieldValue]:
    return _NEVER_DROP | {
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_queue(queue),
        "x-delivery-limit": DELIVERY_LIMIT - 1,  # RabbitMQ counts redeliveries
    }
