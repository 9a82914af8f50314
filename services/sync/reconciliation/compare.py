"""A complete listing of a portal against what is wanted there: candidates for drift, found by the database.

Only settled placements count: what was ordered or answered a moment before the scan may lawfully look either way. What
is not as wanted and was left out for that is counted beside, in the same statement.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union,
)

from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.domain.unsettled import Unsettled
from services.sync.reconciliation.scoped import asked_of, part, scope_values
from services.sync.tables import placement, scan_entry
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.vocabulary import DriftKind

_OF_RUN = scan_entry.c.run_id == bindparam("of_run")
_LISTED = select(scan_entry.c.portal_key, scan_entry.c.shown_digest, scan_entry.c.doubled).where(_OF_RUN)
_PORTAL = bindparam("on_portal", type_=placement.c.portal.type)
_SETTLED = bindparam("settled", type_=placement.c.acknowledged_at.type)
_TODAY = bindparam("today", type_=placement.c.opens_on.type)

_IN_MEMORY = select(
    func.set_config("work_mem", "64MB", True),
    func.set_config("jit", "off", True),
    func.set_config("max_parallel_workers_per_gather", "0", True),
)


@dataclass(frozen=True)
class Candidate:
    """One difference that a fresh look has to confirm. `record_id` is None for an entry that nobody ordered."""

    kind: DriftKind
    portal_key: str
    record_id: str | None
    generation: int | None = None


@dataclass(frozen=True)
class Suspicion:
    """How many differences there are that a look can tell of, and each of them, unless there are more than can be
    looked at; and how many entries that nobody ordered, and what was left out."""

    total: int
    candidates: Sequence[Candidate]
    unsettled: Unsettled = field(default_factory=Unsettled)
    foreign: int = 0


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

    @property
    def values(self) -> dict[str, Any]:
        """What the statement of its form is executed with."""
        asked = {"of_run": self.run_id, "on_portal": self.portal, "settled": self.settled_before, "today": self.today}
        return {**asked, **scope_values(self.scope), "of_buckets": list(self.buckets or ())}


@dataclass(frozen=True)
class _Form:
    """What decides how the statement reads: a part of it is asked or not."""

    by_district: bool
    by_kind: bool
    by_bucket: bool
    full_join: bool

    @property
    def whole(self) -> bool:
        return not self.by_district and not self.by_kind


def _form(question: Question, dialect: str) -> _Form:
    """SQLite knows no FULL JOIN before 3.39; and a few buckets are looked for one by one."""
    scope, by_bucket = question.scope, question.buckets is not None
    full_join = dialect == "postgresql" and scope.whole and not by_bucket
    return _Form(*asked_of(scope), by_bucket, full_join)


async def suspicion(connection: AsyncConnection, question: Question, *, at_most: int) -> Suspicion:
    """The differences between the scan and the settled placements, and how many more the others would be. Of entries
    that nobody ordered only the number: no look can tell anything of them."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        # Two million short rows are joined in memory instead of in files, by the process that has them: helpers would
        # hand over a million, or share memory that containers keep small. No machine code is made for it.
        await connection.execute(_IN_MEMORY)
    form = _form(question, dialect)
    rows = (await connection.execute(_some(form), {**question.values, "most": at_most + 1})).all()
    left_out = Unsettled(rows[0].settling, rows[0].unanswered)
    found = [row for row in rows if row.kind is not None]
    if len(found) > at_most:
        total = await connection.scalar(_count(form), question.values)
        return Suspicion(total or len(found), (), left_out, rows[0].foreign)
    return Suspicion(len(found), [_candidate(row) for row in found], left_out, rows[0].foreign)


def is_settled(row: Any, settled_before: datetime) -> bool:
    """Whether a placement may be judged: its newest order was answered, and long enough ago."""
    return bool(is_answered(row) and row.acknowledged_at <= settled_before)


def is_answered(row: Any) -> bool:
    """Whether the portal took the newest order of a placement."""
    answered = row.acknowledged_generation == row.generation and row.receipt is None
    return bool(answered and row.acknowledged_at)


async def all_of(
    connection: AsyncConnection, question: Question, slice_of: int, *, foreign_only: bool = False
) -> AsyncIterator[Sequence[Candidate]]:
    """Every difference, or every entry that nobody ordered, slice by slice, however many there are."""
    every = _foreign() if foreign_only else _differences(_form(question, connection.dialect.name))
    statement = every.execution_options(yield_per=slice_of)
    async with connection.stream(statement, question.values) as result:
        async for rows in result.partitions():
            yield [_candidate(row) for row in rows]


def _candidate(row: AnyRow) -> Candidate:
    return Candidate(DriftKind(row.kind), row.portal_key, row.record_id, row.generation)


@cache
def _some(form: _Form) -> Select[Any]:
    """The differences, and in each row what was left out; one row without a difference when there is none."""
    unlike = _unlike(form)
    left_out = _left_out(unlike, form).subquery("left_out")
    found = union(*_suspects(unlike)).limit(bindparam("most")).subquery("found")
    return select(left_out, found).select_from(left_out.join(found, true(), isouter=True))


@cache
def _count(form: _Form) -> Select[int]:
    return select(func.count()).select_from(union(*_suspects(_unlike(form))).subquery())


@cache
def _differences(form: _Form) -> CompoundSelect[Any]:
    unlike = _unlike(form)
    parts = _suspects(unlike)
    # An entry that nobody knows belongs to no division that we could name.
    if form.whole:
        parts.append(_named(unlike, DriftKind.FOREIGN, unlike.c.record_id.is_(None)) if form.full_join else _foreign())
    return union(*parts)


def _left_out(unlike: CTE, form: _Form) -> Select[int, int, int]:
    """What differs and is not settled: answered a moment ago, or not answered. Of what is early the order decides. And
    what no look can tell of."""
    columns = unlike.c
    early = and_(~columns.take_down, _early(columns.opens_on))
    answered = and_(columns.acknowledged_generation == columns.generation, columns.acknowledged_at.is_not(None))
    settling = or_(
        and_(early, columns.wanted_at > _SETTLED), and_(~early, answered, columns.acknowledged_at > _SETTLED)
    )
    known = columns.record_id.is_not(None)
    return select(
        func.count().filter(and_(known, settling)).label("settling"),
        func.count().filter(and_(known, ~early, ~answered)).label("unanswered"),
        _foreigners(unlike, form).label("foreign"),
    ).select_from(unlike)


def _foreigners(unlike: CTE, form: _Form) -> ColumnElement[int]:
    if not form.whole:
        return literal(0)
    if form.full_join:
        return func.count().filter(unlike.c.record_id.is_(None))
    return select(func.count()).select_from(_foreign().subquery()).scalar_subquery()


def _suspects(unlike: CTE) -> list[Select[Any]]:
    """One row a difference of a record: kind, key, record, and the generation that is ordered of it."""
    columns = unlike.c
    seen, early = columns.seen.is_not(None), _early(columns.opens_on)
    settled = and_(columns.acknowledged_generation == columns.generation, columns.acknowledged_at <= _SETTLED)
    online = and_(settled, ~columns.take_down, ~early)
    return [
        _named(unlike, DriftKind.GHOST, and_(settled, columns.take_down, seen)),
        _named(unlike, DriftKind.MISSING, and_(online, ~seen)),
        _named(unlike, DriftKind.ALTERED, and_(online, columns.seen != columns.shown_digest)),
        _named(unlike, DriftKind.PREMATURE, and_(~columns.take_down, early, columns.wanted_at <= _SETTLED, seen)),
        _named(unlike, DriftKind.DUPLICATE, and_(online, columns.doubled.is_not(None))),
    ]


def _unlike(form: _Form) -> CTE:
    """Placements beside the entries of the scan, where the two are not alike, whatever else is true of them; with a
    full join also entries that nobody ordered.

    What decides whether a difference counts is asked afterwards: with it the planner expects a handful of placements
    and looks for each of a million by itself, which took ten times as long. Asking for foreign entries in the same
    join spares looking for each of a million once more.
    """
    known, listed = _known(form).subquery("known"), _LISTED.subquery("listed")
    columns, seen = known.c, listed.c.shown_digest
    unlike = case(
        (columns.record_id.is_(None), true()),
        (listed.c.doubled.is_not(None), true()),
        (columns.take_down, seen.is_not(None)),
        (columns.opens_on > _TODAY, seen.is_not(None)),
        else_=seen.is_distinct_from(columns.shown_digest),
    )
    key = func.coalesce(columns.portal_key, listed.c.portal_key) if form.full_join else columns.portal_key
    others = [column for column in columns if column.name != "portal_key"]
    return (
        select(key.label("portal_key"), *others, seen.label("seen"), listed.c.doubled)
        .select_from(known.join(listed, columns.portal_key == listed.c.portal_key, isouter=True, full=form.full_join))
        .where(unlike)
        .cte("unlike")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _known(form: _Form) -> Select[Any]:
    """The placements that are asked for."""
    columns = placement.c
    return select(
        columns.portal_key,
        columns.record_id,
        columns.generation,
        columns.take_down,
        columns.opens_on,
        columns.wanted_at,
        columns.acknowledged_generation,
        columns.acknowledged_at,
        columns.shown_digest,
    ).where(columns.portal == _PORTAL, columns.portal_key.is_not(None), _asked(form))


def _early(opens_on: ColumnElement[date]) -> ColumnElement[bool]:
    return and_(opens_on.is_not(None), opens_on > _TODAY)


def _asked(form: _Form) -> ColumnElement[bool]:
    among = placement.c.bucket.in_(bindparam("of_buckets", expanding=True)) if form.by_bucket else true()
    return and_(part(form.by_district, form.by_kind), among)


def _named(rows: FromClause, kind: DriftKind, condition: ColumnElement[bool]) -> Select[Any]:
    columns = rows.c
    return select(literal(kind.value).label("kind"), columns.portal_key, columns.record_id, columns.generation).where(
        condition
    )


@cache
def _foreign() -> Select[Any]:
    known = exists().where(and_(placement.c.portal == _PORTAL, placement.c.portal_key == scan_entry.c.portal_key))
    return (
        select(
            literal(DriftKind.FOREIGN.value).label("kind"),
            scan_entry.c.portal_key,
            literal(None).label("record_id"),
            cast(null(), Integer).label("generation"),
        )
        .where(_OF_RUN, ~known)
        .distinct()
    )
