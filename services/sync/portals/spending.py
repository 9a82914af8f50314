"""Who pays for a request that reads a portal: whoever looks, asks or lists puts a purse around it.

An adapter knows nothing of budgets, and its requests are many and side by side: the purse goes with the task and its
children. Without one (pushes, whose requests the channel has let through already) nothing is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Purse(Protocol):
    """Pays for requests of one claim."""

    async def pay(self) -> None:
        """Wait until one more request may be sent. Raises `PortalUnavailable` when that takes too long."""
        ...

    async def told_to_wait(self, seconds: float) -> None:
        """The portal turned a request away and named a time."""
        ...


_purse: ContextVar[Purse | None] = ContextVar("purse", default=None)


@contextmanager
def paid_by(purse: Purse) -> Iterator[None]:
    """Every request in this block, and in tasks that are begun in it."""
    before = _purse.set(purse)
    try:
        yield
    finally:
        _purse.reset(before)


def purse() -> Purse | None:
    return _purse.get()
