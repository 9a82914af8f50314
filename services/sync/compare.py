"""A complete listing of a portal against what is wanted there: candidates for drift, found by the database.

Only settled placements count: what was ordered or answered a moment before the scan may lawfully look either way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.tables import placement, scan_entry
from shared.vocabulary import DriftKind


@dataclass(frozen=True)
class Candidate:
    """One difference that a fresh look has to confirm. `record_id` is None for an entry that nobody ordered."""

    kind: DriftKind
    portal_key: str
    record_id: str | None


@dataclass(frozen=True)
class Suspicion:
    """How many differences there are, and each of them, unless there are more than can be looked at."""

    total: int
    candidates: Sequence[Candidate]


async def suspicion(
    connection: AsyncConnection, run_id: str, portal: str, settled_before: datetime, *, at_most: int
) -> Suspicion:
    """The differences between the scan and the settled placements of a portal."""
    every = union_all(*_differences(run_id, portal, settled_before))
    rows = (await connection.execute(every.limit(at_most + 1))).all()
    if len(rows) > at_most:
        total = await connection.scalar(select(func.count()).select_from(every.subquery()))
        return Suspicion(total or len(rows), ())
    return Suspicion(len(rows), [Candidate(DriftKind(row.kind), row.portal_key, row.record_id) for row in rows])


def _differences(run_id: str, portal: str, settled_before: datetime) -> list[Select[Any]]:
    listed = and_(scan_entry.c.run_id == run_id, scan_entry.c.portal_key == placement.c.portal_key)
    settled = and_(
        placement.c.portal == portal,
        placement.c.portal_key.is_not(None),
        placement.c.acknowledged_generation == placement.c.generation,
        placement.c.acknowledged_at <= settled_before,
    )
    return [
        _of_placements(DriftKind.GHOST, and_(settled, placement.c.take_down, exists().where(listed))),
        _of_placements(DriftKind.MISSING, and_(settled, ~placement.c.take_down, ~exists().where(listed))),
        _of_placements(
            DriftKind.ALTERED,
            and_(
                settled,
                ~placement.c.take_down,
                exists().where(and_(listed, scan_entry.c.shown_digest != placement.c.shown_digest)),
            ),
        ),
        _of_placements(
            DriftKind.DUPLICATE,
            and_(settled, ~placement.c.take_down, placement.c.portal_key.in_(_listed_twice(run_id))),
        ),
        _foreign(run_id, portal),
    ]


def _of_placements(kind: DriftKind, condition: ColumnElement[bool]) -> Select[Any]:
    return select(literal(kind.value).label("kind"), placement.c.portal_key, placement.c.record_id).where(condition)


def _listed_twice(run_id: str) -> Select[Any]:
    return (
        select(scan_entry.c.portal_key)
        .where(scan_entry.c.run_id == run_id)
        .group_by(scan_entry.c.portal_key)
        .having(func.count() > 1)
    )


def _foreign(run_id: str, portal: str) -> Select[Any]:
    known = exists().where(and_(placement.c.portal == portal, placement.c.portal_key == scan_entry.c.portal_key))
    return (
        select(
            literal(DriftKind.FOREIGN.value).label("kind"),
            scan_entry.c.portal_key,
            literal(None).label("record_id"),
        )
        .where(scan_entry.c.run_id == run_id, ~known)
        .distinct()
    )


def known_records(found: Sequence[Candidate]) -> list[str]:
    """The records among the candidates, each once."""
    return sorted({candidate.record_id for candidate in found if candidate.record_id})
