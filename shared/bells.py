"""Bells wake the timers of a process before their time: who commits work for a timer rings it.

A bell that nobody hears is no loss, since every timer looks by itself as well; so nothing may depend on one. On
PostgreSQL other processes hear it too (`shared/database/listening.py`).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable


class Bells:
    """The bells of one service in this process, by the names of its timers."""

    def __init__(self) -> None:
        self._rung: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._times: Counter[str] = Counter()

    def times(self, name: str) -> int:
        """How often it was rung so far: by this a job sees that somebody knows of work, and need not look first."""
        return self._times[name]

    def of(self, name: str) -> asyncio.Event:
        """Set when it is rung; whoever waits for it clears it."""
        return self._rung[name]

    def ring(self, names: Iterable[str]) -> None:
        for name in names:
            self._times[name] += 1
            self._rung[name].set()

    def ring_in(self, seconds: float, name: str) -> None:
        """The last time that was named is the one that counts."""
        if name in self._due:
            self._due.pop(name).cancel()
        self._due[name] = asyncio.get_running_loop().call_later(max(0.0, seconds), self._rung[name].set)


def channel_of(schema: str) -> str:
    """On which PostgreSQL tells the bells of a service."""
    return f"creditsync_{schema}"


async def first_of(*events: asyncio.Event, seconds: float | None = None) -> None:
    """Return when one of these is set, or when the time is over."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
