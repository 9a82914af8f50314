"""How long to wait before the next push or look: tables of seconds, the last entry repeats.

A pause before a push is spread by the name of the order: a crowd does not come back at one moment, and the same order
waits as long in every run of a simulation.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

PUSH_AGAIN: Sequence[float] = (0.5, 2, 10, 60, 300, 900)
"""After a portal did not answer or the outcome is uncertain."""

RECEIPT_AGAIN: Sequence[float] = (0.2, 0.3, 0.5, 1, 2, 5, 15, 60, 300)
"""From one question for a receipt to the next."""

RECEIPT_OVERDUE: Sequence[float] = (600, 3600, 14400)
"""An order whose receipt has not come is looked for, and sent again when it is not seen: a portal that works at night
answers in the morning."""

STAGE_AGAIN: Sequence[float] = (0.5, 2, 10, 60, 600, 3600)
"""From one question to the next while a portal decides by stages: that takes days."""

LOOK_AGAIN: Sequence[float] = (0.3, 1, 3, 10, 60, 300)
"""While a portal still shows something else: caches and indexes lag."""

LOOKS_BEFORE_MEND = 4
"""Looks that differ before the order is given again: a lag of some seconds is no drift."""

MENDS_BY_ITSELF = 3
"""Orders repeated without a person. After that the placement stays red until somebody looks at it (G08)."""

LEASE = timedelta(seconds=30)
"""How long a worker keeps the orders that it took, unless it renews that; another takes them over afterwards."""

ORDERS_KEPT = timedelta(minutes=5)
"""They are renewed no longer: two requests after the other, and halves of those that are refused as one, end before."""

LOOKS_BEGIN_WITHIN = 20.0
"""Seconds. What a claim has not begun to look at by then goes back: a take-down that came meanwhile waits no longer."""

LOOK_LEASE = timedelta(seconds=30)
"""The same for looks: so long what a killed worker had in hand waits for another."""

LOOKS_KEPT = timedelta(minutes=6)
"""A claim is renewed no longer: the last look that was begun in time takes no more, with every page of 20 s and both
lists read for as long as a look reads one. What takes longer hangs."""

LOOKS_A_CLAIM = 500
"""Looks that share the pages on which many records stand."""

OWN_FAILURES = 5
"""Attempts that fail on our side (a content that cannot be read, an adapter that stumbles) before people are asked."""


SPREAD, SPREAD_MOST = 0.25, timedelta(minutes=1)
"""A pause before a push is longer by up to this share of it, but no more than that, and never shorter: a portal that
named a time gets it."""


def spread(pause: timedelta, name: str) -> timedelta:
    """The pause of one order among many."""
    chance = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest()) / 2**32
    return pause + min(pause * SPREAD, SPREAD_MOST) * chance


def wait(table: Sequence[float], attempt: int) -> timedelta:
    """The wait after the given attempt, counted from 1."""
    return timedelta(seconds=table[min(max(attempt, 1), len(table)) - 1])
