"""Two hundred short lives of the whole house, each with faults of its own: every promise holds in all of them."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.databases import Bench, bench
from tests.simulation.quiet import quiet
from tests.simulation.run import simulate

SEEDS = 200
A_GROUP = 10


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


def test_the_same_seed_is_the_same_run(own_bench: Bench) -> None:
    once, again = simulate(3, own_bench), simulate(3, own_bench)
    assert once == again
    assert once.digest != simulate(4, own_bench).digest
