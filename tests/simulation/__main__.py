"""`./run simulate`: many seeds in short stories, or one seed again.

python -m tests.simulation --seeds 1000          seeds 0 to 999
python -m tests.simulation --seed 17             this one again
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from time import perf_counter

from tests.simulation.databases import bench
from tests.simulation.quiet import quiet
from tests.simulation.run import Told, simulate
from tests.simulation.story import Length

AT_ONCE = 10


def main(arguments: list[str] | None = None) -> int:
    """0 when no seed fails, else 1."""
    wanted = _parsed(arguments)
    seeds = [wanted.seed] if wanted.seed is not None else range(wanted.first, wanted.first + wanted.seeds)
    began = perf_counter()
    failed = steps = records = 0
    length = Length(wanted.records, wanted.bad_days, wanted.days)
    with ProcessPoolExecutor(wanted.processes, initializer=quiet) as pool:
        for told in chain.from_iterable(pool.map(partial(_some, length=length), batched(list(seeds)))):
            steps, records = steps + told.steps, records + told.records
            if told.failure:
                failed += 1
                print(told.failure, end="\n\n", flush=True)
    seconds = perf_counter() - began
    print(f"{len(seeds)} seeds, {records} records, {steps} steps in {seconds:.1f} s: {failed} failed")
    return 1 if failed else 0


def _some(seeds: Sequence[int], length: Length) -> list[Told]:
    with bench() as own:
        return [simulate(seed, own, length) for seed in seeds]


def batched(seeds: Sequence[int]) -> list[Sequence[int]]:
    """Some at a time: the first of them pays for the others."""
    return [seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)]


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    usual = Length()
    parser = argparse.ArgumentParser(prog="./run simulate", description="Seeded simulation of the whole house.")
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds (default 200)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (default 0)")
    parser.add_argument("--seed", type=int, help="this seed alone")
    parser.add_argument("--records", type=int, default=usual.records, help="records on the first day")
    parser.add_argument("--bad-days", type=int, default=usual.bad_days, help="days on which everything may fail")
    parser.add_argument("--days", type=int, default=usual.days, help="days from the first to the last")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="seeds at once")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
