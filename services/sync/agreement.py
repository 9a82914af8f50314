"""What the observed column becomes when looks agree or differ: first noted, then final after the cache life (G05)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, update

from services.sync.domain.shown import digest
from services.sync.look import Look
from services.sync.portals.base import Sight
from services.sync.tables import drift, placement
from services.sync.webhooks import changes
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import DriftKind

SEEN_BY_A_LOOK = (DriftKind.GHOST, DriftKind.MISSING, DriftKind.ALTERED, DriftKind.END_DATE, DriftKind.UNKNOWN)
"""Drift that a look at the record can refute; whether a list has it twice only the next scan can tell."""


async def note_final(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    if not looks:
        return
    named = {
        "on_portal": portal,
        "of_records": [look.placement.record_id for look in looks],
        "now": work.now,
    }
    await work.connection.execute(_FINAL, named)
    await _note_amended(work, portal, looks)
    mended = await work.connection.execute(_MENDED, named)
    # Nobody was told of a suspicion that no look confirmed.
    await changes.drifts_mended(work, portal, [(row.record_id, row.kind) for row in mended if row.confirmed])


async def note_first(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    """The first looks that agree: the order has arrived, and after the cache life a look tells whether it stays so."""
    if not looks:
        return
    rows = [
        {
            "of_record": look.placement.record_id,
            "on_portal": portal,
            "now": work.now,
            "again_at": _first_agreement(work, look) + look.cache_life,
        }
        for look in looks
    ]
    await work.connection.execute(_FIRST, rows)


async def note_difference(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    """What is shown against what is wanted takes the green away; a look that failed proves nothing."""
    rows = [
        {"of_record": look.placement.record_id, "on_portal": portal, "sight": look.sighting.sight, "now": work.now}
        for look in looks
        if look.sighting.sight is not Sight.UNKNOWN
    ]
    if rows:
        await work.connection.execute(_DIFFERENT, rows)


async def _note_amended(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    """What a portal must show of an amended order is what was seen and agreed with it."""
    rows = [
        {"of_record": look.placement.record_id, "seen_digest": digest(look.sighting.fields)}
        for look in looks
        if look.placement.amended_body is not None and not look.placement.take_down
    ]
    if rows:
        statement = (
            update(placement)
            .where(placement.c.record_id == bindparam("of_record"), placement.c.portal == portal)
            .values(shown_digest=bindparam("seen_digest"))
        )
        await work.connection.execute(statement, rows)


def _first_agreement(work: UnitOfWork, look: Look) -> datetime:
    seen = look.placement
    agreed: datetime = seen.agreed_at if seen.agreed_generation == seen.generation else work.now
    return agreed


# Made once: building them takes longer than carrying them out for a few rows.
_P = placement.c
_NOW = bindparam("now", type_=_P.observed_at.type)
_ONE = _P.record_id == bindparam("of_record"), _P.portal == bindparam("on_portal")
_ARRIVED = {
    # What is seen counts more than a missing or lost answer.
    "acknowledged_generation": _P.generation,
    "acknowledged_at": case((_P.acknowledged_generation < _P.generation, _NOW), else_=_P.acknowledged_at),
    "receipt": None,
    "refusal": None,
    "observed": case((_P.take_down, Sight.ABSENT.value), else_=Sight.PRESENT.value),
    "observed_at": _NOW,
}
_FINAL = (
    update(placement)
    .where(_P.portal == bindparam("on_portal"), _P.record_id.in_(bindparam("of_records", expanding=True)))
    .values(**_ARRIVED, observed_generation=_P.generation, next_look_at=None)
)
_FIRST = (
    update(placement)
    .where(*_ONE)
    .values(
        **_ARRIVED,
        agreed_generation=_P.generation,
        agreed_at=case((_P.agreed_generation == _P.generation, _P.agreed_at), else_=_NOW),
        next_look_at=bindparam("again_at"),
    )
)
_DIFFERENT = (
    update(placement)
    .where(*_ONE)
    .values(observed=bindparam("sight"), observed_at=_NOW, observed_generation=0, agreed_generation=0)
)
_MENDED = (
    update(drift)
    .where(
        drift.c.portal == bindparam("on_portal"),
        drift.c.mended_at.is_(None),
        drift.c.record_id.in_(bindparam("of_records", expanding=True)),
        drift.c.kind.in_(SEEN_BY_A_LOOK),
    )
    .values(mended_at=_NOW)
    .returning(drift.c.record_id, drift.c.kind, drift.c.confirmed)
)
