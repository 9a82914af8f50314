"""The only place that asks what time it is.

Instants are timezone-aware and in UTC (`..._at`); legal dates belong to Asia/Shanghai (`..._on`). Everything
else receives a `Clock`, so that tests, the demo and a simulation can move time for the whole house.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

LEGAL_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present instant, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """Stands still until it is moved. For tests and simulations."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        return self._instant

    def advance(self, by: timedelta) -> None:
        self._instant += by


class ShiftedClock:
    """System time plus the whole seconds written in a file, which every process of a demo reads.

    The file is read at most every 50 ms: a `stat` and a read for each event would cost more than the event.
    """

    _REREAD_SECONDS = 0.05

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shift = timedelta()
        self._reread_at = 0.0

    def now(self) -> datetime:
        if time.monotonic() >= self._reread_at:
            self._shift = timedelta(seconds=self._read())
            self._reread_at = time.monotonic() + self._REREAD_SECONDS
        return datetime.now(UTC) + self._shift

    def advance(self, by: timedelta) -> None:
        """Move every process that reads the same file."""
        shifted = self._read() + int(by.total_seconds())
        partial = self._path.with_suffix(".partial")
        partial.write_text(str(shifted), encoding="ascii")
        partial.replace(self._path)
        self._reread_at = 0.0

    def _read(self) -> int:
        return int(self._path.read_text(encoding="ascii")) if self._path.exists() else 0


def legal_date(instant: datetime) -> date:
    """The day on which an instant falls for the law, in Asia/Shanghai."""
    return instant.astimezone(LEGAL_ZONE).date()


def start_of_legal_day(day: date) -> datetime:
    """00:00 Asia/Shanghai of a legal date, as an instant in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LEGAL_ZONE).astimezone(UTC)


def wall_time() -> datetime:
    """System time in UTC, whatever clock the house lives by.

    For leases, back-offs and the memory of what was delivered: they must not run out because a demo moves the legal
    time by months. Several processes compare these instants, so no monotonic clock can serve.
    """
    return _governing.now() if _governing else datetime.now(UTC)


def stopwatch() -> float:
    """Seconds of a monotonic clock, for durations only."""
    return _governing.now().timestamp() if _governing else time.perf_counter()


_governing: Clock | None = None


@contextmanager
def governed_by(clock: Clock) -> Iterator[None]:
    """Let `wall_time` and `stopwatch` follow this clock while the block runs: what a simulation does must not depend
    on the time of the machine."""
    global _governing  # noqa: PLW0603 - the one place that asks the time has one source of it
    before, _governing = _governing, clock
    try:
        yield
    finally:
        _governing = before
