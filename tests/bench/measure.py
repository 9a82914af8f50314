"""What a case is: it takes a place and sizes, gives figures, and raises when what it measured was not right."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.places import Place

QUICK_SCALE = 0.1
_WARM_UP_ROWS = 4_000  # 8 connections, 500 rows each

Figures = dict[str, float]
Case = Callable[[Place, "Sizes"], Figures]


class WrongResult(Exception):
    """The case was fast at something else than what it was asked for."""


def demand(condition: bool, otherwise: str) -> None:
    """A correctness check: a fast wrong answer is no answer."""
    if not condition:
        raise WrongResult(otherwise)


@dataclass(frozen=True)
class Sizes:
    """How much each kind of case does."""

    rows: int
    list_rows: int
    single_rows: int
    messages: int
    path_rows: int
    burst_records: int
    steady_records: int
    windows: int
    reads: int
    register: int
    listed: int
    deliveries: int
    steady_deliveries: int
    take_downs: int
    backlog: int

    @property
    def rows_in_file(self) -> int:
        """As many as any case sends, the warm-up included."""
        return max(self.rows, self.path_rows) + _WARM_UP_ROWS

    @classmethod
    def scaled(cls, scale: float) -> "Sizes":
        """Scale 1 is meant for a look, scale 5 is the size of the goals (100,000 rows, 1,000,000 windows and
        evaluations)."""

        def whole(number: int, step: int) -> int:
            return max(step, round(number * scale / step) * step)

        return cls(
            rows=whole(20_000, 500),
            list_rows=whole(10_000, 500),
            single_rows=whole(1_000, 100),
            messages=whole(4_000, 200),
            path_rows=whole(10_000, 500),
            burst_records=whole(1_000, 100),
            steady_records=max(50, min(200, round(200 * scale))),
            windows=whole(200_000, 3_000),
            reads=whole(4_000, 400),
            register=whole(200_000, 10_000),
            listed=whole(100_000, 10_000),
            deliveries=whole(2_000, 400),
            # 20 seconds of fifty a second: of fewer a p99 is decided by one or two.
            steady_deliveries=1_000 if scale > QUICK_SCALE else 100,
            take_downs=max(20, min(200, round(100 * scale))),
            backlog=max(1_000, min(10_000, round(10_000 * scale))),
        )
