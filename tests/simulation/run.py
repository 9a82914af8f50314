"""One seed from beginning to end, and what to tell when it fails."""

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from random import Random
from traceback import format_exception
from typing import Any
from weakref import ReferenceType, ref

from services.disclosure import tables as disclosure_tables
from services.disclosure.policy.book import LawBook
from services.ingest import tables as ingest_tables
from services.repair import tables as repair_tables
from services.sync import tables as sync_tables
from shared.clock import FrozenClock, governed_by, legal_date
from shared.database.mechanics import metadata as mechanics
from shared.ids import ids_from
from shared.vocabulary import Portal
from tests.simulation.actors import Outside
from tests.simulation.bus import SimulatedBus
from tests.simulation.chance import Ids, Rates, Weather
from tests.simulation.checks import Checks, InvariantBroken
from tests.simulation.databases import Bench
from tests.simulation.house import House, Restless
from tests.simulation.inline import moved_by_waiting
from tests.simulation.journal import Journal
from tests.simulation.misdeeds import EVERY_FAULT, MISDEEDS, RESTORED, named
from tests.simulation.portals import MockPortal
from tests.simulation.story import Length, Story
from tests.simulation.subscribers import Subscribers
from tests.simulation.watcher import Watch

SERVICES = {
    "ingest": ingest_tables.metadata,
    "disclosure": disclosure_tables.metadata,
    "repair": repair_tables.metadata,
    "sync": sync_tables.metadata,
}
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


def every_fault() -> set[str]:
    """The names of everything that may strike in a story."""
    return {one.name for one in fields(Rates)} | {named(one) for one in EVERY_FAULT} | {*MISDEEDS, RESTORED}


def simulate(seed: int, bench: Bench, length: Length | None = None) -> Told:
    """Run one seed. The same seed gives the same run."""
    bench.empty()
    return bench.runner.run(_simulate(seed, bench, length or Length.of(seed)))


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
    with governed_by(clock), ids_from(Ids(seed, clock)), moved_by_waiting(clock):
        async with simulated_house(bench, clock, weather) as house:
            outside = Outside(house)
            checks = Checks(house, outside)
            house.after_step = checks.after_step
            failure = None
            try:
                await Story(random, house, outside, checks, length).tell()
            except Exception as error:
                failure = _explained(seed, length, clock, journal, error)
            return Told(seed, house.steps, len(outside.records), journal.digest(), frozenset(journal.struck), failure)


def _explained(seed: int, length: Length, clock: FrozenClock, journal: Journal, error: Exception) -> str:
    """A promise that was broken, or what nobody had foreseen."""
    known = isinstance(error, InvariantBroken | Restless)
    record_id = error.broken.record_id if isinstance(error, InvariantBroken) else ""
    lines = [
        f"seed {seed} fails on {legal_date(clock.now())}",
        f"record: {record_id or 'none in particular'}",
        f"invariant: {error}" if known else "".join(format_exception(error)).rstrip(),
        "what happened to it last:",
        *(f"  {line}" for line in journal.of(record_id)),
        "what happened last:",
        *(f"  {line}" for line in journal.of("", 12)),
        f"again: ./run simulate --seed {seed} {_options(length)}",
    ]
    return "\n".join(lines)


def _options(length: Length) -> str:
    return f"--records {length.records} --bad-days {length.bad_days} --days {length.days}"


@asynccontextmanager
async def simulated_house(bench: Bench, clock: FrozenClock, weather: Weather) -> AsyncIterator[House]:
    """An empty house on a bench that one run has at a time."""
    laid = {name: bench.of_service(name, weather, mechanics, metadata) for name, metadata in SERVICES.items()}
    mocks = {portal: MockPortal(portal, bench, clock, weather, weather.journal) for portal in Portal}
    house = House(
        clock,
        weather,
        weather.journal,
        SimulatedBus(clock, weather),
        {name: database for name, (database, _) in laid.items()},
        {name: peek for name, (_, peek) in laid.items()},
        mocks,
        Watch(),
        LawBook(),
        Subscribers(weather),
    )
    async with AsyncExitStack() as stack:
        for mock in mocks.values():
            await mock.open()
            stack.push_async_callback(mock.close)
        house.start_workers()
        await house.subscribers.enter(house.databases["sync"], clock)
        for adapter in house.adapters.values():
            stack.push_async_callback(adapter.close)
        yield house
