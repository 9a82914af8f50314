"""The observed column: write what looks showed, decide what follows, keep every look as evidence."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, select, update

from services.sync.domain.patience import LOOK_AGAIN, LOOKS_BEFORE_MEND, MENDS_BY_ITSELF, wait
from services.sync.look import Look
from services.sync.mend import order_again
from services.sync.metrics import ABSENCE_SECONDS
from services.sync.portals.base import Sight
from services.sync.tables import drift, observation, placement
from shared.contracts.events import AbsenceObserved
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal


async def note(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    """Looks at an order that was replaced meanwhile are kept as evidence and change nothing else."""
    await keep_as_evidence(work, portal, looks)
    current = await _current_generations(work, portal, [look.placement.record_id for look in looks])
    fresh = [look for look in looks if current.get(look.placement.record_id) == look.placement.generation]
    await _note_agreement(work, portal, [look for look in fresh if look.as_wanted])
    await _note_difference(work, portal, [look for look in fresh if not look.as_wanted])


async def keep_as_evidence(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    if looks:
        await work.connection.execute(observation.insert(), [_line(work, portal, look) for look in looks])


async def _current_generations(work: UnitOfWork, portal: str, record_ids: Sequence[str]) -> dict[str, int]:
    statement = (
        select(placement.c.record_id, placement.c.generation)
        .where(placement.c.portal == portal, placement.c.record_id.in_(record_ids))
        .order_by(placement.c.record_id)
        .with_for_update()
    )
    return {row.record_id: row.generation for row in await work.connection.execute(statement)}


async def _note_agreement(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    if not looks:
        return
    record_ids = [look.placement.record_id for look in looks]
    await work.connection.execute(
        update(placement)
        .where(placement.c.portal == portal, placement.c.record_id.in_(record_ids))
        .values(
            # What is seen counts more than a missing or lost answer.
            acknowledged_generation=placement.c.generation,
            receipt=None,
            refusal=None,
            observed=_observed_as_wanted(),
            observed_at=work.now,
            observed_generation=placement.c.generation,
            next_look_at=None,
        )
    )
    await work.connection.execute(
        update(drift)
        .where(drift.c.portal == portal, drift.c.record_id.in_(record_ids), drift.c.mended_at.is_(None))
        .values(mended_at=work.now)
    )
    _tell_absences(work, portal, [look for look in looks if look.placement.take_down])


def _observed_as_wanted() -> ColumnElement[str]:
    return case((placement.c.take_down, Sight.ABSENT.value), else_=Sight.PRESENT.value)


def _tell_absences(work: UnitOfWork, portal: str, gone: Sequence[Look]) -> None:
    for look in gone:
        ABSENCE_SECONDS.labels(portal).observe((work.now - look.placement.wanted_at).total_seconds())
    work.tell(
        *(
            AbsenceObserved(
                record_id=look.placement.record_id,
                generation=look.placement.source_generation,
                portal=Portal(portal),
                observed_at=work.now,
            )
            for look in gone
        )
    )


async def _note_difference(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    if not looks:
        return
    statement = (
        update(placement)
        .where(placement.c.record_id == bindparam("of_record"), placement.c.portal == portal)
        .values(
            observed=bindparam("sight"),
            observed_at=bindparam("at"),
            next_look_at=bindparam("again_at"),
        )
    )
    rows = [
        {
            "of_record": look.placement.record_id,
            "sight": look.sighting.sight,
            "at": work.now,
            "again_at": work.now + wait(LOOK_AGAIN, look.placement.looks) if _taken(look) else None,
        }
        for look in looks
    ]
    await work.connection.execute(statement, rows)
    await order_again(work, portal, [look.placement for look in looks if _wants_mending(look)])


def _taken(look: Look) -> bool:
    """Whether the portal said that it took the order; otherwise the next push comes first, and then a look."""
    acknowledged: bool = look.placement.acknowledged_generation == look.placement.generation
    return acknowledged


def _wants_mending(look: Look) -> bool:
    """A lag is no drift, a look that failed proves nothing, and patience with a portal has an end (G08)."""
    return (
        _taken(look)
        and look.sighting.sight is not Sight.UNKNOWN
        and look.placement.looks >= LOOKS_BEFORE_MEND
        and look.placement.mends < MENDS_BY_ITSELF
    )


def _line(work: UnitOfWork, portal: str, look: Look) -> dict[str, Any]:
    return {
        "record_id": look.placement.record_id,
        "portal": portal,
        "generation": look.placement.generation,
        "sight": look.sighting.sight,
        "as_wanted": look.as_wanted,
        "found_on": ",".join(look.sighting.where),
        "differences": look.differences_json,
        "observed_at": work.now,
    }
