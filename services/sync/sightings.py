"""The observed column: write what looks showed, decide what follows, keep every look as evidence.

A look that agrees is believed when another one agrees after the portal's cache life (缓存期); only then the placement
is as wanted. A record is gone from a portal only with all the entries that it ever had there (guarantee G05).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, update

from services.sync import agreement, former_entries, placements
from services.sync.domain.patience import LOOK_AGAIN, LOOKS_BEFORE_MEND, MENDS_BY_ITSELF, wait
from services.sync.look import Look
from services.sync.look_claims import LookClaim
from services.sync.metrics import ABSENCE_SECONDS
from services.sync.portals.base import Sight
from services.sync.presences import tell_presences
from services.sync.reconciliation.findings import awaiting_people
from services.sync.reconciliation.mend import order_again
from services.sync.tables import observation, placement
from services.sync.webhooks import changes
from shared.contracts.events import AbsenceObserved
from shared.database.types import AnyRow
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal


async def note(work: UnitOfWork, portal: str, looks: Sequence[Look], claim: LookClaim) -> None:
    """Looks of a claim. Those at an order that was replaced meanwhile, or that another worker has taken over, are kept
    as evidence and change nothing else; one of the latter that differs asks for a new look."""
    fresh = await note_sights(work, portal, looks, claim)
    unlike = [look for look in fresh if not look.as_wanted]
    await _look_again(work, portal, unlike)
    to_mend = {look.placement.record_id: look.placement for look in unlike if _wants_mending(look)}
    for_people = await awaiting_people(work, portal, to_mend.keys())
    await order_again(work, portal, [row for record_id, row in to_mend.items() if record_id not in for_people])


async def note_sights(
    work: UnitOfWork, portal: str, looks: Sequence[Look], claim: LookClaim | None = None
) -> list[Look]:
    """Keep the looks as evidence and write what they showed; returns those at orders that still stand.

    Looks of a claim are fenced by it as well: late ones never overwrite what a later claim learned.
    """
    if not looks:
        return []
    await work.connection.execute(observation.insert(), [_line(work, portal, look) for look in looks])
    rows = [look.placement for look in looks]
    current = await placements.lock(work, portal, await former_entries.with_families(work.connection, portal, rows))
    standing = [look for look in looks if _generation(current, look) == look.placement.generation]
    fresh = [look for look in standing if claim is None or _holds(current[look.placement.record_id], look, claim)]
    news = [
        look for look in fresh if current[look.placement.record_id].observed_generation != look.placement.generation
    ]
    agreeing = [look for look in fresh if look.as_wanted]
    final = {look.placement.record_id for look in agreeing if _is_final(current[look.placement.record_id], look, claim)}
    await agreement.note_final(work, portal, [look for look in agreeing if look.placement.record_id in final])
    await agreement.note_first(work, portal, [look for look in agreeing if look.placement.record_id not in final])
    await agreement.note_difference(work, portal, [look for look in fresh if not look.as_wanted])
    tell_presences(work, portal, current, fresh, claimed=claim is not None)
    settled = [look.placement for look in news if look.placement.record_id in final]
    gone = _gone_for_good(current, [row for row in settled if row.take_down], fresh)
    _tell_absences(work, portal, gone)
    shown = [row for row in settled if not row.take_down]
    await changes.seen_as_wanted(work, portal, [*shown, *gone])
    if claim:
        held = {look.placement.record_id for look in fresh}
        await _doubt(work, portal, [look for look in standing if look.placement.record_id not in held])
    return fresh


def _generation(current: Mapping[str, AnyRow], look: Look) -> int | None:
    row = current.get(look.placement.record_id)
    return row.generation if row else None


def _holds(row: AnyRow, look: Look, claim: LookClaim) -> bool:
    """Whether nobody has taken the look over since, and no answer came meanwhile."""
    seen = look.placement
    return claim.holds(row, seen) and bool(row.acknowledged_generation == seen.acknowledged_generation)


def _is_final(current: AnyRow, look: Look, claim: LookClaim | None) -> bool:
    """Whether no cache can be what the look saw: it began the cache life after the first that agreed, or later.

    A claimed look began with its claim; when others began nobody noted.
    """
    seen = look.placement
    if not look.cache_life or current.observed_generation == seen.generation:
        return True
    if claim is None or seen.agreed_generation != seen.generation or seen.agreed_at is None:
        return False
    return bool(seen.agreed_at + look.cache_life <= claim.taken_at)


def _gone_for_good(current: Mapping[str, AnyRow], seen: Sequence[AnyRow], fresh: Sequence[Look]) -> list[AnyRow]:
    """The records of which nothing stands on the portal any more, neither its entry nor a former one."""
    known = {record_id for record_id, row in current.items() if row.observed_generation == row.generation}
    known -= {look.placement.record_id for look in fresh if not look.as_wanted}
    known |= {str(row.record_id) for row in seen}
    families: dict[str, list[AnyRow]] = defaultdict(list)
    for row in current.values():
        families[former_entries.owner_of(row)].append(row)
    owners = sorted({former_entries.owner_of(row) for row in seen})
    return [
        current[owner]
        for owner in owners
        if owner in current and all(row.take_down and row.record_id in known for row in families[owner])
    ]


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


def _tell_absences(work: UnitOfWork, portal: str, gone: Sequence[AnyRow]) -> None:
    if gone:
        effect = effect_of(f"{row.record_id} {row.generation}" for row in gone)
        record_ids = [str(row.record_id) for row in gone]
        work.audit(act_on(Action.ABSENCE_OBSERVED, system("sync.verify"), record_ids, effect, many=portal))
    for row in gone:
        ABSENCE_SECONDS.labels(portal).observe((work.now - row.wanted_at).total_seconds())
    work.tell(
        *(
            AbsenceObserved(
                record_id=row.record_id,
                generation=row.source_generation,
                portal=Portal(portal),
                observed_at=work.now,
            )
            for row in gone
        )
    )


async def _look_again(work: UnitOfWork, portal: str, looks: Sequence[Look]) -> None:
    if not looks:
        return
    rows = [
        {
            "of_record": look.placement.record_id,
            "on_portal": portal,
            "again_at": work.now + wait(LOOK_AGAIN, look.placement.looks) if _needs_another(look) else None,
        }
        for look in looks
    ]
    await work.connection.execute(_AGAIN, rows)


_AGAIN = (
    update(placement)
    .where(placement.c.record_id == bindparam("of_record"), placement.c.portal == bindparam("on_portal"))
    .values(next_look_at=bindparam("again_at"))
)


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
