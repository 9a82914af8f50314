"""Long work gives way to short requests, gets its share all the same, and lets nobody stand in the line for ever.

Time is what the slices and the requests say it is, so that nothing here depends on the machine.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from shared.clock import FrozenClock, governed_by, wall_time
from shared.slices import Slices, at_a_stretch, in_passing
from shared.web.precedence import Precedence

SLICE = timedelta(milliseconds=1)


@pytest.fixture
def clock() -> Iterator[FrozenClock]:
    clock = FrozenClock(wall_time())
    with governed_by(clock):
        yield clock


class Work:
    """Slices that take a millisecond each and note what they found done by others when they began."""

    def __init__(self, clock: FrozenClock, slices: int) -> None:
        self.clock, self.slices = clock, slices
        self.done = 0
        self.seen: list[int] = []
        self.others = 0

    def slice_by_slice(self) -> Slices[int]:
        for number in range(self.slices):
            if number:
                yield
            self.seen.append(self.others)
            self.clock.advance(SLICE)
            self.done += 1
        return self.done


async def one_after_another(precedence: Precedence, work: Work, takes: timedelta = timedelta()) -> None:
    """A caller who asks again as soon as he is answered; an answer takes a few passes of the loop."""
    while work.done < work.slices:
        request = precedence.begin()
        for _ in range(5):
            await asyncio.sleep(0)
            work.clock.advance(takes / 5)
        work.others += 1
        precedence.end(request)
        await asyncio.sleep(0)


async def transaction(clock: FrozenClock) -> None:
    await asyncio.sleep(0)
    clock.advance(50 * SLICE)


async def beside_readers(precedence: Precedence, work: Work) -> None:
    """Three callers, so that a request is always under way."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(one_after_another(precedence, work, takes=timedelta(microseconds=300)))
        group.create_task(precedence.charged(precedence.carry_out(work.slice_by_slice())))


async def test_before_each_slice_a_request_under_way_is_answered(clock: FrozenClock) -> None:
    precedence, work = Precedence(), Work(clock, 40)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(one_after_another(precedence, work))
        group.create_task(precedence.charged(precedence.carry_out(work.slice_by_slice())))
    later = work.seen[10:]  # what it may be behind its share lets it begin at once
    assert later == sorted(set(later)), "a slice began before the next request was answered"


async def test_long_work_keeps_a_quarter_of_the_time_however_many_requests_come(clock: FrozenClock) -> None:
    precedence, work = Precedence(), Work(clock, 100)
    began = clock.now()
    await beside_readers(precedence, work)
    passed = clock.now() - began
    assert 3.5 * 100 * SLICE < passed < 4.2 * 100 * SLICE


async def test_what_lies_between_slices_is_owed_before_the_next_one(clock: FrozenClock) -> None:
    """A transaction gives nobody way, so that whoever judges next waits for it too."""
    precedence = Precedence()
    began = clock.now()
    await precedence.charged(transaction(clock))
    await beside_readers(precedence, Work(clock, 1))
    assert clock.now() - began > 3 * 50 * SLICE


async def test_what_was_done_while_nobody_asked_is_owed_to_nobody(clock: FrozenClock) -> None:
    precedence = Precedence()
    await precedence.charged(transaction(clock))
    await precedence.carry_out(Work(clock, 1).slice_by_slice())
    began = clock.now()
    await beside_readers(precedence, Work(clock, 1))
    assert clock.now() - began < 50 * SLICE


async def test_a_request_that_lasts_holds_no_work_up(clock: FrozenClock) -> None:
    precedence, work = Precedence(), Work(clock, 40)
    listing = precedence.begin()
    clock.advance(timedelta(seconds=1))
    async with asyncio.timeout(60):
        assert await precedence.charged(precedence.carry_out(work.slice_by_slice())) == 40
    precedence.end(listing)


async def test_one_long_work_is_finished_before_the_next_begins(clock: FrozenClock) -> None:
    precedence, order = Precedence(), list[str]()

    def named(name: str) -> Slices[None]:
        for _ in range(3):
            order.append(name)
            yield

    await asyncio.gather(precedence.carry_out(named("first")), precedence.carry_out(named("second")))
    assert order == ["first"] * 3 + ["second"] * 3


async def test_work_that_fails_or_is_given_up_leaves_the_line_to_the_next(clock: FrozenClock) -> None:
    precedence, work = Precedence(), Work(clock, 2)
    ended = list[str]()

    def failing() -> Slices[None]:
        yield
        raise ValueError("a foreign row")

    async def waiting() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with pytest.raises(ValueError, match="a foreign row"):
        await precedence.charged(precedence.carry_out(failing()))
    given_up = asyncio.ensure_future(precedence.charged(waiting()))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert ended == ["cancelled"]
    assert await precedence.charged(precedence.carry_out(work.slice_by_slice())) == 2


async def test_slices_come_to_the_same_with_pauses_and_without(clock: FrozenClock) -> None:
    passes = 0

    async def counting() -> None:
        nonlocal passes
        while True:
            passes += 1
            await asyncio.sleep(0)

    counter = asyncio.ensure_future(counting())
    assert await in_passing(Work(clock, 7).slice_by_slice()) == at_a_stretch(Work(clock, 7).slice_by_slice()) == 7
    counter.cancel()
    assert passes >= 6, "the loop served nobody between the slices"
