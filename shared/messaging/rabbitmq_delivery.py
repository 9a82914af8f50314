"""One message that RabbitMQ handed over, and the four answers to it.

A retry is a new publication to a queue of delay, confirmed before the old copy is acknowledged: a crash in between
doubles the message and never loses it (guarantee G01). Its type, id and routing key travel with it.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from aio_pika import DeliveryMode
from aio_pika import Message as AmqpMessage
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import ChannelInvalidStateError

from shared.clock import wall_time
from shared.contracts.envelope import MEDIA_TYPE
from shared.messaging.bus import DeadLetter, Message
from shared.messaging.rabbitmq_guard import answered
from shared.messaging.rabbitmq_topology import retry_exchange
from shared.messaging.topology import DELIVERY_LIMIT, dead_queue, retry_step

_ROUTING_KEY = "creditsync-routing-key"
_EARLIER_ATTEMPTS = "creditsync-earlier-attempts"
_REASON = "creditsync-reason"
_DEAD_AT = "creditsync-dead-at-ms"
_OWN = {_ROUTING_KEY, _EARLIER_ATTEMPTS, _REASON, _DEAD_AT}

Publish = Callable[[str, str, AmqpMessage], Awaitable[None]]
"""Store a message safely: exchange, routing key, message."""


class RabbitDelivery:
    """`Delivery` of the RabbitMQ bus."""

    def __init__(self, incoming: AbstractIncomingMessage, queue: str, publish: Publish, seconds: float) -> None:
        self.message = from_amqp(incoming)
        self.attempt = 1 + _number(incoming, _EARLIER_ATTEMPTS) + _number(incoming, "x-delivery-count")
        self._incoming = incoming
        self._queue = queue
        self._publish = publish
        self._seconds = seconds

    @property
    def is_stale(self) -> bool:
        """Whether its channel is gone: it cannot be answered and comes again by itself."""
        try:
            return self._incoming.channel.is_closed
        except ChannelInvalidStateError:
            return True

    async def ack(self) -> None:
        async with answered("acknowledge", self._seconds):
            await self._incoming.ack()

    async def retry(self, seconds: float) -> None:
        if self.attempt >= DELIVERY_LIMIT:
            await self.dead_letter("delivery limit")
        else:
            await self._delay(seconds, earlier_attempts=self.attempt)

    async def postpone(self, seconds: float) -> None:
        await self._delay(seconds, earlier_attempts=self.attempt - 1)

    async def dead_letter(self, reason: str) -> None:
        letter = DeadLetter(self.message, reason, self.attempt, wall_time())
        await self._publish("", dead_queue(self._queue), as_dead_letter(letter))
        await self.ack()

    async def _delay(self, seconds: float, *, earlier_attempts: int) -> None:
        copy = to_amqp(self.message, {_EARLIER_ATTEMPTS: earlier_attempts})
        await self._publish(retry_exchange(retry_step(seconds)), self._queue, copy)
        await self.ack()


def to_amqp(message: Message, own_headers: Mapping[str, str | int] | None = None) -> AmqpMessage:
    """The message on the wire: persistent, with everything that a later consumer needs."""
    return AmqpMessage(
        message.body,
        message_id=message.message_id,
        type=message.type,
        content_type=MEDIA_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        headers={**message.headers, _ROUTING_KEY: message.routing_key, **(own_headers or {})},
    )


def from_amqp(incoming: AbstractIncomingMessage) -> Message:
    """The message as it was first published, whatever way it came."""
    return Message(
        message_id=incoming.message_id or "",
        type=incoming.type or "",
        routing_key=str(incoming.headers.get(_ROUTING_KEY, incoming.routing_key or "")),
        body=incoming.body,
        headers={
            name: str(value)
            for name, value in incoming.headers.items()
            if name not in _OWN and not name.startswith("x-")
        },
    )


def as_dead_letter(letter: DeadLetter) -> AmqpMessage:
    """The message with what is known of its end."""
    known: dict[str, str | int] = {_EARLIER_ATTEMPTS: letter.attempts, _REASON: letter.reason}
    if letter.dead_at is not None:
        known[_DEAD_AT] = int(letter.dead_at.timestamp() * 1000)
    return to_amqp(letter.message, known)


def dead_letter_of(incoming: AbstractIncomingMessage) -> DeadLetter:
    """A dead letter of ours, or one that the broker made when the delivery limit was reached."""
    reason = incoming.headers.get(_REASON) or incoming.headers.get("x-first-death-reason") or "unknown"
    attempts = _number(incoming, _EARLIER_ATTEMPTS) or DELIVERY_LIMIT
    return DeadLetter(from_amqp(incoming), str(reason).replace("_", " "), attempts, _dead_at(incoming))


def _dead_at(incoming: AbstractIncomingMessage) -> datetime | None:
    """When we gave it up, or when the broker did."""
    if own := _number(incoming, _DEAD_AT):
        return datetime.fromtimestamp(own / 1000, UTC)
    deaths = incoming.headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else None
    at = first.get("time") if isinstance(first, dict) else None
    return at if isinstance(at, datetime) else None


def _number(incoming: AbstractIncomingMessage, header: str) -> int:
    value = incoming.headers.get(header, 0)
    return value if isinstance(value, int) else 0
