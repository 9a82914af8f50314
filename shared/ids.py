"""The only place that makes identifiers.

UUID version 7 (RFC 9562) as 32 hexadecimal digits: they grow with time, so that new rows land at the end of an
index instead of all over it.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_given: Callable[[], str] | None = None
_tails: list[str] = []
_NOISE_BYTES = 10
_AT_ONCE = 256  # identifiers; asking the system for each took half of the time


def new_id() -> str:
    """A fresh identifier, 32 lower-case hexadecimal digits."""
    return _given() if _given else _uuid7()


def new_tracking_number() -> str:
    """80 random bits as 16 digits and letters that nobody confuses (查询码): not to be guessed, and says nothing."""
    noise = int(_given()[-20:], 16) if _given else int.from_bytes(os.urandom(10))
    return "".join(_SIGNS[noise >> 5 * place & 31] for place in range(16))


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
    return f"{time.time_ns() // 1_000_000:012x}{_fresh_tail()}"


def _fresh_tail() -> str:
    """The version and the random part of an identifier, which nobody else gets: threads take theirs by `pop`, a forked
    child begins with none."""
    try:
        return _tails.pop()
    except IndexError:
        drawn = os.urandom(_NOISE_BYTES * _AT_ONCE).hex()
        tails = [_tail(drawn[at : at + 2 * _NOISE_BYTES]) for at in range(0, len(drawn), 2 * _NOISE_BYTES)]
        _tails.extend(tails[1:])
        return tails[0]


def _tail(noise: str) -> str:
    """20 random digits with version and variant in their places (RFC 9562, 5.7): of the fifth digit two bits count."""
    return f"7{noise[1:4]}{'89ab'[int(noise[4], 16) & 3]}{noise[5:]}"


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tails.clear)
