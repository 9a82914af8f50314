"""The rows of the stand-in and what can go wrong with it. Rows get their number early and become visible later, as in
a system whose transactions overlap: that is what the overlap of the pull worker is for."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Row = Mapping[str, Any]


class SourceFault(StrEnum):
    """What the next request meets; each counts once."""

    ERROR = "error"  # 500
    SLOW = "slow"  # an answer that takes its time
    GARBLED = "garbled"  # no JSON
    DUPLICATE_PAGE = "duplicate_page"  # the page before once more
    OUT_OF_ORDER = "out_of_order"  # a page from further on
    STUCK = "stuck"  # more is promised behind the same mark


@dataclass
class MockSource:
    """The law-enforcement system of a test or a demonstration."""

    token: str = "source"  # noqa: S105 - a stand-in's
    faults: deque[SourceFault] = field(default_factory=deque)
    requests: int = 0
    _rows: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)
    _last: int = 0

    def add(self, kind: str, rows: Iterable[Row]) -> None:
        """Rows that are visible at once."""
        for row in rows:
            self.commit(kind, self.reserve(), row)

    def reserve(self) -> int:
        """The number of a row that is not committed yet."""
        self._last += 1
        return self._last

    def commit(self, kind: str, number: int, row: Row) -> None:
        """Make it visible, perhaps behind rows with greater numbers that are visible already."""
        rows = self._rows.setdefault(kind, [])
        rows.insert(bisect_right(rows, number, key=lambda at: at[0]), (number, row))

    def page(self, kind: str, after: int, limit: int, fault: SourceFault | None = None) -> dict[str, Any]:
        """What is visible behind a mark."""
        if fault is SourceFault.DUPLICATE_PAGE:
            after = max(0, after - limit)
        if fault is SourceFault.OUT_OF_ORDER:
            after += limit
        rows = self._rows.get(kind, [])
        at = bisect_right(rows, after, key=lambda one: one[0])
        found = rows[at : at + limit]
        mark = found[-1][0] if found and fault is not SourceFault.STUCK else after
        more = at + limit < len(rows) or fault is SourceFault.STUCK
        return {"rows": [row for _, row in found], "next": str(mark), "has_more": more}
