"""When a delivery is tried again, and how long an endpoint that fails is left alone: tables of seconds with jitter.

The jitter is taken from the name of the delivery: it spreads a crowd as chance would, and a test can foretell it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.retry_after import wait_until

AGAIN: Sequence[float] = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200, 43200, 43200, 72000)
"""From one attempt to the next: three days in all, as the specification recommends."""

ATTEMPTS = len(AGAIN) + 1

HOLD: Sequence[float] = (0, 0, 5, 15, 60, 300, 900, 1800)
"""Pause of a whole endpoint after so many failures without a success in between; the last entry repeats. A dead
endpoint costs one attempt now and then, and its events keep their attempts for the day when it is back."""

IN_A_ROW = 3
"""After so many failures in a row an endpoint is spared the rest; the first pause in `HOLD` follows."""

LONGEST_ASKED = timedelta(days=1)
"""Whatever an endpoint asks for in Retry-After."""

GONE = 410
"""The endpoint is no longer there and never will be."""

_ASKING = (429, 503)
_LONGEST_NUMBER = 10
"""Digits of a number of seconds that is not read any more: centuries."""

LEASE = timedelta(seconds=180)
"""How long a deliverer keeps what it took; longer than a claim can take with every request at its time limit."""

_SPREAD = 0.2


def again_at(now: datetime, attempt: int, name: str) -> datetime | None:
    """When to try after this many attempts; None when that was the last."""
    if attempt >= ATTEMPTS:
        return None
    return now + timedelta(seconds=AGAIN[max(attempt, 1) - 1] * _jitter(f"{name}.{attempt}"))


def failures_after(before: int, failed: int, known: int) -> int:
    """Failures in a row when so many more requests failed that were begun when `known` was the number: however many
    are under way at once, one blip ends them all and shows no more than `IN_A_ROW` failures one after the other."""
    return max(before, min(before + failed, known + IN_A_ROW))


def hold_until(now: datetime, failures: int, name: str, asked: timedelta | None) -> datetime | None:
    """Until when nothing is sent to an endpoint that failed this often in a row; what it asked for counts if longer."""
    seconds = HOLD[min(failures, len(HOLD)) - 1] if failures else 0
    pause = timedelta(seconds=seconds * _jitter(f"{name}.{failures}"))
    if asked is not None:
        pause = max(pause, min(asked, LONGEST_ASKED))
    return now + pause if pause else None


def asked_pause(status: int, retry_after: str | None, now: datetime) -> timedelta | None:
    """What an endpoint that is busy asks for: Retry-After in seconds or as a date. Nothing when neither can be read."""
    if status not in _ASKING or not retry_after:
        return None
    if retry_after.isdecimal():
        return timedelta(seconds=int(retry_after)) if len(retry_after) < _LONGEST_NUMBER else LONGEST_ASKED
    return wait_until(retry_after, now)


def _jitter(name: str) -> float:
    return 1 - _SPREAD + 2 * _SPREAD * int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest()) / 2**32
