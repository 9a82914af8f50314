"""What records are called: lists of other services name records by number only, and people know them by document."""

from collections.abc import Iterable
from typing import Any

from services.sync.dashboard.reading import Reader

_AT_ONCE = 500


async def names_of(reader: Reader, record_ids: Iterable[str | None]) -> dict[str, Any]:
    """What records are called, by identifier; nothing when that cannot be asked now: numbers are shown instead."""
    wanted = list(dict.fromkeys(one for one in record_ids if one))
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = ",".join(wanted[start : start + _AT_ONCE])
        reading = await reader.read("sync", "/v1/record-names", {"record_ids": part})
        found |= reading.data if reading.ok else {}
    return found
