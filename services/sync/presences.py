"""Tell whoever waits for an absence that a portal still shows the record (仍在展示), since when, and who is asked.

Decides nothing about mending; a lag of some looks is not told. Serves G10.
"""

from collections.abc import Mapping, Sequence

from services.sync.domain.patience import LOOKS_BEFORE_MEND, MENDS_BY_ITSELF
from services.sync.former_entries import owner_of
from services.sync.look import Look
from services.sync.portals.base import Sight
from shared.contracts.events import PresenceObserved
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Asked, Portal


def tell_presences(
    work: UnitOfWork, portal: str, current: Mapping[str, AnyRow], looks: Sequence[Look], *, claimed: bool
) -> None:
    """Of looks at orders that stand: those at records that the portal said it would take down and still shows, be it as
    a former entry (旧条目). `current` are the placements of these records as they stand."""
    work.tell(
        *(
            PresenceObserved(
                record_id=record.record_id,
                generation=record.source_generation,
                portal=Portal(portal),
                since=record.wanted_at,
                observed_at=work.now,
                asked=Asked.PORTAL if look.placement.mends < MENDS_BY_ITSELF else Asked.PERSON,
            )
            for look in looks
            for record in [current.get(owner_of(look.placement))]
            if record is not None and record.take_down
            if _is_shown(look) and (not claimed or look.placement.looks >= LOOKS_BEFORE_MEND)
        )
    )


def _is_shown(look: Look) -> bool:
    row = look.placement
    obeys = look.as_wanted or not row.take_down or look.sighting.sight is Sight.UNKNOWN
    return not obeys and bool(row.acknowledged_generation == row.generation)
