"""Turns every way in which aio-pika says 'the broker does not answer' into `Unavailable`, in bounded time.

One of these ways is a `CancelledError` although nobody cancelled: aio-pika raises it out of a call when heartbeats
stay away. Left alone it would pass every `except Exception` and end a relay without a word.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError, PublishError

from shared.errors import Unavailable


@asynccontextmanager
async def answered(action: str, seconds: float) -> AsyncIterator[None]:
    """Within `seconds` the block ends, or it raises `Unavailable`. A real cancellation of the task passes."""
    task = asyncio.current_task()
    cancelled_before = task.cancelling() if task else 0
    try:
        async with asyncio.timeout(seconds):
            yield
    except asyncio.CancelledError as error:
        if task and task.cancelling() > cancelled_before:
            raise
        raise Unavailable(f"RabbitMQ went away: {action}") from error
    except TimeoutError as error:
        raise Unavailable(f"RabbitMQ did not answer within {seconds} s: {action}") from error
    except CONNECTION_EXCEPTIONS as error:
        raise Unavailable(f"RabbitMQ does not answer: {action}: {error!r}") from error


def unroutable_key(result: object) -> str | None:
    """The routing key of a message that came back because no queue hears it, or None when it was confirmed.

    `result` is what `asyncio.gather(..., return_exceptions=True)` holds for one publish.
    """
    if isinstance(result, PublishError):
        return str(result.args[1])
    if isinstance(result, DeliveryError):
        raise Unavailable("RabbitMQ refused to store a message") from result
    if isinstance(result, asyncio.CancelledError):
        raise Unavailable("RabbitMQ went away while a message was published") from result
    if isinstance(result, BaseException):
        raise result
    return None
