"""Bells wake timers before their time; a timer that heard none comes by itself."""

import asyncio

from shared.bells import Bells, first_of
from shared.timers import Timer

LONG = 3600.0


async def test_a_timer_is_woken_by_its_bell_and_by_no_other() -> None:
    bells, stop, runs = Bells(), asyncio.Event(), asyncio.Queue[int]()

    async def job() -> int:
        runs.put_nowait(1)
        return 0

    timer = asyncio.create_task(Timer("one", LONG, job, bells.of("one")).run(stop))
    await runs.get()
    bells.ring(["another"])
    await asyncio.sleep(0.05)
    assert runs.empty()
    bells.ring(["one"])
    await asyncio.wait_for(runs.get(), 20)
    stop.set()
    await asyncio.wait_for(timer, 20)


def test_a_job_can_tell_whether_somebody_rang_since_it_last_ran() -> None:
    bells = Bells()
    assert bells.times("one") == 0
    bells.ring(["one", "another"])
    bells.ring(["one"])
    assert (bells.times("one"), bells.times("another"), bells.times("third")) == (2, 1, 0)


async def test_what_rings_while_the_job_runs_is_heard_after_it() -> None:
    bells, stop, runs = Bells(), asyncio.Event(), asyncio.Queue[int]()

    async def job() -> int:
        runs.put_nowait(1)
        if runs.qsize() == 1:
            bells.ring(["one"])
        else:
            stop.set()
        return 0

    await asyncio.wait_for(Timer("one", LONG, job, bells.of("one")).run(stop), 20)
    assert runs.qsize() == 2


async def test_a_timer_that_rests_after_much_work_hears_no_bell_meanwhile() -> None:
    bells, stop, runs = Bells(), asyncio.Event(), asyncio.Queue[int]()

    async def job() -> int:
        runs.put_nowait(1)
        return 500

    timer = asyncio.create_task(
        Timer("one", LONG, job, bells.of("one"), lambda done: LONG if done > 100 else 0).run(stop)
    )
    await runs.get()
    bells.ring(["one"])
    await asyncio.sleep(0.05)
    assert runs.empty()
    stop.set()
    await asyncio.wait_for(timer, 20)


async def test_of_two_times_that_a_bell_is_to_ring_the_last_counts() -> None:
    bells = Bells()
    bells.ring_in(0.0, "one")
    bells.ring_in(LONG, "one")
    await asyncio.sleep(0.05)
    assert not bells.of("one").is_set()
    bells.ring_in(0.0, "one")
    await asyncio.wait_for(bells.of("one").wait(), 20)


async def test_waiting_ends_with_the_first_event_or_with_the_time() -> None:
    silent, rung = asyncio.Event(), asyncio.Event()
    await first_of(silent, seconds=0.01)
    rung.set()
    await asyncio.wait_for(first_of(silent, rung), 20)
    assert not silent.is_set()
