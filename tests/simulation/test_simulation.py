"""Two hundred short lives of the whole house, each with faults of its own: every promise holds in all of them."""

import logging
from collections.abc import Iterator
from dataclasses import fields

import pytest
import structlog

from tests.simulation.chance import Rates
from tests.simulation.databases import Bench, bench
from tests.simulation.portals import MISDEEDS, RESTORED
from tests.simulation.quiet import quiet
from tests.simulation.run import simulate
from tests.simulation.story import MISDEEDS_OF_PORTALS, Length, named

SEEDS = 200
A_GROUP = 5
"""Small, so that two processes end at the same time."""


@pytest.fixture(scope="module")
def own_bench() -> Iterator[Bench]:
    lines, level = structlog.get_config(), logging.getLogger().level
    quiet()
    with bench() as own:
        yield own
    structlog.configure(**lines)
    logging.getLogger().setLevel(level)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(0, SEEDS, A_GROUP))
def test_every_promise_holds_whatever_fails(first: int, own_bench: Bench) -> None:
    told = [simulate(seed, own_bench) for seed in range(first, first + A_GROUP)]
    failures = [one.failure for one in told if one.failure]
    assert not failures, "\n\n".join(failures)
    assert all(one.records and one.steps > 50 for one in told)


def test_every_fault_is_drawn(own_bench: Bench) -> None:
    """A simulation is worth what strikes in it: here in a few stories that are nearly all bad days."""
    stormy = Length(records=3, bad_days=14, days=40)
    told = [simulate(seed, own_bench, stormy) for seed in range(SEEDS, SEEDS + 3)]
    assert not [one.failure for one in told if one.failure]
    drawn = {name for one in told for name in one.struck}
    known = {one.name for one in fields(Rates)} | {named(one) for one in MISDEEDS_OF_PORTALS} | {*MISDEEDS, RESTORED}
    assert not known - drawn


def test_the_same_seed_is_the_same_run(own_bench: Bench) -> None:
    once, again = simulate(3, own_bench), simulate(3, own_bench)
    assert once == again
    assert once.digest != simulate(4, own_bench).digest
