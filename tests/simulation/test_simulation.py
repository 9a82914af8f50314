"""Two hundred short lives of the whole house, each with faults of its own: every promise holds in all of them."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from services.sync.mock_portals.common.admin import Misdeed
from services.sync.mock_portals.common.faults import Fault, FaultName
from tests.simulation.databases import Bench, bench
from tests.simulation.misdeeds import EVERY_FAULT, MISDEEDS
from tests.simulation.quiet import quiet
from tests.simulation.run import every_fault, simulate
from tests.simulation.story import Length

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
    """A simulation is worth what strikes in it: here in a few stories that are nearly all bad days. A fault of a portal
    counts when it was used up, not when it was switched on."""
    stormy = Length(records=3, bad_days=14, days=40)
    told = [simulate(seed, own_bench, stormy) for seed in range(SEEDS, SEEDS + 3)]
    assert not [one.failure for one in told if one.failure]
    drawn = {name for one in told for name in one.struck}
    assert not every_fault() - drawn


def test_the_stand_ins_know_no_fault_that_is_not_drawn() -> None:
    """Nor a way of one, nor a misdeed."""
    drawn = [Fault(**fault) for fault in EVERY_FAULT]
    assert {one.name for one in drawn} == set(FaultName)
    assert {one.mode for one in drawn} == _choices("mode")
    assert {one.on for one in drawn} == _choices("on")
    assert set(MISDEEDS) == set(Misdeed)


def _choices(name: str) -> set[str]:
    """What a field of a fault may be, out of its pattern."""
    [pattern] = [one.pattern for one in Fault.model_fields[name].metadata if hasattr(one, "pattern")]
    return set(pattern.removeprefix("^(").removesuffix(")$").split("|"))


def test_the_same_seed_is_the_same_run(own_bench: Bench) -> None:
    once, again = simulate(3, own_bench), simulate(3, own_bench)
    assert once == again
    assert once.digest != simulate(4, own_bench).digest
