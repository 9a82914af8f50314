"""Keeps a lease while its holder waits for something long: a large file, a portal that answers slowly.

It renews for a bounded time only, so that what hangs is not kept from others. It is no fence: whoever holds a lease
fences what it writes, as its process may have been paused for longer than any lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from shared.clock import stopwatch
from shared.errors import Unavailable

Result = TypeVar("Result")

Renew = Callable[[], Awaitable[bool]]
"""Hold the lease for longer; False when there is nothing left to hold."""

BEATS_A_LEASE = 3
"""Two beats may fail, or come late, before the lease runs out."""


async def renewing(waited_for: asyncio.Future[Result], renew: Renew, *, every: timedelta, longest: timedelta) -> Result:
    """What the future gives; `renew` is called meanwhile, until it says that there is nothing left to renew.

    The future is never cancelled here: who is cancelled while it waits still has it in hand.
    """
    began, goes_on = stopwatch(), True
    while goes_on and stopwatch() - began <= longest.total_seconds():
        done, _ = await asyncio.wait({waited_for}, timeout=every.total_seconds())
        if done:
            return waited_for.result()
        with suppress(Unavailable):  # the next beat may reach the database again
            goes_on = await renew()
    await asyncio.wait({waited_for})
    return waited_for.result()


async def renewed(work: Coroutine[Any, Any, Result], renew: Renew, *, every: timedelta, longest: timedelta) -> Result:
    """The same of work that begins here, and ends with who waits for it."""
    task = asyncio.ensure_future(work)
    try:
        return await renewing(task, renew, every=every, longest=longest)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
