"""The goals as ratios within a round, and what they are held against. A goal is judged by the median of the rounds."""

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

_PLAIN_SWEEP = ("sweep_sql", "seconds")
_DELIVERED = ("deliver", "deliveries_per_s")
_GROWN = "deliver_growth"
_NINE = ("endpoints", "nine_per_s")
_BEHIND = ("overtaking", "behind_p99_ms")
_BY_PAGES = ("reconcile", "pages_s")
_BY_SMALL_PAGES = ("reconcile", "small_pages_s")
_BY_EXPORT = ("reconcile", "seconds")
_DIGEST_BYTES = ("reconcile", "digest_bytes")
_READ = ("read", "reads_per_s")
_SHORTEST_READ = ("read_asyncpg", "reads_per_s")
_SWEPT = ("beside", "beside_sweep_p99_ms")
_ADMITTED = ("beside", "beside_admission_per_s")

GOALS = (
    Goal("P1", "admit / http_upsert", _ADMIT, _UPSERT, least=0.75),
    Goal("P1", "admit / async ORM, lists of 500", _ADMIT, ("orm_list_async", "rows_per_s"), least=1.6),
    Goal("P1", "admit / sync ORM, lists of 500", _ADMIT, ("orm_list_sync", "rows_per_s"), least=3.4),
    Goal("P1", "admit / async ORM, one a POST", _ADMIT, ("orm_one_async", "rows_per_s"), least=11),
    Goal("P1", "admit / sync ORM, one a POST", _ADMIT, ("orm_one_sync", "rows_per_s"), least=30),
    Goal("P1", "p99 of a POST / http_upsert's", ("ingest", "p99_ms"), ("http_upsert", "p99_ms"), most=2),
    Goal(
        "P1", "admit with ten times the records", ("growth", "grown_rows_per_s"), ("growth", "rows_per_s"), least=0.85
    ),
    Goal("P1", "file of ten times the rows, time", ("file", "seconds"), ("file", "tenth_seconds"), most=11),
    Goal("P1", "the same, CPU of the process", ("file", "cpu_s"), ("file", "tenth_cpu_s")),
    Goal("P1", "the same, peak of memory", ("file", "peak_mb"), ("file", "tenth_peak_mb"), most=1.1),
    Goal("P2", "repeat / admit", _REPEAT, _ADMIT, least=2.5),
    Goal("P2", "repeat / http_upsert", _REPEAT, _UPSERT, least=2),
    Goal("P2", "WAL of the repeat / of the first", ("ingest", "repeat_wal_bytes_a_row"), _WAL, most=0.05),
    Goal("P2", "1 % changed / none, time", ("growth", "changed_seconds"), ("growth", "unchanged_seconds"), most=1.1),
    Goal("P3", "relay / one record a message", _RELAY, ("broker_1_record", "records_per_s"), least=5),
    Goal("P3", "relay / 100 records a message", _RELAY, ("broker_100_records", "records_per_s")),
    Goal("P3", "windows in disclosure / admit", ("windows", "rows_per_s"), _ADMIT),
    Goal("law", "evaluated / plain loop", ("policy", "records_per_s"), ("policy", "plain_records_per_s"), least=5),
    Goal("P6", "time of the sweep / plain statement", ("sweep", "seconds"), _PLAIN_SWEEP, most=2.5),
    Goal("P6", "swept / ORM loop", ("sweep", "rows_per_s"), ("sweep_orm", "rows_per_s"), least=6),
    Goal("P6", "growth with the table / statement's", ("sweep", "growth"), ("sweep_sql", "growth"), most=1.2),
    Goal("P8", "read / asyncpg, stored text", _READ, _SHORTEST_READ, least=0.6),
    Goal("P8", "read / ORM and response model", _READ, ("read_orm", "reads_per_s"), least=2),
    Goal("P8", "p99 of a read / asyncpg's", ("read", "p99_ms"), ("read_asyncpg", "p99_ms"), most=1.5),
    Goal("P8", "read of ten times the records", ("read", "grown_reads_per_s"), _READ, least=0.95),
    Goal("P6", "p99 of a read beside a sweep / alone", _SWEPT, ("beside", "publication_p99_ms"), most=2),
    Goal("P8", "reads beside admission / alone", _ADMITTED, ("beside", "reads_per_s"), least=0.5),
    Goal("P4", "delivered / direct_aiohttp", _DELIVERED, ("direct_aiohttp", "deliveries_per_s"), least=0.8),
    Goal("P4", "nine endpoints beside a silent one", ("endpoints", "nine_beside_silent_per_s"), _NINE, least=0.9),
    Goal("P4", "a hundred endpoints / nine", ("endpoints", "hundred_per_s"), _NINE, least=0.9),
    Goal("P5", "p50 from commit / direct_aiohttp's", ("deliver", "p50_ms"), ("direct_aiohttp", "p50_ms"), most=3),
    Goal("P5", "p99 from commit / direct_aiohttp's", ("deliver", "p99_ms"), ("direct_aiohttp", "p99_ms"), most=2),
    Goal("P4", "ten times the events", (_GROWN, "grown_per_s"), (_GROWN, "deliveries_per_s"), least=0.95),
    Goal("P4", "the same, peak of memory", (_GROWN, "grown_peak_mb"), (_GROWN, "peak_mb"), most=1.1),
    Goal("P5", "p99 in full tables / in empty ones", (_GROWN, "grown_p99_ms"), (_GROWN, "p99_ms"), most=1.25),
    Goal("P5", "take-down behind a backlog / at rest", _BEHIND, ("overtaking", "idle_p99_ms"), most=5),
    Goal("P7", "reconciled by pages / download alone", _BY_PAGES, ("reconcile", "page_download_s"), most=1.1),
    Goal("P7", "the same / only reading them", _BY_PAGES, ("reconcile", "page_read_s")),
    Goal("P7", "the same, pages of fifty", _BY_SMALL_PAGES, ("reconcile", "small_page_download_s"), most=1.1),
    Goal("P7", "reconciled by export / download alone", _BY_EXPORT, ("reconcile", "download_s"), most=1.1),
    Goal("P7", "the same / only reading it", _BY_EXPORT, ("reconcile", "read_s")),
    Goal("P7", "the same, CPU of the process", ("reconcile", "cpu_s"), ("reconcile", "download_cpu_s")),
    Goal("P7", "bytes by digests / of a listing", _DIGEST_BYTES, ("reconcile", "export_bytes"), most=0.01),
    Goal("P7", "by digests / whole reading", ("reconcile", "digests_s"), ("reconcile", "seconds"), most=0.1),
)

PLAIN: tuple[tuple[str, Figure], ...] = (
    ("records/s seen on three portals", ("portals", "records_per_s")),
    ("accepted to seen by all, p50, ms", ("portals", "p50_ms")),
    ("accepted to seen by all, p99, ms", ("portals", "p99_ms")),
    ("the same in a burst, p99, s", ("portals", "burst_p99_s")),
    ("admitted rows/s", _ADMIT),
    ("unchanged rows/s", _REPEAT),
    ("rows/s of a file", ("file", "rows_per_s")),
    ("process that reads a file, peak MB", ("file", "peak_mb")),
    ("relayed records/s", _RELAY),
    ("http_upsert rows/s", _UPSERT),
    ("bytes of WAL a row", _WAL),
    ("seconds for 1,000,000 evaluations", ("policy", "seconds_a_million")),
    ("records/s compared under two packs", ("policy", "compared_records_per_s")),
    ("windows/s ended", ("sweep", "rows_per_s")),
    ("sweep with nothing due, ms", ("sweep", "nothing_due_ms")),
    ("sweeping process, peak MB", ("sweep", "peak_mb")),
    ("the same, a tenth as many due", ("sweep", "few_peak_mb")),
    ("deliveries/s", _DELIVERED),
    ("commit to receipt, p50, ms", ("deliver", "p50_ms")),
    ("commit to receipt, p99, ms", ("deliver", "p99_ms")),
    ("transaction begun to receipt, p50, ms", ("deliver", "from_begin_p50_ms")),
    ("transaction begun to receipt, p99, ms", ("deliver", "from_begin_p99_ms")),
    ("direct_aiohttp publish to receipt, p50, ms", ("direct_aiohttp", "p50_ms")),
    ("direct_aiohttp publish to receipt, p99, ms", ("direct_aiohttp", "p99_ms")),
    ("take-down pushed at rest, p99, ms", ("overtaking", "idle_p99_ms")),
    ("take-down pushed behind a backlog, p99, ms", _BEHIND),
    ("delivering process, peak MB", ("deliver", "peak_mb")),
    ("listed records/s reconciled", ("reconcile", "records_per_s")),
    ("reconciled by digests, s", ("reconcile", "digests_s")),
    ("memory that reconciling needs, MB", ("reconcile", "grown_mb")),
    ("reconciling process, peak MB", ("reconcile", "peak_mb")),
    ("the same by pages, peak MB", ("reconcile", "pages_mb")),
    ("reads/s", _READ),
    ("p99 of a read, ms", ("read", "p99_ms")),
    ("reading process, peak MB", ("read", "peak_mb")),
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
