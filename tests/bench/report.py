"""Tells what was measured: a table of 80 columns for each place, and a line of JSON for each case and round."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median

from tests.bench.goals import PLAIN, judge
from tests.bench.measure import Sizes
from tests.bench.rounds import Rounds

_WIDTH = 80


def table(rounds: Rounds) -> str:
    """Ratios with their goals first, absolute figures after them."""
    count = len(rounds.figures)
    lines = [
        "",
        f"{rounds.place}: median of {count} round{'s' if count > 1 else ''}".ljust(_WIDTH, " "),
        f"{'goal':<5}{'ratio':<37}{'asked':>8}{'measured':>10}{'spread':>8}  verdict",
        "-" * _WIDTH,
        *_ratios(rounds),
        "-" * _WIDTH,
        f"{'figures, orders of magnitude only':<42}{'median':>12}{'least':>10}{'most':>10}",
        *_figures(rounds),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _ratios(rounds: Rounds) -> Iterator[str]:
    for line in judge(rounds):
        goal = line.goal
        yield (f"{goal.name:<5}{goal.what:<37}{goal.asked:>8}{line.ratio:>10.3g}{line.spread:>8.0%}  {line.verdict}")


def _figures(rounds: Rounds) -> Iterator[str]:
    for name, figure in PLAIN:
        values = rounds.values(*figure)
        if any(values):
            yield f"{name:<42}{median(values):>12,.6g}{min(values):>10,.6g}{max(values):>10,.6g}"


def write_lines(path: Path, rounds: Rounds, sizes: Sizes) -> None:
    """Append every figure of every round, for whoever wants to compute something else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        for number, cases in enumerate(rounds.figures, start=1):
            for name, figures in cases.items():
                line = {"place": rounds.place, "round": number, "case": name, "figures": figures}
                file.write(json.dumps(line | {"sizes": asdict(sizes)}) + "\n")
