"""What the observed column becomes when looks agree or differ: first noted, then final after the cache life (G05)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, update

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
    record_ids = [look.placement.record_id for look in looks]
    await work.connection.execute(
        update(placement)
        .where(placement.c.portal == portal, placement.c.record_id.in_(record_ids))
        .values(**_arrived(work), observed_generation=placement.c.generation, next_look_at=None)
    )
    await _note_amended(work, portal, looks)
    seen = drift.c.record_id.in_(record_ids), drift.c.kind.in_(SEEN_BY_A_LOOK)
    closed = update(drift).where(drift.c.portal == portal, drift.c.mended_at.is_(None), *seen)
    mended = await work.connection.execute(closed.values(mended_at=work.now).returning(drift.c.record_id, drift.c.kind))
    await changes.drifts_mended(work, portal, [(row.record_id, row.kind) for row in mended])


async def note_first(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    """The first looks that agree: the order has arrived, and after the cache life a look tells whether it stays so."""
    if not looks:
        return
    again = placement.c.agreed_generation == placement.c.generation
    statement = (
        update(placement)
        .where(placement.c.record_id == bindparam("of_record"), placement.c.portal == portal)
        .values(
            **_arrived(work),
            agreed_generation=placement.c.generation,
            agreed_at=case((again, placement.c.agreed_at), else_=work.now),
            next_look_at=bindparam("again_at"),
        )
    )
    rows = [
        {"of_record": look.placement.record_id, "again_at": _first_agreement(work, look) + look.cache_life}
        for look in looks
    ]
    await work.connection.execute(statement, rows)


async def note_difference(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    """What is shown against what is wanted takes the green away; a look that failed proves nothing."""
    rows = [
        {"of_record": look.placement.record_id, "sight": look.sighting.sight}
        for look in looks
        if look.sighting.sight is not Sight.UNKNOWN
    ]
    if rows:
        statement = (
            update(placement)
            .where(placement.c.record_id == bindparam("of_record"), placement.c.portal == portal)
            .values(observed=bindparam("sight"), observed_at=work.now, observed_generation=0, agreed_generation=0)
        )
        await work.connection.execute(statement, rows)


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


def _arrived(work: UnitOfWork) -> dict[str, Any]:
    """What is seen counts more than a missing or lost answer."""
    return {
        "acknowledged_generation": placement.c.generation,
        "acknowledged_at": case(
            (placement.c.acknowledged_generation < placement.c.generation, bindparam("seen_at", work.now)),
            else_=placement.c.acknowledged_at,
        ),
        "receipt": None,
        "refusal": None,
        "observed": _observed_as_wanted(),
        "observed_at": work.now,
    }


def _observed_as_wanted() -> ColumnElement[str]:
    return case((placement.c.take_down, Sight.ABSENT.value), else_=Sight.PRESENT.value)
