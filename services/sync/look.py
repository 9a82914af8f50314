"""One look at one record on one portal, compared with what is wanted there."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from services.sync.domain.shown import differences
from services.sync.metrics import LOOKS
from services.sync.portals.base import FACES, LooksTogether, PortalAdapter, Sight, Sighting
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.errors import Unavailable

log = structlog.get_logger()


@dataclass(frozen=True)
class Look:
    """What was wanted, what was seen, and whether the two agree. `placement` is the row with its content.

    `cache_life` of the portal: so long after the first look that agrees another one has to.
    """

    placement: AnyRow
    sighting: Sighting
    as_wanted: bool
    differences: dict[str, tuple[str, str]]
    cache_life: timedelta = timedelta()

    @property
    def everywhere(self) -> bool:
        """Whether detail, search and list all show the record."""
        return set(self.sighting.where) >= set(FACES)

    @property
    def differences_json(self) -> str | None:
        return json.dumps(self.differences, ensure_ascii=False) if self.differences else None


async def look_at(
    adapter: PortalAdapter, rows: Sequence[AnyRow], *, until: Callable[[], bool] = lambda: False
) -> list[Look]:
    """Look at each of these placements, as many at once as the portal allows. Never raises for the portal's faults.

    Those that were not begun before `until` says so are left out.
    """
    turns, glance = asyncio.Semaphore(adapter.limits.looks_at_once), _Glance(adapter, rows)

    async def one(row: AnyRow) -> Look | None:
        async with turns:
            return None if until() else await glance.look(row)

    looks = await asyncio.gather(*(one(row) for row in rows))
    return [look for look in looks if look is not None]


class _Glance:
    """Looks that were begun together, so that they share what the portal's pages show."""

    def __init__(self, adapter: PortalAdapter, rows: Sequence[AnyRow]) -> None:
        self._adapter = adapter
        self._records = {row.record_id: record for row in rows if (record := _readable(row))}
        records = list(self._records.values())
        self._look = adapter.look_together(records) if isinstance(adapter, LooksTogether) else adapter.look

    async def look(self, row: AnyRow) -> Look:
        adapter = self._adapter
        try:
            look = replace(await self._compared(row), cache_life=adapter.limits.cache_life)
        except Unavailable as error:
            look = Look(row, Sighting(Sight.UNKNOWN, explanation=str(error)), as_wanted=False, differences={})
        except Exception as error:  # one record that cannot be read must not hold up the looks at all the others
            log.error("look_failed", portal=adapter.portal, record_id=row.record_id, error=type(error).__name__)
            look = Look(row, Sighting(Sight.UNKNOWN, explanation=type(error).__name__), as_wanted=False, differences={})
        LOOKS.labels(adapter.portal, look.sighting.sight).inc()
        return look

    async def _compared(self, row: AnyRow) -> Look:
        record = self._records.get(row.record_id) or Record.model_validate_json(row.body)
        sighting = await self._look(record)
        if row.take_down or sighting.sight is not Sight.PRESENT:
            return Look(row, sighting, row.take_down and sighting.sight is Sight.ABSENT, {})
        unlike = _unlike(self._adapter.shown(record, row.closes_on), sighting)
        look = Look(row, sighting, as_wanted=False, differences=unlike)
        if not unlike and not look.everywhere and sighting.blind:  # whether the other faces lack it nobody saw
            return replace(look, sighting=replace(sighting, sight=Sight.UNKNOWN))
        return replace(look, as_wanted=not unlike and look.everywhere)


def _readable(row: AnyRow) -> Record | None:
    """None for a content that cannot be read: the look at it says so."""
    try:
        return Record.model_validate_json(row.body)
    except ValueError:
        return None


def _unlike(wanted: Mapping[str, str], sighting: Sighting) -> dict[str, tuple[str, str]]:
    """What the first face that differs shows otherwise."""
    for fields in (sighting.fields, *sighting.others.values()):
        if unlike := differences(wanted, fields):
            return unlike
    return {}
