"""One seed from beginning to end, and what to tell when it fails."""

import asyncio
import selectors
from dataclasses import dataclass
from random import Random

from shared.clock import FrozenClock, governed_by, legal_date
from shared.ids import ids_from
from tests.simulation.actors import Outside
from tests.simulation.chance import Ids, Weather
from tests.simulation.checks import Checks, InvariantBroken
from tests.simulation.databases import Bench
from tests.simulation.house import Restless, simulated_house
from tests.simulation.inline import sqlite_without_threads
from tests.simulation.journal import Journal
from tests.simulation.story import Length, Story

USUAL = Length()


@dataclass(frozen=True)
class Told:
    """How a run ended: its size, a digest of everything that happened, and the failure as text if there was one."""

    seed: int
    steps: int
    records: int
    digest: str
    failure: str | None


def simulate(seed: int, bench: Bench, length: Length = USUAL) -> Told:
    """Run one seed. The same seed gives the same run."""
    with sqlite_without_threads(), asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(_simulate(seed, bench, length))


class _SparedSelector(selectors.DefaultSelector):
    """Nothing comes from outside while there is something to do: 5,000 questions to the system a run less."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return [] if timeout == 0 else super().select(timeout)


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(_SparedSelector())


async def _simulate(seed: int, bench: Bench, length: Length) -> Told:
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
            return Told(seed, house.steps, len(outside.records), journal.digest(), failure)


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
