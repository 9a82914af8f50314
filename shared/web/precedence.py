"""Short requests come first: long work of the same process is done in slices and gives way between them.

It decides when a slice begins and knows nothing of what is done in it. However many requests come, long work goes on
with a quarter of the time (decision 0019).
"""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

from shared.clock import stopwatch
from shared.slices import Slices, in_passing

_FOR_OTHERS = 3.0
"""Seconds that others get for each one of long work, while there are any. What the loop itself does for long work, such
as reading a body, is not noted and about a fifth more."""

_SHORT_SECONDS = 0.1
"""What is under way for longer is no short request: a listing, a file, a caller who takes his time."""

_IN_ADVANCE = 0.01
"""Seconds that long work may be behind its share and catch up: timers are late by a millisecond or more."""

_PASSES = 3
"""Passes of the event loop until a request that came meanwhile is known of: its bytes are read, it begins."""

T = TypeVar("T")


class Precedence:
    """Who is being served by one application, and what long work owes them."""

    def __init__(self) -> None:
        self._served: dict[object, float] = {}
        self._line = asyncio.Lock()
        self._next_at = 0.0
        self._pause: asyncio.Future[None] | None = None

    def begin(self) -> object:
        """A request that should be short is under way, until `end`."""
        request = object()
        self._served[request] = stopwatch()
        return request

    def end(self, request: object) -> None:
        del self._served[request]
        if self._pause and not self._anybody():
            _finish(self._pause)

    @coroutine
    def charged(self, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """Await long work and note how long each of its steps keeps the event loop: its slices, and what lies between
        them and cannot give way, such as a transaction."""
        step, given = work.send, None
        while True:
            began = stopwatch()
            try:
                awaited = step(given)
            except StopIteration as done:
                result: T = done.value
                return result
            finally:
                self._charge(began, stopwatch())
            try:
                given, step = (yield awaited), work.send
            except BaseException as error:  # a cancellation is the work's to deal with
                given, step = error, work.throw

    async def carry_out(self, slices: Slices[T]) -> T:
        """One long work after another, and before each of its slices those who should not wait."""
        async with self._line:
            await self._give_way()
            return await in_passing(slices, self._give_way)

    async def _give_way(self) -> None:
        for _ in range(_PASSES):
            await asyncio.sleep(0)
        while self._anybody() and (left := self._next_at - stopwatch()) > 0:
            await self._paused(left)
        if not self._anybody():  # nobody is owed anything
            self._next_at = min(self._next_at, stopwatch())

    async def _paused(self, seconds: float) -> None:
        """Until nobody is served any more, but no longer than that."""
        loop = asyncio.get_running_loop()
        self._pause = pause = loop.create_future()
        timer = loop.call_later(seconds, _finish, pause)
        try:
            await pause
        finally:
            timer.cancel()
            self._pause = None

    def _anybody(self) -> bool:
        """The youngest tells it: requests are kept in the order of their coming."""
        return bool(self._served) and stopwatch() - next(reversed(self._served.values())) < _SHORT_SECONDS

    def _charge(self, began: float, ended: float) -> None:
        used = ended - began
        self._next_at = max(self._next_at + used, ended - _IN_ADVANCE) + used * _FOR_OTHERS


def _finish(pause: asyncio.Future[None]) -> None:
    if not pause.done():
        pause.set_result(None)
