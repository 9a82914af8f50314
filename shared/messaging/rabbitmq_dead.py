"""The dead letters of a RabbitMQ queue: read them, give them back, or discard them when a person decided so. Until then
nothing is ever out of the broker's keeping.

Each is taken, published again with a confirm and only then acknowledged: a crash in between doubles it. To read one
means to move it to the end of its queue: a quorum queue counts what is merely returned, and drops it in the end.
"""

from collections.abc import Awaitable, Callable, Collection

from aio_pika import Message as AmqpMessage
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.messaging.bus import DeadCause, DeadLetter, Mark, Which
from shared.messaging.dead_causes import merged
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


async def causes(channel: AbstractChannel, queue: str, limit: int, publish: Publish) -> list[DeadCause]:
    """Up to `limit` dead letters merged by type and cause, each of them moved to the end; of each cause one is held."""
    found: dict[tuple[str, str], DeadCause] = {}

    async def merge(incoming: AbstractIncomingMessage) -> None:
        letter = dead_letter_of(incoming)
        await publish("", dead_queue(queue), as_dead_letter(letter))
        key = (letter.message.type, letter.cause)
        found[key] = merged(found.get(key), letter)

    await _each(channel, queue, limit, merge)
    return [found[key] for key in sorted(found)]


async def replay(channel: AbstractChannel, queue: str, limit: int, which: Which, publish: Publish) -> int:
    """Up to `limit` dead letters that are meant, given back to their queue alone; the others move to the end."""
    sent = 0

    async def give_back(incoming: AbstractIncomingMessage) -> None:
        nonlocal sent
        letter = dead_letter_of(incoming)
        if which.means(letter):
            await publish(EVENTS, own_key(queue), to_amqp(from_amqp(incoming)))
            sent += 1
        else:
            await publish("", dead_queue(queue), as_dead_letter(letter))

    await _each(channel, queue, None, give_back, enough=lambda: sent >= limit)
    return sent


async def marks(channel: AbstractChannel, queue: str, limit: int, which: Which, publish: Publish) -> list[Mark]:
    """Those that are meant among the first `limit`, each of which is moved to the end."""
    found: list[Mark] = []

    async def mark(incoming: AbstractIncomingMessage) -> None:
        letter = dead_letter_of(incoming)
        await publish("", dead_queue(queue), as_dead_letter(letter))
        if which.means(letter):
            found.append(letter.mark)

    await _each(channel, queue, limit, mark)
    return found


async def discard(channel: AbstractChannel, queue: str, names: Collection[str], publish: Publish) -> int:
    """Those with these names are taken and not published again; the others move to the end. The whole queue is gone
    through: a crash may have doubled one."""
    gone = 0

    async def let_go(incoming: AbstractIncomingMessage) -> None:
        nonlocal gone
        letter = dead_letter_of(incoming)
        if letter.mark.name in names:
            gone += 1
        else:
            await publish("", dead_queue(queue), as_dead_letter(letter))

    await _each(channel, queue, None, let_go)
    return gone


async def _each(
    channel: AbstractChannel,
    queue: str,
    limit: int | None,
    act: Callable[[AbstractIncomingMessage], Awaitable[None]],
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """No more than there were at the beginning: what is moved to the end is not met again."""
    source = await channel.declare_queue(dead_queue(queue), passive=True)
    there = source.declaration_result.message_count or 0
    left = there if limit is None else min(limit, there)
    while left and not enough() and (incoming := await source.get(fail=False)) is not None:
        await act(incoming)
        await incoming.ack()
        left -= 1
