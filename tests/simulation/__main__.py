"""`./run simulate`: many seeds in short stories, or one seed again.

python -m tests.simulation --seeds 1000          seeds 0 to 999
python -m tests.simulation --seed 17             this one again
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from time import perf_counter

from tests.simulation.databases import bench
from tests.simulation.quiet import quiet
from tests.simulation.run import Told, every_fault, simulate
from tests.simulation.story import Length

AT_ONCE = 10
_EVERY_SECONDS = 5.0
_LENGTHS = ("records", "bad_days", "days")


def main(arguments: list[str] | None = None) -> int:
    """0 when no seed fails, else 1. Failures go to standard output as they are found, progress to standard error."""
    wanted = _parsed(arguments)
    seeds = [wanted.seed] if wanted.seed is not None else range(wanted.first, wanted.first + wanted.seeds)
    began, progress = perf_counter(), Progress(len(seeds))
    lengths = {name: value for name in _LENGTHS if (value := getattr(wanted, name)) is not None}
    with ProcessPoolExecutor(wanted.processes, initializer=quiet) as pool:
        for told in chain.from_iterable(pool.map(partial(_some, lengths=lengths), batched(list(seeds)))):
            progress.hear(told, perf_counter() - began)
            if told.failure:
                print(told.failure, end="\n\n", flush=True)
    print(progress.summary(perf_counter() - began))
    return 1 if progress.failed else 0


@dataclass
class Progress:
    """What the seeds so far came to."""

    seeds: int
    done: int = 0
    steps: int = 0
    records: int = 0
    failed: list[int] = field(default_factory=list)
    struck: set[str] = field(default_factory=set)
    _said_at: float = 0.0

    def hear(self, told: Told, seconds: float) -> None:
        self.done, self.steps, self.records = self.done + 1, self.steps + told.steps, self.records + told.records
        self.struck |= told.struck
        self.failed += [told.seed] if told.failure else []
        if seconds - self._said_at >= _EVERY_SECONDS:
            self._said_at = seconds
            print(f"{self.done} of {self.seeds} seeds in {seconds:.0f} s: {len(self.failed)} failed", file=sys.stderr)

    def summary(self, seconds: float) -> str:
        missing = sorted(every_fault() - self.struck)
        which = f" ({', '.join(map(str, self.failed))})" if self.failed else ""
        return (
            f"{self.seeds} seeds, {self.records} records, {self.steps} steps in {seconds:.1f} s: "
            f"{len(self.failed)} failed{which}; {len(self.struck)} kinds of fault struck"
            + (f", and none of: {', '.join(missing)}" if missing else "")
        )


def _some(seeds: Sequence[int], lengths: Mapping[str, int]) -> list[Told]:
    with bench() as own:
        return [simulate(seed, own, replace(Length.of(seed), **lengths)) for seed in seeds]


def batched(seeds: Sequence[int]) -> list[Sequence[int]]:
    """Some at a time: the first of them pays for the others."""
    return [seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)]


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run simulate", description="Seeded simulation of the whole house.")
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds (default 200)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (default 0)")
    parser.add_argument("--seed", type=int, help="this seed alone")
    parser.add_argument("--records", type=int, help="records on the first day (default 5 or 2, by the seed)")
    parser.add_argument("--bad-days", type=int, help="days on which everything may fail (default 3 or 2)")
    parser.add_argument("--days", type=int, help="days from the first to the last (default 100 or 60)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="seeds at once")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
