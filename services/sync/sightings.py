"""The observed column: write what looks showed, decide what follows, keep every look as evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, update

from services.sync import placements
from services.sync.domain.patience import LOOK_AGAIN, LOOKS_BEFORE_MEND, MENDS_BY_ITSELF, wait
from services.sync.look import Look
from services.sync.metrics import ABSENCE_SECONDS
from services.sync.portals.base import Sight
from services.sync.reconciliation.findings import awaiting_people
from services.sync.reconciliation.mend import order_again
from services.sync.tables import drift, observation, placement
from services.sync.webhooks import changes
from shared.contracts.events import AbsenceObserved
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import DriftKind, Portal

SEEN_BY_A_LOOK = (DriftKind.GHOST, DriftKind.MISSING, DriftKind.ALTERED, DriftKind.END_DATE, DriftKind.UNKNOWN)
"""Drift that a look at the record can refute; whether a list has it twice only the next scan can tell."""


async def note(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    """Looks of a claim. Those at an order that was replaced meanwhile, or that another worker has taken over, are kept
    as evidence and change nothing else; one of the latter that differs asks for a new look."""
    fresh = await note_sights(work, portal, looks, claimed=True)
    unlike = [look for look in fresh if not look.as_wanted]
    await _look_again(work, portal, unlike)
    to_mend = {look.placement.record_id: look.placement for look in unlike if _wants_mending(look)}
    for_people = await awaiting_people(work, portal, to_mend.keys())
    await order_again(work, portal, [row for record_id, row in to_mend.items() if record_id not in for_people])


async def note_sights(work: UnitOfWork, portal: str, looks: Sequence[Look], *, claimed: bool = False) -> list[Look]:
    """Keep the looks as evidence and write what they showed; returns those at orders that still stand.

    `claimed` looks are fenced by their claim as well: late ones never overwrite what a later claim learned.
    """
    if not looks:
        return []
    await work.connection.execute(observation.insert(), [_line(work, portal, look) for look in looks])
    current = await placements.lock(work, portal, [look.placement.record_id for look in looks])
    standing = [look for look in looks if _generation(current, look) == look.placement.generation]
    fresh = [look for look in standing if not claimed or _holds(current[look.placement.record_id], look)]
    news = [
        look for look in fresh if current[look.placement.record_id].observed_generation != look.placement.generation
    ]
    await _note_agreement(work, portal, [look for look in fresh if look.as_wanted])
    _tell_absences(work, portal, [look for look in news if look.as_wanted and look.placement.take_down])
    await changes.seen_as_wanted(work, portal, [look.placement for look in news if look.as_wanted])
    await _note_difference(work, portal, [look for look in fresh if not look.as_wanted])
    if claimed:
        await _doubt(work, portal, [look for look in standing if not _holds(current[look.placement.record_id], look)])
    return fresh


def _generation(current: Mapping[str, AnyRow], look: Look) -> int | None:
    row = current.get(look.placement.record_id)
    return row.generation if row else None


def _holds(row: AnyRow, look: Look) -> bool:
    """Whether nobody has taken the look over since, and no answer came meanwhile."""
    seen = look.placement
    return bool(row.looks == seen.looks and row.acknowledged_generation == seen.acknowledged_generation)


async def _doubt(work: UnitOfWork, portal: str, late: Sequence[Look]) -> None:
    """A late look that differs from what a later claim saw as wanted decides nothing: look once more."""
    differing = [
        look.placement.record_id for look in late if not look.as_wanted and look.sighting.sight is not Sight.UNKNOWN
    ]
    if differing:
        agreed = placement.c.observed_generation == placement.c.generation, placement.c.next_look_at.is_(None)
        await work.connection.execute(
            update(placement)
            .where(placement.c.portal == portal, placement.c.record_id.in_(differing), *agreed)
            .values(next_look_at=work.now, looks=0)
        )


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
            acknowledged_at=case(
                (placement.c.acknowledged_generation < placement.c.generation, bindparam("seen_at", work.now)),
                else_=placement.c.acknowledged_at,
            ),
            receipt=None,
            refusal=None,
            observed=_observed_as_wanted(),
            observed_at=work.now,
            observed_generation=placement.c.generation,
            next_look_at=None,
        )
    )
    seen = drift.c.record_id.in_(record_ids), drift.c.kind.in_(SEEN_BY_A_LOOK)
    closed = update(drift).where(drift.c.portal == portal, drift.c.mended_at.is_(None), *seen)
    mended = await work.connection.execute(closed.values(mended_at=work.now).returning(drift.c.record_id, drift.c.kind))
    await changes.drifts_mended(work, portal, [(row.record_id, row.kind) for row in mended])


def _observed_as_wanted() -> ColumnElement[str]:
    return case((placement.c.take_down, Sight.ABSENT.value), else_=Sight.PRESENT.value)


def _tell_absences(work: UnitOfWork, portal: str, gone: Sequence[Look]) -> None:
    if gone:
        effect = effect_of(f"{look.placement.record_id} {look.placement.generation}" for look in gone)
        record_ids = [str(look.placement.record_id) for look in gone]
        work.audit(act_on(Action.ABSENCE_OBSERVED, system("sync.verify"), record_ids, effect, many=portal))
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
            .values(observed=bindparam("sight"), observed_at=work.now, observed_generation=0)
        )
        await work.connection.execute(statement, rows)


async def _look_again(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    if not looks:
        return
    statement = (
        update(placement)
        .where(placement.c.record_id == bindparam("of_record"), placement.c.portal == portal)
        .values(next_look_at=bindparam("again_at"))
    )
    rows = [
        {
            "of_record": look.placement.record_id,
            "again_at": work.now + wait(LOOK_AGAIN, look.placement.looks) if _needs_another(look) else None,
        }
        for look in looks
    ]
    await work.connection.execute(statement, rows)


def _needs_another(look: Look) -> bool:
    """An order that the portal took is looked at until it is obeyed. One in doubt is read back, but not for ever:
    with its idempotency key it may be sent again."""
    in_doubt = look.sighting.sight is Sight.UNKNOWN and look.placement.looks < LOOKS_BEFORE_MEND
    return _taken(look) or in_doubt


def _taken(look: Look) -> bool:
    """Whether the portal said that it took the order."""
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
