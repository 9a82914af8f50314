"""One seed from beginning to end, and what to tell when it fails."""

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from weakref import ReferenceType, ref

from shared.clock import FrozenClock, governed_by, legal_date
from shared.ids import ids_from
from tests.simulation.actors import Outside
from tests.simulation.chance import Ids, Weather
from tests.simulation.checks import Checks, InvariantBroken
from tests.simulation.databases import Bench
from tests.simulation.house import Restless, simulated_house
from tests.simulation.journal import Journal
from tests.simulation.story import Length, Story

USUAL = Length()
_TURNS_TO_CLOSE = 3
"""After so many turns of the loop a generator that nobody holds any more is closed."""


@dataclass(frozen=True)
class Told:
    """How a run ended: its size, a digest of everything that happened, what struck it, and the failure as text if there
    was one."""

    seed: int
    steps: int
    records: int
    digest: str
    struck: frozenset[str]
    failure: str | None


def simulate(seed: int, bench: Bench, length: Length = USUAL) -> Told:
    """Run one seed. The same seed gives the same run."""
    bench.empty()
    return bench.runner.run(_simulate(seed, bench, length))


async def _simulate(seed: int, bench: Bench, length: Length) -> Told:
    begun: list[ReferenceType[AsyncGenerator[Any, Any]]] = []
    # The loop keeps them in a set of weak references, which takes two of a hundred steps of a run.
    sys.set_asyncgen_hooks(firstiter=lambda generator: begun.append(ref(generator)))
    try:
        return await _told(seed, bench, length)
    finally:
        await _end(begun)


async def _end(begun: Sequence[ReferenceType[AsyncGenerator[Any, Any]]]) -> None:
    """What the dead left under way ends with the run, as it would with its loop: here the loop goes on."""
    for _ in range(_TURNS_TO_CLOSE):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    suspended = [one for generator in begun if (one := generator()) is not None and one.ag_frame is not None]
    await asyncio.gather(*(one.aclose() for one in suspended), return_exceptions=True)
    # What they held open is closed by now, so that nothing is found open that nobody holds.
    gc.collect()
    gc.freeze()


async def _told(seed: int, bench: Bench, length: Length) -> Told:
    random = Random(seed)
    clock = FrozenClock(Story.begins(random))
    journal = Journal(clock)
    weather = Weather(Random(seed + 1_000_000), journal)
    with governed_by(clock), ids_from(Ids(seed, clock)):
        async with simulated_house(bench, clock, weather) as house:
            outside = Outside(house)
            checks = Checks(house, outside)
            house.after_step = checks.after_step
            failure = None
            try:
                await Story(random, house, outside, checks, length).tell()
            except (InvariantBroken, Restless) as error:
                failure = _explained(seed, clock, journal, error)
            return Told(seed, house.steps, len(outside.records), journal.digest(), frozenset(journal.struck), failure)


def _explained(seed: int, clock: FrozenClock, journal: Journal, error: AssertionError) -> str:
    record_id = error.broken.record_id if isinstance(error, InvariantBroken) else ""
    lines = [
        f"seed {seed} fails on {legal_date(clock.now())}",
        f"record: {record_id or 'none in particular'}",
        f"invariant: {error}",
        "what happened to it last:",
        *(f"  {line}" for line in journal.of(record_id)),
        "what happened last:",
        *(f"  {line}" for line in journal.of("", 12)),
        f"again: ./run simulate --seed {seed}",
    ]
    return "\n".join(lines)
