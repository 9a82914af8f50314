"""A complete listing of a portal against what is wanted there: candidates for drift, found by the database.

Only settled placements count: what was ordered or answered a moment before the scan may lawfully look either way.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    text,
    true,
    union,
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
    if connection.dialect.name == "postgresql":
        # Two million short rows are joined in memory instead of in files.
        await connection.execute(text("SET LOCAL work_mem = '64MB'"))
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
    unlike = _unlike(question)
    columns = unlike.c
    seen, early = columns.seen.is_not(None), _early(columns.opens_on, question)
    settled = and_(
        columns.acknowledged_generation == columns.generation, columns.acknowledged_at <= question.settled_before
    )
    online = and_(settled, ~columns.take_down, ~early)
    parts = [
        _named(unlike, DriftKind.GHOST, and_(settled, columns.take_down, seen)),
        _named(unlike, DriftKind.MISSING, and_(online, ~seen)),
        _named(unlike, DriftKind.ALTERED, and_(online, columns.seen != columns.shown_digest)),
        _named(
            unlike,
            DriftKind.PREMATURE,
            and_(~columns.take_down, early, columns.wanted_at <= question.settled_before, seen),
        ),
        _twice(question),
    ]
    # An entry that nobody knows belongs to no division that we could name.
    return union(*parts, *([_foreign(question.run_id, question.portal)] if question.scope.whole else []))


def _unlike(question: Question) -> CTE:
    """Placements beside the entries of the scan, where the two are not alike, whatever else is true of them.

    What decides whether a difference counts is asked afterwards: with it the planner expects a handful of placements
    and looks for each of a million by itself, which took ten times as long.
    """
    columns = placement.c
    same = and_(scan_entry.c.run_id == question.run_id, scan_entry.c.portal_key == columns.portal_key)
    seen = scan_entry.c.shown_digest
    unlike = case(
        (columns.take_down, seen.is_not(None)),
        (columns.opens_on > question.today, seen.is_not(None)),
        else_=seen.is_distinct_from(columns.shown_digest),
    )
    return (
        select(
            columns.portal_key,
            columns.record_id,
            columns.generation,
            columns.take_down,
            columns.opens_on,
            columns.wanted_at,
            columns.acknowledged_generation,
            columns.acknowledged_at,
            columns.shown_digest,
            seen.label("seen"),
        )
        .select_from(placement.outerjoin(scan_entry, same))
        .where(columns.portal == question.portal, columns.portal_key.is_not(None), _asked(question), unlike)
        .cte("unlike")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _early(opens_on: ColumnElement[date], question: Question) -> ColumnElement[bool]:
    return and_(opens_on.is_not(None), opens_on > question.today)


def _asked(question: Question) -> ColumnElement[bool]:
    buckets = question.buckets
    return and_(within(question.scope), true() if buckets is None else placement.c.bucket.in_(buckets))


def within(scope: Scope) -> ColumnElement[bool]:
    """The placements of a scope."""
    district = placement.c.district.startswith(scope.district_prefix, autoescape=True) if scope.district else true()
    return and_(district, placement.c.kind == scope.kind if scope.kind else true())


def _named(rows: FromClause, kind: DriftKind, condition: ColumnElement[bool]) -> Select[Any]:
    columns = rows.c
    return select(literal(kind.value).label("kind"), columns.portal_key, columns.record_id, columns.generation).where(
        condition
    )


def _twice(question: Question) -> Select[Any]:
    columns = placement.c
    keys = (
        select(scan_entry.c.portal_key)
        .where(scan_entry.c.run_id == question.run_id)
        .group_by(scan_entry.c.portal_key)
        .having(func.count() > 1)
    )
    return _named(
        placement,
        DriftKind.DUPLICATE,
        and_(
            columns.portal == question.portal,
            columns.portal_key.in_(keys),
            _asked(question),
            columns.acknowledged_generation == columns.generation,
            columns.acknowledged_at <= question.settled_before,
            ~columns.take_down,
            ~_early(columns.opens_on, question),
        ),
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
