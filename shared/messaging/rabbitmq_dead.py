"""The dead letters of a RabbitMQ queue: read them, give them back. Nothing is ever out of the broker's keeping.

Each is taken, published again with a confirm and only then acknowledged: a crash in between doubles it. To read one
means to move it to the end of its queue: a quorum queue counts what is merely returned, and drops it in the end.
"""

from collections.abc import Awaitable, Callable

from aio_pika import Message as AmqpMessage
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.messaging.bus import DeadLetter
from shared.messaging.rabbitmq_delivery import as_dead_letter, dead_letter_of, from_amqp, to_amqp
from shared.messaging.rabbitmq_topology import EVENTS
from shared.messaging.topology import dead_queue, own_key

Publish = Callable[[str, str, AmqpMessage], Awaitable[None]]
"""Store a message safely: exchange, routing key, message."""


async def read(channel: AbstractChannel, queue: str, limit: int, publish: Publish) -> list[DeadLetter]:
    """Up to `limit` dead letters, each of them moved to the end of the dead letters."""
    found: list[DeadLetter] = []

    async def keep(incoming: AbstractIncomingMessage) -> None:
        letter = dead_letter_of(incoming)
        await publish("", dead_queue(queue), as_dead_letter(letter))
        found.append(letter)

    await _each(channel, queue, limit, keep)
    return found


async def replay(channel: AbstractChannel, queue: str, limit: int, publish: Publish) -> int:
    """Up to `limit` dead letters, given back to their queue alone."""

    async def give_back(incoming: AbstractIncomingMessage) -> None:
        await publish(EVENTS, own_key(queue), to_amqp(from_amqp(incoming)))

    return await _each(channel, queue, limit, give_back)


async def _each(
    channel: AbstractChannel, queue: str, limit: int, act: Callable[[AbstractIncomingMessage], Awaitable[None]]
) -> int:
    """No more than there were at the beginning: what is moved to the end is not met again."""
    source = await channel.declare_queue(dead_queue(queue), passive=True)
    there = min(limit, source.declaration_result.message_count or 0)
    done = 0
    while done < there and (incoming := await source.get(fail=False)) is not None:
        await act(incoming)
        await incoming.ack()
        done += 1
    return done
