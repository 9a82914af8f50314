"""What one reconciliation found: suspicions judged by fresh looks, kept as drift (不一致), closed when they are gone.

It accuses nobody on the word of a listing alone, and it never forgets what it found (guarantees G07 and G08).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import exists, insert, select, update

from services.sync.compare import Candidate
from services.sync.look import Look
from services.sync.portals.base import Sight
from services.sync.tables import drift, placement
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import DriftKind

_OF_THE_LIST = (DriftKind.FOREIGN, DriftKind.DUPLICATE)
"""A look at one page can neither confirm nor refute these; they are gone when a complete scan has them no more."""


@dataclass(frozen=True)
class Findings:
    """The confirmed differences, and the looks at those records that can be ordered again, each once."""

    drifts: Sequence[Candidate]
    looks: Mapping[str, Look]
    mendable: Sequence[Look]

    @property
    def unknown(self) -> int:
        return sum(one.kind is DriftKind.UNKNOWN for one in self.drifts)


def judge(candidates: Sequence[Candidate], looks: Sequence[Look]) -> Findings:
    """What the looks confirm, named for what they saw."""
    by_record = {str(look.placement.record_id): look for look in looks}
    judged = (_judged(one, by_record.get(one.record_id or "")) for one in candidates)
    drifts = [one for one in judged if one]
    known = {one.record_id for one in drifts if one.kind is not DriftKind.UNKNOWN}
    return Findings(drifts, by_record, [look for record_id, look in by_record.items() if record_id in known])


def _judged(candidate: Candidate, look: Look | None) -> Candidate | None:
    """None for a suspicion that the look refuted."""
    if candidate.kind in _OF_THE_LIST:
        return candidate
    if look is None or look.sighting.sight is Sight.UNKNOWN:
        return replace(candidate, kind=DriftKind.UNKNOWN)
    if look.as_wanted:
        return None
    if look.placement.take_down:
        return replace(candidate, kind=DriftKind.GHOST)
    return replace(candidate, kind=DriftKind.MISSING if look.sighting.sight is Sight.ABSENT else DriftKind.ALTERED)


async def record(work: UnitOfWork, run_id: str, portal: str, found: Findings, *, ordered: bool) -> None:
    """Keep each difference as evidence, whether it is mended or not."""
    mended = {look.placement.record_id for look in found.mendable} if ordered else set()
    if found.drifts:
        rows = [_row(work, run_id, portal, one, found, mended=one.record_id in mended) for one in found.drifts]
        await work.connection.execute(insert(drift), rows)


def _row(
    work: UnitOfWork, run_id: str, portal: str, one: Candidate, found: Findings, *, mended: bool
) -> dict[str, Any]:
    look = found.looks.get(one.record_id or "")
    return {
        "drift_id": new_id(),
        "run_id": run_id,
        "portal": portal,
        "portal_key": one.portal_key,
        "record_id": one.record_id,
        "kind": one.kind,
        "differences": look.differences_json if look else None,
        "found_at": work.now,
        "mend_ordered_at": work.now if mended else None,
        "mended_at": None,
    }


async def awaiting_people(work: UnitOfWork, portal: str, record_ids: Collection[str]) -> set[str]:
    """Those records whose mending a run has left to people: looks must not mend them one by one (guarantee G08)."""
    if not record_ids:
        return set()
    statement = select(drift.c.record_id).where(
        drift.c.portal == portal,
        drift.c.record_id.in_(record_ids),
        drift.c.kind != DriftKind.UNKNOWN,
        drift.c.mended_at.is_(None),
        drift.c.mend_ordered_at.is_(None),
    )
    return set((await work.connection.execute(statement)).scalars())


async def close_vanished(work: UnitOfWork, run_id: str, portal: str) -> None:
    """Foreign and double entries that earlier runs found and this complete scan did not."""
    again = drift.alias()
    found_again = exists().where(
        again.c.run_id == run_id, again.c.kind == drift.c.kind, again.c.portal_key == drift.c.portal_key
    )
    await work.connection.execute(
        update(drift)
        .where(drift.c.portal == portal, drift.c.kind.in_(_OF_THE_LIST), drift.c.mended_at.is_(None), ~found_again)
        .values(mended_at=work.now)
    )


async def look_at_the_rest(work: UnitOfWork, run_id: str, portal: str) -> None:
    """What an earlier run found, and this one did not, is looked at once more: perhaps the portal has recovered."""
    found_now = exists().where(drift.c.run_id == run_id, drift.c.record_id == placement.c.record_id)
    await work.connection.execute(
        update(placement)
        .where(
            placement.c.portal == portal,
            placement.c.acknowledged_generation == placement.c.generation,
            placement.c.observed_generation != placement.c.generation,
            placement.c.next_look_at.is_(None),
            ~found_now,
        )
        .values(next_look_at=work.now)
    )
