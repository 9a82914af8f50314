"""The timers of sync that are woken before their time: what they are called, and when they are due by themselves."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from shared.clock import Clock
from shared.database.engine import Database
from shared.vocabulary import Portal

CHANGES = "sync.changes"

_AT_LEAST = 0.2
"""What is due and held by another worker is not asked for without pause."""


def looks(portal: Portal | str) -> str:
    return f"sync.verify.{portal}"


def receipts(portal: Portal | str) -> str:
    return f"sync.receipts.{portal}"


def runs(portal: Portal | str) -> str:
    return f"sync.reconcile.{portal}"


def when_due(
    name: str,
    database: Database,
    first_due: Callable[[], Awaitable[datetime | None]],
    clock: Clock,
    act: Callable[[], Awaitable[int]],
) -> Callable[[], Awaitable[int]]:
    """A job that acts when something is due, and otherwise only reads and has itself woken when it will be."""

    async def job() -> int:
        due_at = await first_due()
        if due_at is not None and due_at <= clock.now():
            if done := await act():
                return done
            due_at = await first_due()
        if due_at is not None:
            database.bells.ring_in(max(_AT_LEAST, (due_at - clock.now()).total_seconds()), name)
        return 0

    return job
