"""The plain loop of push workers: merged messages, nothing lost, one bad message does not take others along."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from shared.contracts.envelope import Event
from shared.errors import Unavailable
from shared.messaging.bus import Bus
from shared.messaging.worker import Handle, work_queue
from tests.support.buses import make_bus, opened
from tests.support.messaging_house import QUEUE, TOPOLOGY, approved, message_of, raw_message, running, until


@pytest.fixture
async def bus(tmp_sqlite_url: str) -> AsyncIterator[Bus]:
    async with opened(make_bus(tmp_sqlite_url, topology=TOPOLOGY)) as bus:
        yield bus


class Worker:
    """Notes what it was handed; fails as often as it is told, for one application or for all."""

    def __init__(self, error: Exception | None = None, *, times: int = 0, only: str = "") -> None:
        self.handed: list[list[str]] = []
        self.done: list[str] = []
        self._error = error
        self._times = times
        self._only = only

    async def __call__(self, events: Sequence[Event[Any]]) -> None:
        ids = [event.data.application_id for event in events]
        self.handed.append(ids)
        if self._error and self._times and (not self._only or self._only in ids):
            self._times -= 1
            raise self._error
        self.done.extend(ids)


async def _work(bus: Bus, handle: Handle, worker: Worker, count: int) -> None:
    async def through() -> bool:
        return len(set(worker.done)) >= count

    async def run(stop: asyncio.Event) -> None:
        await work_queue(bus, QUEUE, handle, prefetch=20, merge=10, stop=stop)

    async with running(run):
        await until(through)
    assert (await bus.depths())[QUEUE] == 0


async def test_messages_that_wait_are_handed_over_together_and_only_once(bus: Bus) -> None:
    told = [approved() for _ in range(40)]
    await bus.publish([message_of([one, two]) for one, two in zip(told[::2], told[1::2], strict=True)])
    worker = Worker()
    await _work(bus, worker, worker, 40)
    assert worker.done == [event.application_id for event in told]
    assert max(map(len, worker.handed)) == 20
    assert len(worker.handed) <= 5


async def test_work_that_fails_comes_again(bus: Bus) -> None:
    told = approved()
    await bus.publish([message_of([told])])
    worker = Worker(RuntimeError("no"), times=2)
    await _work(bus, worker, worker, 1)
    assert worker.handed == [[told.application_id]] * 3


async def test_one_bad_message_does_not_take_its_neighbours_along(bus: Bus) -> None:
    told = [approved() for _ in range(5)]
    await bus.publish([message_of([one]) for one in told])
    worker = Worker(RuntimeError("no"), times=2, only=told[2].application_id)
    await _work(bus, worker, worker, 5)
    assert worker.done[-1] == told[2].application_id
    assert sorted(worker.done) == sorted(one.application_id for one in told)


async def test_an_outage_of_what_the_work_needs_loses_nothing(bus: Bus) -> None:
    told = [approved() for _ in range(5)]
    await bus.publish([message_of([one]) for one in told])
    worker = Worker(Unavailable("away"), times=1)
    await _work(bus, worker, worker, 5)
    assert sorted(worker.done) == sorted(one.application_id for one in told)
    assert (await bus.depths())[f"{QUEUE}.dead"] == 0


async def test_what_cannot_be_read_is_a_dead_letter_and_the_rest_is_done(bus: Bus) -> None:
    one, two = approved(), approved()
    half = b"[" + message_of([one]).body[1:-1] + b", 7]"
    await bus.publish([raw_message(half), raw_message(b"{}"), message_of([two])])
    worker = Worker()
    await _work(bus, worker, worker, 2)
    assert worker.done == [one.application_id, two.application_id]
    assert (await bus.depths())[f"{QUEUE}.dead"] == 2


async def test_stopping_gives_back_what_was_not_begun(bus: Bus) -> None:
    await bus.publish([message_of([approved()]) for _ in range(30)])
    begun, stop = asyncio.Event(), asyncio.Event()

    async def slow(events: Sequence[Event[Any]]) -> None:
        begun.set()
        await stop.wait()

    working = asyncio.create_task(work_queue(bus, QUEUE, slow, prefetch=20, merge=5, stop=stop))
    await begun.wait()
    stop.set()
    await working
    assert (await bus.depths())[QUEUE] in range(25, 30)
