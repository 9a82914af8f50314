"""What one reconciliation found: suspicions judged by fresh looks, kept as drift (不一致), closed when they are gone.

It accuses nobody on the word of a listing alone, and it never forgets what it found (guarantees G07 and G08).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Update, and_, bindparam, exists, insert, not_, or_, select, update

from services.sync.domain.shown import digest
from services.sync.look import Look
from services.sync.portals.base import Sight
from services.sync.problems.domain.causes import SKIPPED
from services.sync.reconciliation.compare import Candidate
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.domain.verdict import MENDABLE, OF_THE_LIST, name_of
from services.sync.reconciliation.runs import Method
from services.sync.reconciliation.scoped import asked_of, part, scope_values
from services.sync.reconciliation.tables import mending_approval
from services.sync.tables import drift, placement, reconciliation
from services.sync.webhooks import changes
from shared.database.among import among
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import DriftKind


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference with its evidence: which order, what was seen, where, and the digests of both sides.

    Without the record itself, so that thousands of them fit into little memory.
    """

    kind: DriftKind
    portal_key: str
    record_id: str | None = None
    generation: int | None = None
    take_down: bool = False
    seen: str | None = None
    found_on: str | None = None
    wanted_digest: str | None = None
    seen_digest: str | None = None
    differences: str | None = None
    confirmed: bool = True

    @property
    def mendable(self) -> bool:
        return self.kind in MENDABLE and (self.confirmed or self.kind is not DriftKind.DUPLICATE)


@dataclass(frozen=True)
class Findings:
    """The differences of a run; `foreign` is how many entries that nobody ordered were kept beside them."""

    drifts: Sequence[Finding]
    foreign: int = 0

    @property
    def total(self) -> int:
        return len(self.drifts) + self.foreign

    @property
    def unknown(self) -> int:
        return sum(one.kind is DriftKind.UNKNOWN for one in self.drifts)

    @property
    def mendable(self) -> list[Finding]:
        """Those that can be ordered again, each record once."""
        return list({one.record_id: one for one in self.drifts if one.mendable}.values())


def as_finding(candidate: Candidate, *, confirmed: bool) -> Finding:
    """A difference of which only the listing tells."""
    return Finding(candidate.kind, candidate.portal_key, candidate.record_id, candidate.generation, confirmed=confirmed)


def judged(candidate: Candidate, look: Look | None) -> Finding | None:
    """What a look confirms, named for what it saw; None for a suspicion that it refuted."""
    if look is None:
        return Finding(DriftKind.UNKNOWN, candidate.portal_key, candidate.record_id)
    sighting, row = look.sighting, look.placement
    if candidate.kind is DriftKind.DUPLICATE:
        kind: DriftKind | None = candidate.kind
    elif sighting.sight is Sight.UNKNOWN:
        kind = DriftKind.UNKNOWN
    else:
        kind = name_of(
            take_down=row.take_down,
            present=_present(look, premature=candidate.kind is DriftKind.PREMATURE),
            premature=candidate.kind is DriftKind.PREMATURE,
            differences=look.differences,
        )
    if kind is None:
        return None
    return Finding(
        kind,
        candidate.portal_key,
        candidate.record_id,
        row.generation,
        row.take_down,
        sighting.sight,
        ",".join(sighting.where),
        None if row.take_down else row.shown_digest,
        digest(sighting.fields) if sighting.fields else None,
        look.differences_json,
    )


def _present(look: Look, *, premature: bool) -> bool:
    """What shall not be shown is present on any face; what shall be shown only when all of them show it."""
    if look.sighting.sight is not Sight.PRESENT:
        return False
    return look.placement.take_down or premature or bool(look.differences) or look.everywhere


def too_early(row: Any, today: date) -> bool:
    """Whether a record that is wanted online may not be shown yet."""
    return bool(not row.take_down and row.opens_on and row.opens_on > today)


async def record(
    work: UnitOfWork,
    run_id: str,
    portal: str,
    drifts: Sequence[Finding],
    *,
    ordered: Collection[str | None] = (),
    held: Collection[str | None] = (),
    flapping: Collection[str | None] = (),
) -> None:
    """Keep each difference as evidence, whether it is mended or not."""
    rows = [
        {
            "drift_id": new_id(),
            "run_id": run_id,
            "portal": portal,
            "portal_key": one.portal_key,
            "record_id": one.record_id,
            "kind": one.kind,
            "differences": one.differences,
            "generation": one.generation,
            "seen": one.seen,
            "found_on": one.found_on,
            "wanted_digest": one.wanted_digest,
            "seen_digest": one.seen_digest,
            "confirmed": one.confirmed,
            "held": one.mendable and one.record_id in held,
            "flapping": one.mendable and one.record_id in flapping,
            "found_at": work.now,
            "mend_ordered_at": work.now if one.mendable and one.record_id in ordered else None,
            "mended_at": None,
        }
        for one in drifts
    ]
    if rows:
        await work.connection.execute(insert(drift), rows)
        await changes.drifts_found(work, portal, [(one.record_id, one.kind) for one in drifts if one.confirmed])


async def supersede_rejected(work: UnitOfWork, run_id: str, portal: str) -> None:
    """What a run holds that was rejected before waits under the new run. Only in the transaction that ends the run: of
    one that comes to no end nothing would be held any more (guarantee G08)."""
    await work.connection.execute(_SUPERSEDED, {"on_portal": portal, "of_run": run_id})


async def confirm(work: UnitOfWork, portal: str, drift_ids: Collection[str]) -> None:
    """A look of their own saw these: subscribers are told of those that were suspicions until now."""
    if drift_ids:
        unsure = drift.c.drift_id.in_(drift_ids), ~drift.c.confirmed
        statement = update(drift).where(*unsure).values(confirmed=True).returning(drift.c.record_id, drift.c.kind)
        confirmed = await work.connection.execute(statement)
        await changes.drifts_found(work, portal, [(row.record_id, row.kind) for row in confirmed])


async def close_unwanted(work: UnitOfWork, portal: str, drift_ids: Collection[str]) -> None:
    """Close what is no difference any more whatever a look would see: it shall not be shown yet, or is no entry of
    ours."""
    if drift_ids:
        statement = update(drift).where(drift.c.drift_id.in_(drift_ids)).values(mended_at=work.now, held=False)
        told = drift.c.record_id, drift.c.kind, drift.c.confirmed
        closed = await work.connection.execute(statement.returning(*told))
        await changes.drifts_mended(work, portal, [(row.record_id, row.kind) for row in closed if row.confirmed])


async def awaiting_people(work: UnitOfWork, portal: str, record_ids: Collection[str]) -> set[str]:
    """Those records whose present order was left to people, by a run or by a person who set it aside (guarantee G08).

    Neither looks nor later runs may give it again. A newer order is not what was left to them.
    """
    if not record_ids:
        return set()
    columns = placement.c
    held = exists().where(
        drift.c.portal == portal,
        drift.c.record_id == columns.record_id,
        drift.c.generation == columns.generation,
        drift.c.held,
        drift.c.mended_at.is_(None),
    )
    set_aside = and_(columns.refusal.is_not(None), columns.refusal_code == SKIPPED)
    statement = select(columns.record_id).where(
        columns.portal == portal, among(work.dialect, columns.record_id, record_ids), or_(held, set_aside)
    )
    return set((await work.connection.execute(statement)).scalars())


async def close_vanished(work: UnitOfWork, run_id: str, portal: str) -> None:
    """Close what earlier runs found and this complete scan of everything did not, unless a look has to tell.

    A confirmed difference of the present order is closed by the look that sees it gone (`look_at_the_rest`).
    """
    named = {"on_portal": portal, "of_run": run_id, "now": work.now}
    vanished = await work.connection.execute(_VANISHED, named)
    told = [(row.record_id, row.kind) for row in vanished if row.confirmed]
    await changes.drifts_mended(work, portal, told)
    await work.connection.execute(_LEFT_TO_NOBODY, named)


# Made once: building them takes longer than carrying them out for a few rows.
_AGAIN = drift.alias()
_GONE = (
    drift.c.portal == bindparam("on_portal"),
    drift.c.mended_at.is_(None),
    ~exists().where(
        _AGAIN.c.run_id == bindparam("of_run"),
        _AGAIN.c.kind == drift.c.kind,
        _AGAIN.c.portal_key == drift.c.portal_key,
    ),
)
_ITS_PLACEMENT = placement.c.portal == bindparam("on_portal"), placement.c.record_id == drift.c.record_id
_GREEN = exists().where(*_ITS_PLACEMENT, placement.c.observed_generation == placement.c.generation)
_PRESENT = exists().where(*_ITS_PLACEMENT, placement.c.generation == drift.c.generation)
_VANISHED = (
    update(drift)
    .where(*_GONE, or_(drift.c.kind.in_(OF_THE_LIST), not_(drift.c.confirmed), _GREEN))
    .values(mended_at=bindparam("now"), held=False)
    .returning(drift.c.record_id, drift.c.kind, drift.c.confirmed)
)
_REJECTED = select(mending_approval.c.run_id).where(
    mending_approval.c.portal == bindparam("on_portal"), mending_approval.c.state == "rejected"
)
_SUPERSEDED = (
    update(drift)
    .where(
        drift.c.portal == bindparam("on_portal"),
        drift.c.held,
        drift.c.mended_at.is_(None),
        drift.c.run_id != bindparam("of_run"),
        drift.c.run_id.in_(_REJECTED),
        exists().where(_AGAIN.c.run_id == bindparam("of_run"), _AGAIN.c.held, _AGAIN.c.record_id == drift.c.record_id),
    )
    .values(held=False)
)
_LEFT_TO_NOBODY = update(drift).where(*_GONE, drift.c.held, ~_PRESENT).values(held=False)


async def look_at_the_rest(work: UnitOfWork, run_id: str, portal: str, scope: Scope) -> None:
    """What an earlier run found, and this one did not, is looked at once more: perhaps the portal has recovered."""
    values = {"on_portal": portal, "of_run": run_id, "now": work.now, **scope_values(scope)}
    await work.connection.execute(_rest(*asked_of(scope)), values)


@cache
def _rest(by_district: bool, by_kind: bool) -> Update:
    """What was not seen as wanted is found by its index, in the very words of it."""
    found_now = exists().where(drift.c.run_id == bindparam("of_run"), drift.c.record_id == placement.c.record_id)
    return (
        update(placement)
        .where(
            placement.c.portal == bindparam("on_portal"),
            placement.c.observed_generation < placement.c.generation,
            placement.c.acknowledged_generation == placement.c.generation,
            placement.c.next_look_at.is_(None),
            part(by_district, by_kind),
            ~found_now,
        )
        .values(next_look_at=bindparam("now"))
    )


async def open_duplicates(work: UnitOfWork, portal: str) -> set[str]:
    """Keys that an earlier run found twice in the listing; what digests said of a listing is none."""
    statement = (
        select(drift.c.portal_key)
        .join(reconciliation, reconciliation.c.run_id == drift.c.run_id)
        .where(drift.c.portal == portal, drift.c.kind == DriftKind.DUPLICATE, drift.c.mended_at.is_(None))
        .where(reconciliation.c.method == Method.LISTING)
    )
    return set((await work.connection.execute(statement)).scalars())
