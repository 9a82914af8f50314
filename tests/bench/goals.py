"""The goals of issue 2 for the foundation, as ratios within a round, and what they were held against.

A later step raises them (docs/performance.md has the final ones). A goal is judged by the median of the rounds.
"""

from dataclasses import dataclass
from statistics import median

from tests.bench.rounds import Rounds

RESTLESS = 0.5
"""An anchor whose figures spread by more than half of their median: the run is to be repeated, not quoted."""

Figure = tuple[str, str]


@dataclass(frozen=True)
class Goal:
    """`least` or `most` bounds the ratio of two figures; without either it is told and not judged."""

    name: str
    what: str
    above: Figure
    below: Figure
    least: float | None = None
    most: float | None = None

    @property
    def asked(self) -> str:
        if self.least is not None:
            return f">= {self.least:g}"
        return f"<= {self.most:g}" if self.most is not None else "-"

    def met(self, ratio: float) -> bool | None:
        if self.least is not None:
            return ratio >= self.least
        return ratio <= self.most if self.most is not None else None


@dataclass(frozen=True)
class Line:
    """One goal as it was measured in one place."""

    goal: Goal
    ratio: float
    spread: float
    anchor_is_restless: bool

    @property
    def verdict(self) -> str:
        met = self.goal.met(self.ratio)
        words = "" if met is None else "met" if met else "MISSED"
        return f"{words} repeat".strip() if self.anchor_is_restless else words


_ADMIT = ("ingest", "rows_per_s")
_REPEAT = ("ingest", "repeat_rows_per_s")
_UPSERT = ("http_upsert", "rows_per_s")
_RELAY = ("ingest", "relay_records_per_s")
_WAL = ("ingest", "wal_bytes_a_row")

GOALS = (
    Goal("P1", "admit / http_upsert", _ADMIT, _UPSERT, least=0.5),
    Goal("P1", "admit / async ORM, lists of 500", _ADMIT, ("orm_list_async", "rows_per_s"), least=1),
    Goal("P1", "admit / sync ORM, lists of 500", _ADMIT, ("orm_list_sync", "rows_per_s"), least=1),
    Goal("P1", "admit / async ORM, one a POST", _ADMIT, ("orm_one_async", "rows_per_s"), least=1),
    Goal("P1", "admit / sync ORM, one a POST", _ADMIT, ("orm_one_sync", "rows_per_s"), least=1),
    Goal("P1", "p99 of a POST / http_upsert's", ("ingest", "p99_ms"), ("http_upsert", "p99_ms")),
    Goal("P2", "repeat / admit", _REPEAT, _ADMIT, least=2.5),
    Goal("P2", "repeat / http_upsert", _REPEAT, _UPSERT, least=2),
    Goal("P2", "WAL of the repeat / of the first", ("ingest", "repeat_wal_bytes_a_row"), _WAL, most=0.05),
    Goal("P3", "relay / one record a message", _RELAY, ("broker_1_record", "records_per_s"), least=5),
    Goal("P3", "relay / 100 records a message", _RELAY, ("broker_100_records", "records_per_s")),
    Goal("P3", "windows in disclosure / admit", ("windows", "rows_per_s"), _ADMIT),
)

PLAIN: tuple[tuple[str, Figure], ...] = (
    ("records/s seen on three portals", ("portals", "records_per_s")),
    ("accepted to seen by all, p50, ms", ("portals", "p50_ms")),
    ("accepted to seen by all, p99, ms", ("portals", "p99_ms")),
    ("the same in a burst, p99, s", ("portals", "burst_p99_s")),
    ("admitted rows/s", _ADMIT),
    ("unchanged rows/s", _REPEAT),
    ("relayed records/s", _RELAY),
    ("http_upsert rows/s", _UPSERT),
    ("bytes of WAL a row", _WAL),
    ("ingest process, peak MB", ("ingest", "peak_mb")),
    ("relay process, peak MB", ("ingest", "relay_peak_mb")),
    ("consumer process, peak MB", ("windows", "peak_mb")),
)
"""Absolute figures: orders of magnitude only."""


def judge(rounds: Rounds) -> list[Line]:
    """One line for each goal that was measured in this place."""
    lines = []
    for goal in GOALS:
        ratios = rounds.ratios(goal.above, goal.below)
        if ratios:
            restless = spread(rounds.values(*goal.below)) > RESTLESS
            lines.append(Line(goal, median(ratios), spread(ratios), restless))
    return lines


def spread(values: list[float]) -> float:
    """Most minus least, as a share of the median."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0
