"""One look at one record on one portal, compared with what is wanted there."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from services.sync.domain.shown import differences
from services.sync.metrics import LOOKS
from services.sync.portals.base import PortalAdapter, Sight, Sighting
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.errors import Unavailable


@dataclass(frozen=True)
class Look:
    """What was wanted, what was seen, and whether the two agree. `placement` is the row with its content."""

    placement: AnyRow
    sighting: Sighting
    as_wanted: bool
    differences: dict[str, tuple[str, str]]

    @property
    def differences_json(self) -> str | None:
        return json.dumps(self.differences, ensure_ascii=False) if self.differences else None


async def look_at(adapter: PortalAdapter, rows: Sequence[AnyRow]) -> list[Look]:
    """Look at each of these placements, as many at once as the portal allows. Never raises for the portal's faults."""
    turns = asyncio.Semaphore(adapter.limits.looks_at_once)

    async def one(row: AnyRow) -> Look:
        async with turns:
            return await _look(adapter, row)

    return await asyncio.gather(*(one(row) for row in rows))


async def _look(adapter: PortalAdapter, row: AnyRow) -> Look:
    record = Record.model_validate_json(row.body)
    try:
        sighting = await adapter.look(record)
    except Unavailable as error:
        sighting = Sighting(Sight.UNKNOWN, explanation=str(error))
    LOOKS.labels(adapter.portal, sighting.sight).inc()
    if row.take_down or sighting.sight is not Sight.PRESENT:
        return Look(row, sighting, row.take_down and sighting.sight is Sight.ABSENT, {})
    unlike = differences(adapter.shown(record, row.closes_on), sighting.fields)
    return Look(row, sighting, not unlike, unlike)
