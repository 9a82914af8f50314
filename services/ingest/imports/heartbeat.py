"""Keeps a lease while its holder waits for a thread: opening a large file, or passing over rows that are done already.

It renews for a bounded time only, so that a thread that hangs does not keep a file from other readers. Serves G02.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from services.ingest.imports.take_in import LeaseLost
from shared.clock import stopwatch
from shared.errors import Unavailable

Result = TypeVar("Result")

LONGEST_WAIT = timedelta(minutes=30)
"""Passing over 900,000 rows of a workbook takes minutes on a busy machine; what takes longer than this hangs."""

_BEATS_A_LEASE = 3


async def renewing(
    waited_for: asyncio.Future[Result], renew: Callable[[], Awaitable[bool]], lease: timedelta
) -> Result:
    """What the future gives. Raises `LeaseLost` when `renew` says that somebody else holds the lease."""
    pause, began = lease.total_seconds() / _BEATS_A_LEASE, stopwatch()
    while True:
        done, _ = await asyncio.wait({waited_for}, timeout=pause)
        if done:
            return waited_for.result()
        if stopwatch() - began > LONGEST_WAIT.total_seconds():
            continue
        with suppress(Unavailable):  # the next beat may reach the database again
            if not await renew():
                raise LeaseLost("the lease has passed to another reader")
