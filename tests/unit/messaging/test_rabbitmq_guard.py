"""Whatever aio-pika raises when the broker is away, callers see `Unavailable`, and only they can cancel themselves."""

import asyncio

import pytest
from aio_pika.exceptions import AMQPConnectionError, ChannelInvalidStateError

from shared.errors import Unavailable
from shared.messaging.rabbitmq_guard import answered, unroutable_key


async def test_a_cancellation_that_nobody_asked_for_is_an_outage() -> None:
    waiting = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(waiting.cancel)
    with pytest.raises(Unavailable):
        async with answered("wait", 20):
            await waiting


async def test_a_cancellation_that_somebody_asked_for_passes() -> None:
    async def wait() -> None:
        async with answered("wait", 20):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_silence_ends() -> None:
    with pytest.raises(Unavailable):
        async with answered("wait", 0.01):
            await asyncio.Event().wait()


@pytest.mark.parametrize("error", [AMQPConnectionError("gone"), ChannelInvalidStateError("closed"), OSError("refused")])
async def test_every_error_of_a_connection_is_an_outage(error: Exception) -> None:
    with pytest.raises(Unavailable):
        async with answered("wait", 20):
            raise error


async def test_an_error_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(LookupError):
        async with answered("wait", 20):
            raise LookupError


def test_a_publication_that_was_cancelled_under_us_was_not_confirmed() -> None:
    with pytest.raises(Unavailable):
        unroutable_key(asyncio.CancelledError())
    assert unroutable_key(None) is None
