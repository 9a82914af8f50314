"""The only place that makes identifiers.

UUID version 7 (RFC 9562) as 32 hexadecimal digits: they grow with time, so that new rows land at the end of an
index instead of all over it.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_given: Callable[[], str] | None = None


def new_id() -> str:
    """A fresh identifier, 32 lower-case hexadecimal digits."""
    return _given() if _given else _uuid7()


@contextmanager
def ids_from(source: Callable[[], str]) -> Iterator[None]:
    """Let `source` make the identifiers of this process while the block runs, so that a simulation can be repeated."""
    global _given  # noqa: PLW0603 - the one place that makes identifiers has one source of them
    before, _given = _given, source
    try:
        yield
    finally:
        _given = before


def _uuid7() -> str:
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
    return f"{value:032x}"
