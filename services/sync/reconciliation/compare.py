"""A complete listing of a portal against what is wanted there: candidates for drift, found by the database.

Only settled placements count: what was ordered or answered a moment before the scan may lawfully look either way.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.reconciliation.domain.scope import Scope
from services.sync.tables import placement, scan_entry
from shared.database.types import AnyRow
from shared.vocabulary import DriftKind


@dataclass(frozen=True)
class Candidate:
    """One difference that a fresh look has to confirm. `record_id` is None for an entry that nobody ordered."""

    kind: DriftKind
    portal_key: str
    record_id: str | None
    generation: int | None = None


@dataclass(frozen=True)
class Suspicion:
    """How many differences there are, and each of them, unless there are more than can be looked at."""

    total: int
    candidates: Sequence[Candidate]


@dataclass(frozen=True)
class Question:
    """What is compared: one scan, the placements of its scope that were settled before an instant, on a legal day.

    `buckets` limits it to those whose digests differ; without it the listing is taken for everything there is.
    """

    run_id: str
    portal: str
    settled_before: datetime
    today: date
    scope: Scope = field(default_factory=Scope)
    buckets: Sequence[int] | None = None


async def size_of(connection: AsyncConnection, portal: str, scope: Scope) -> int:
    """How many placements a scope has."""
    known = placement.c.portal == portal, placement.c.portal_key.is_not(None), within(scope)
    return int(await connection.scalar(select(func.count()).where(*known)) or 0)


async def suspicion(connection: AsyncConnection, question: Question, *, at_most: int) -> Suspicion:
    """The differences between the scan and the settled placements."""
    every = differences_of(question)
    rows = (await connection.execute(every.limit(at_most + 1))).all()
    if len(rows) > at_most:
        total = await connection.scalar(select(func.count()).select_from(every.subquery()))
        return Suspicion(total or len(rows), ())
    return Suspicion(len(rows), [_candidate(row) for row in rows])


def is_settled(row: Any, settled_before: datetime) -> bool:
    """Whether a placement may be judged: its newest order was answered, and long enough ago."""
    answered = row.acknowledged_generation == row.generation and row.receipt is None
    return bool(answered and row.acknowledged_at and row.acknowledged_at <= settled_before)


async def all_of(connection: AsyncConnection, question: Question, slice_of: int) -> AsyncIterator[Sequence[Candidate]]:
    """Every difference, slice by slice, however many there are."""
    statement = differences_of(question).execution_options(yield_per=slice_of)
    async with connection.stream(statement) as result:
        async for rows in result.partitions():
            yield [_candidate(row) for row in rows]


def _candidate(row: AnyRow) -> Candidate:
    return Candidate(DriftKind(row.kind), row.portal_key, row.record_id, row.generation)


def differences_of(question: Question) -> CompoundSelect[Any]:
    """One row a difference: kind, key, record, and the generation that is ordered of it."""
    run_id = question.run_id
    columns = placement.c
    listed = and_(scan_entry.c.run_id == run_id, scan_entry.c.portal_key == columns.portal_key)
    known = and_(columns.portal == question.portal, columns.portal_key.is_not(None), _asked(question))
    settled = and_(
        known,
        columns.acknowledged_generation == columns.generation,
        columns.acknowledged_at <= question.settled_before,
    )
    early = columns.opens_on > question.today
    online = and_(settled, ~columns.take_down, or_(columns.opens_on.is_(None), ~early))
    other = scan_entry.c.shown_digest != columns.shown_digest
    parts = [
        _of_placements(DriftKind.GHOST, and_(settled, columns.take_down, exists().where(listed))),
        _of_placements(DriftKind.MISSING, and_(online, ~exists().where(listed))),
        _of_placements(DriftKind.ALTERED, and_(online, exists().where(and_(listed, other)))),
        _of_placements(DriftKind.DUPLICATE, and_(online, columns.portal_key.in_(_listed_twice(run_id)))),
        _of_placements(
            DriftKind.PREMATURE,
            and_(
                known,
                ~columns.take_down,
                early,
                columns.wanted_at <= question.settled_before,
                exists().where(listed),
            ),
        ),
    ]
    # An entry that nobody knows belongs to no division that we could name.
    return union_all(*parts, *([_foreign(run_id, question.portal)] if question.scope.whole else []))


def _asked(question: Question) -> ColumnElement[bool]:
    buckets = question.buckets
    return and_(within(question.scope), true() if buckets is None else placement.c.bucket.in_(buckets))


def within(scope: Scope) -> ColumnElement[bool]:
    """The placements of a scope."""
    district = placement.c.district.startswith(scope.district_prefix, autoescape=True) if scope.district else true()
    return and_(district, placement.c.kind == scope.kind if scope.kind else true())


def _of_placements(kind: DriftKind, condition: ColumnElement[bool]) -> Select[Any]:
    columns = placement.c
    return select(literal(kind.value).label("kind"), columns.portal_key, columns.record_id, columns.generation).where(
        condition
    )


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
            cast(null(), Integer).label("generation"),
        )
        .where(scan_entry.c.run_id == run_id, ~known)
        .distinct()
    )
