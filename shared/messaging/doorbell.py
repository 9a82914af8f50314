"""Tells the consumers of an embedded bus that their queue may hold something, without each of them asking.

A publication through the same bus rings at once. For other processes SQLite's `data_version` is read, 2.5 µs each
time; on PostgreSQL, and for delays and leases that run out, the database is asked at a slow pace: one statement for
all queues, so that an idle house costs next to nothing however many queues it has.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import closing, contextmanager

import structlog
from sqlalchemy import make_url

from shared.clock import stopwatch

_GLANCE_SECONDS = 0.02
_LOOK_SECONDS = {"sqlite": 0.5, "postgresql": 0.1}

log = structlog.get_logger()

Look = Callable[[Collection[str]], Awaitable[set[str]]]
"""Which of these queues hold something now."""


class Bell:
    """One idle or busy consumer. `rung` means: there may be mail, try to claim."""

    def __init__(self, queue: str, wake: asyncio.Event) -> None:
        self.queue = queue
        self.rung = True
        self._wake = wake

    def ring(self) -> None:
        self.rung = True
        self._wake.set()


class Doorbell:
    """Rings bells between `start` and `stop`."""

    def __init__(self, url: str, look: Look) -> None:
        self._url = make_url(url)
        self._look = look
        self._bells: set[Bell] = set()
        self._watching: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self) -> None:
        self._stopped = False
        self._watching = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Let the last look end: a statement that is cancelled half-way costs its connection."""
        self._stopped = True
        if self._watching is not None:
            await self._watching

    @contextmanager
    def bell(self, queue: str, wake: asyncio.Event) -> Iterator[Bell]:
        """A bell for one consumer, as long as the block runs."""
        bell = Bell(queue, wake)
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)

    def ring(self, queues: Collection[str]) -> None:
        for bell in self._bells:
            if bell.queue in queues:
                bell.ring()

    async def _run(self) -> None:
        look_seconds = _LOOK_SECONDS[self._url.get_backend_name()]
        if self._url.get_backend_name() != "sqlite":
            await self._watch(lambda: 0, look_seconds, look_seconds)
            return
        with closing(sqlite3.connect(self._url.database or "", isolation_level=None)) as file:
            await self._watch(lambda: _data_version(file), look_seconds, _GLANCE_SECONDS)

    async def _watch(self, version: Callable[[], int], look_seconds: float, glance_seconds: float) -> None:
        seen, look_at = version(), 0.0
        while not self._stopped:
            await asyncio.sleep(glance_seconds)
            idle = {bell.queue for bell in self._bells if not bell.rung}
            if idle and (version() != seen or stopwatch() >= look_at):
                seen, look_at = version(), stopwatch() + look_seconds
                await self._look_and_ring(idle)

    async def _look_and_ring(self, idle: Collection[str]) -> None:
        try:
            self.ring(await self._look(idle))
        except Exception as error:  # without the bell every consumer of this process would sleep for ever
            log.warning("doorbell_failed", error=type(error).__name__)
            await asyncio.sleep(1)


def _data_version(file: sqlite3.Connection) -> int:
    """A number that changes when any other connection commits."""
    try:
        return int(file.execute("PRAGMA data_version").fetchone()[0])
    except sqlite3.OperationalError:  # busy: then somebody writes, which is reason enough to look
        return -1
