"""Runs the cases in interleaved rounds, each case in a fresh process, so that a slow minute hits all of them alike.

The order is reversed every second round. A case that fails its own correctness check is a failure of the run; a case
that cannot run here (a missing driver) is left out and said so.
"""

import json
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tests.bench.cases import RESULT, arguments
from tests.bench.measure import Figures, Sizes
from tests.bench.places import Place
from tests.bench.processes import CHECKOUT

_CASE_SECONDS = 1800
_TAIL = 12

Tell = Callable[[str], None]


@dataclass
class Rounds:
    """What every case found in every round, and what went wrong."""

    place: str
    figures: list[dict[str, Figures]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def values(self, case: str, figure: str) -> list[float]:
        """One value a round in which the case ran."""
        return [found[case][figure] for found in self.figures if figure in found.get(case, {})]

    def ratios(self, above: tuple[str, str], below: tuple[str, str]) -> list[float]:
        """The ratio within each round in which both cases ran."""
        pairs = [
            (found[above[0]].get(above[1]), found[below[0]].get(below[1]))
            for found in self.figures
            if above[0] in found and below[0] in found
        ]
        return [one / other for one, other in pairs if one is not None and other]


def run_rounds(place: Place, names: Sequence[str], sizes: Sizes, rounds: int, tell: Tell) -> Rounds:
    """Every case once a round."""
    found = Rounds(place.name)
    for number in range(rounds):
        ordered: Iterable[str] = names if number % 2 == 0 else reversed(names)
        this_round: dict[str, Figures] = {}
        for name in ordered:
            outcome = _run_case(name, place, sizes)
            if isinstance(outcome, str):
                found.failures.append(f"{place.name}, round {number + 1}, {name}: {outcome}")
                tell(f"  {place.name} {number + 1}/{rounds} {name}: FAILED")
            else:
                this_round[name] = outcome
                tell(f"  {place.name} {number + 1}/{rounds} {name}: {_headline(outcome)}")
        found.figures.append(this_round)
    return found


def _run_case(name: str, place: Place, sizes: Sizes) -> Figures | str:
    """Its figures, or why there are none."""
    command = arguments(name, place, sizes)
    try:
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=_CASE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"did not end within {_CASE_SECONDS} s"
    lines = [line for line in done.stdout.splitlines() if line.startswith(RESULT)]
    if done.returncode or not lines:
        return "\n".join(done.stderr.splitlines()[-_TAIL:]) or f"ended with {done.returncode}"
    figures: Figures = json.loads(lines[-1].removeprefix(RESULT))
    return figures


def _headline(figures: Figures) -> str:
    name, value = next(iter(figures.items()))
    return f"{value:,.0f} {name.replace('_', ' ')}"
