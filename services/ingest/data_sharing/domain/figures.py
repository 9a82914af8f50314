"""What became of rows, counted: by authority for a batch, and the digest by which a day's figures are recognised."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.vocabulary import Verdict

FIGURES = ("received", "admitted", "amended", "unchanged", "quarantined", "voided", "late")
"""In the order of the list. `late`: admitted later than the reporting duty allows; the verdicts sum to `received`."""

KEYS = ("source", "authority_code", "kind")

_VERDICTS = tuple(str(verdict) for verdict in Verdict)

RowOutcome = tuple[str, Verdict, bool]
"""Authority of a row (empty when it could not be read), its verdict, and whether its decision was reported late."""


def shares(rows: Iterable[RowOutcome]) -> dict[str, dict[str, int]]:
    """The figures of one batch by authority. Only an admitted row can be late: later ones repeat a known decision."""
    found: dict[str, dict[str, int]] = {}
    for (authority, verdict, late), number in Counter(rows).items():
        share = found.setdefault(authority, dict.fromkeys(FIGURES, 0))
        share["received"] += number
        share[verdict] += number
        if late and verdict is Verdict.ADMITTED:
            share["late"] += number
    return found


def summed(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The sums of several lines of the list."""
    total = dict.fromkeys(FIGURES, 0)
    for row in rows:
        for name in FIGURES:
            total[name] += row[name]
    return total


def digest_of(lines: Iterable[Sequence[object]]) -> str:
    """What an officer saw, in 32 digits: (source, authority, kind, figures…) of every line, in their order."""
    digest = hashlib.blake2b(digest_size=16)
    for line in lines:
        digest.update("\x1f".join(map(str, line)).encode() + b"\n")
    return digest.hexdigest()
