"""Answer whoever holds a certificate: is it genuine, and has the record been seen again since (guarantee G05)?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.sync.certificates import store
from services.sync.certificates.domain.statement import KIND, is_later, looks_of
from shared.database.connection import AsyncConnection
from shared.evidence.documents import NotGenuine, verified
from shared.evidence.keys import PublicKeys


@dataclass(frozen=True)
class SeenAgain:
    """A portal on which the record appeared after the certificate: when it was last seen there, and whether it is now
    gone again. `ordered`: it is lawfully ordered to be shown once more."""

    portal: str
    seen_at: datetime | None
    gone_again_at: datetime | None
    ordered: bool


@dataclass(frozen=True)
class Checked:
    """A certificate on file. `said` is None when its signature does not hold."""

    document: str
    said: dict[str, Any] | None
    seen_again: tuple[SeenAgain, ...] = ()


async def check(connection: AsyncConnection, certificate_id: str, keys: PublicKeys) -> Checked | None:
    """None when nothing was issued under this identifier."""
    row = await store.read(connection, certificate_id)
    if row is None:
        return None
    try:
        said = verified(row.document.encode(), KIND, keys)
    except NotGenuine:
        return Checked(row.document, None)
    if said["certificate_id"] != certificate_id:
        return Checked(row.document, None)
    return Checked(row.document, said, await _seen_again(connection, said))


async def _seen_again(connection: AsyncConnection, said: dict[str, Any]) -> tuple[SeenAgain, ...]:
    looks = looks_of(said)
    newest_look = max((look for _, look in looks.values()), default=0)
    standings = await store.read_standings(connection, said["record_id"])
    sightings = await store.seen_since(connection, {one.entry for one in standings})
    newest = {
        (row.portal, row.record_id): row.observed_at
        for row in reversed(sightings)
        if is_later(row.generation, row.observation_id, looks.get((row.portal, row.record_id), (0, newest_look)))
    }
    portals = {portal for portal, _ in looks}
    found = []
    for one in standings:
        seen_at, ordered = newest.get((one.portal, one.entry)), not one.take_down
        if one.portal in portals and (seen_at or ordered):
            gone_at = one.look.observed_at if one.gone and one.look else None
            found.append(SeenAgain(one.portal, seen_at, gone_at, ordered))
    return tuple(found)
