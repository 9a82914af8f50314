"""Long work in slices: who does it says where it may pause, and who drives it decides what comes in between.

While it pauses it holds what its driver holds and nothing of its own, neither a lock nor a connection.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import TypeVar

T = TypeVar("T")

Slices = Generator[None, None, T]
"""Work that pauses now and then and returns what came of it."""


def at_a_stretch(slices: Slices[T]) -> T:
    """All of it without a pause, where nobody waits for this thread."""
    while True:
        try:
            next(slices)
        except StopIteration as done:
            result: T = done.value
            return result


async def others_first() -> None:
    """One pass of the event loop: it serves whoever is ready."""
    await asyncio.sleep(0)


async def in_passing(slices: Slices[T], between: Callable[[], Awaitable[None]] = others_first) -> T:
    """All of it on the event loop; between two slices the loop serves whoever is ready."""
    while True:
        try:
            next(slices)
        except StopIteration as done:
            result: T = done.value
            return result
        await between()
