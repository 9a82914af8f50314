"""How many rows an export will have, asked beside it: nobody waits for it, and an export without it goes on.

A total that is only a lower bound is called so on the page.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from services.sync.dashboard.reading import Params, Reader, Reading
from shared.counted_frames import Sort

TotalOf = Callable[[], Awaitable["Total | None"]]


@dataclass(frozen=True)
class Total:
    """So many rows."""

    rows: int
    sort: Sort = Sort.EXACT

    def within(self, room: int | None) -> "Total":
        """Of a sheet that ends after `room` rows."""
        return self if room is None or self.rows < room else Total(room)

    def __add__(self, other: "Total") -> "Total":
        return Total(self.rows + other.rows, max(self.sort, other.sort))


UNKNOWN = Total(0, Sort.UNKNOWN)


def known(rows: int) -> TotalOf:
    """A total that nobody needs to be asked for."""

    async def told() -> Total:
        return Total(rows)

    return told


def told_by(reader: Reader, service: str, path: str, params: Params) -> TotalOf:
    """The total of a list that its service counts when it is asked to."""

    async def ask() -> Total | None:
        return total_in(await reader.read(service, path, counting(params)))

    return ask


def counting(params: Params) -> dict[str, Any]:
    """What asks for the total of a list, and for as little else as there can be."""
    return {**params, "limit": 1, "total": "true"}


def total_in(reading: Reading) -> Total | None:
    """The total of a page that was asked for it; nothing when the service does not say."""
    told = reading.data.get("total") if reading.ok else None
    return Total(told["items"], Sort.LEAST if told["or_more"] else Sort.EXACT) if told else None
