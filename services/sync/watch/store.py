"""Queries of what operators watch. Records that are not as wanted are found by a partial index, so that a page costs by
their number and not by the size of the register; what is as wanted is only ever counted as the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from services.sync.tables import IS_A_PROBLEM, drift, placement, watermark
from services.sync.watch.domain.state import NOT_AS_WANTED, SEEN_AT_LEAST_EVERY, WORST_FIRST, State
from services.sync.watch.tables import register_entry
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow

Columns: TypeAlias = ReadOnlyColumnCollection[str, Any]
_P = placement.c
_OPEN = (
    select(drift.c.record_id, drift.c.portal, func.min(drift.c.found_at).label("found_at"))
    .where(drift.c.mended_at.is_(None), drift.c.record_id.isnot(None))
    .group_by(drift.c.record_id, drift.c.portal)
    .subquery("open_drift")
)
"""Placements with an open difference, and since when: few, however many there are of the others."""

_ITS_OPEN_DRIFT = and_(_OPEN.c.record_id == _P.record_id, _OPEN.c.portal == _P.portal)
_UNSEEN = _P.observed_generation < _P.generation
RECORD = func.coalesce(_P.former_of, _P.record_id)
"""The record that a placement belongs to: a former entry (旧条目) counts for the record that left it."""


@dataclass(frozen=True)
class Asked:
    """The filters of a list of records. `older_than` bounds the instant since when a state lasts."""

    states: tuple[State, ...] = NOT_AS_WANTED
    portal: str | None = None
    q: str | None = None
    older_than: datetime | None = None


def open_since(of: Columns) -> ColumnElement[Any]:
    """Since when a difference of a placement is open, looked up by its key; none when none is."""
    its = and_(drift.c.record_id == of.record_id, drift.c.portal == of.portal, drift.c.mended_at.is_(None))
    return select(func.min(drift.c.found_at)).where(its).correlate(of.record_id.table).scalar_subquery()


def with_open_drift(selected: Select[Any]) -> Select[Any]:
    """The same, of placements with an open difference alone."""
    return selected.join(_OPEN, _ITS_OPEN_DRIFT)


def state_of(of: Columns, found_at: ColumnElement[Any], now: datetime) -> ColumnElement[str]:
    """The state of a placement beside its open difference; the order of the cases is the order of the states."""
    return case(*((met, _said(state)) for state, met in _cases(of, found_at, now)), else_=_said(State.SAME))


def rank_of(of: Columns, found_at: ColumnElement[Any], now: datetime) -> ColumnElement[int]:
    """The same as its place among the states, worst first."""
    ranks = ((met, WORST_FIRST.index(state)) for state, met in _cases(of, found_at, now))
    return case(*ranks, else_=WORST_FIRST.index(State.SAME))


def _cases(of: Columns, found_at: ColumnElement[Any], now: datetime) -> list[tuple[State, Any]]:
    unseen = of.observed_generation < of.generation
    return [
        (State.OVERDUE, and_(of.take_down, unseen, of.due_at < now)),
        (State.FAILED, IS_A_PROBLEM),
        (State.DIFFERS, or_(found_at.isnot(None), and_(unseen, of.due_at < now))),
        (State.MOVING, unseen),
    ]


def since_of(of: Columns, found_at: ColumnElement[Any], state: State) -> ColumnElement[Any]:
    """Since when a placement is in a state."""
    if state is State.DIFFERS:
        return difference_since(of, found_at)
    since: ColumnElement[Any] = of.due_at if state is State.OVERDUE else of.wanted_at
    return since


def difference_since(of: Columns, found_at: ColumnElement[Any]) -> ColumnElement[Any]:
    since: ColumnElement[Any] = func.coalesce(found_at, of.due_at)
    return since


def _said(state: State) -> ColumnElement[str]:
    return literal(state.value, String)


def _selected(now: datetime, *, with_drift_only: bool) -> Any:
    columns = (placement, RECORD.label("record"), state_of(_P, _OPEN.c.found_at, now).label("state"), _OPEN.c.found_at)
    return select(*columns).join(_OPEN, _ITS_OPEN_DRIFT, isouter=not with_drift_only)


def _judged(selected: Any) -> Any:
    """Placements with their record and state, and since when it lasts."""
    one = selected.subquery("one")
    since = case(
        *((one.c.state == _said(state), since_of(one.c, one.c.found_at, state)) for state in NOT_AS_WANTED),
        else_=one.c.wanted_at,
    )
    return select(one, since.label("since")).subquery("judged")


def _not_as_wanted(now: datetime) -> Any:
    """Three short ways to the rows, by partial indexes and by open differences: an OR would read the whole table."""
    unseen = _selected(now, with_drift_only=False).where(_UNSEEN)
    drifting = _selected(now, with_drift_only=True).where(~_UNSEEN)
    refused = _selected(now, with_drift_only=False).where(IS_A_PROBLEM, ~_UNSEEN, _OPEN.c.found_at.is_(None))
    return _judged(union_all(unseen, drifting, refused))


async def every_record(
    connection: AsyncConnection, asked: Asked, after: Sequence[Any] | None, limit: int
) -> Sequence[str]:
    """Records that are known by name, the newest first: identifiers."""
    statement = _named(asked.q).order_by(register_entry.c.record_id.desc())
    if after:
        statement = statement.where(register_entry.c.record_id < str(after[0]))
    records: Sequence[str] = (await connection.execute(statement.limit(limit))).scalars().all()
    return records


def all_of(asked: Asked, now: datetime, *, every: bool) -> Select[Any]:
    """The records of a list, to be counted: `every` one that is known by name, or those that are not as wanted."""
    if every:
        return _named(asked.q)
    judged = _not_as_wanted(now).c
    ranks = [WORST_FIRST.index(state) for state in asked.states]
    rank = case({state.value: rank for rank, state in enumerate(WORST_FIRST)}, value=judged.state)
    statement = select(judged.record).group_by(judged.record).having(func.min(rank).in_(ranks))
    if asked.portal:
        statement = statement.where(judged.portal == asked.portal)
    if asked.older_than is not None:
        older = case((judged.since < asked.older_than, rank), else_=len(WORST_FIRST))
        statement = statement.having(func.min(older) == func.min(rank))
    return statement.where(judged.record.in_(found(asked.q))) if asked.q else statement


def _named(q: str | None) -> Select[Any]:
    return found(q) if q else select(register_entry.c.record_id)


async def placements_of(connection: AsyncConnection, now: datetime, records: Collection[str]) -> Sequence[AnyRow]:
    """The placements of these records and of their former entries, each with its state and since when."""
    of_records = or_(_P.record_id.in_(records), _P.former_of.in_(records))
    judged = _judged(_selected(now, with_drift_only=False).where(of_records))
    statement = select(judged).order_by(judged.c.record, judged.c.former_of.isnot(None), judged.c.portal)
    return (await connection.execute(statement)).all()


async def open_drifts_of(connection: AsyncConnection, records: Collection[str]) -> Sequence[AnyRow]:
    """The open differences of these records, oldest first."""
    columns = (drift.c.record_id, drift.c.portal, drift.c.kind, drift.c.found_at, drift.c.held, drift.c.flapping)
    statement = select(*columns).where(drift.c.record_id.in_(records), drift.c.mended_at.is_(None))
    return (await connection.execute(statement.order_by(drift.c.found_at))).all()


async def names_of(connection: AsyncConnection, records: Collection[str]) -> dict[str, AnyRow]:
    statement = select(register_entry).where(register_entry.c.record_id.in_(records))
    return {row.record_id: row for row in await connection.execute(statement)}


async def counts(connection: AsyncConnection, now: datetime) -> Sequence[AnyRow]:
    """Placements that are not as wanted by portal and state: `portal`, `state`, `placements`."""
    judged = _not_as_wanted(now).c
    counted = select(judged.portal, judged.state, func.count().label("placements"))
    return (await connection.execute(counted.group_by(judged.portal, judged.state))).all()


async def totals(connection: AsyncConnection) -> dict[str, int]:
    """All placements of each portal, former entries too."""
    rows = await connection.execute(select(_P.portal, func.count().label("placements")).group_by(_P.portal))
    return {row.portal: row.placements for row in rows}


async def seen_too_long_ago(connection: AsyncConnection, now: datetime) -> dict[str, int]:
    """Placements as wanted whose last sight is too old, of portals of which no complete reading is younger."""
    cutoff = now - SEEN_AT_LEAST_EVERY
    fresh = select(watermark.c.portal).where(
        watermark.c.district == "", watermark.c.kind == "", watermark.c.verified_through >= cutoff
    )
    statement = (
        select(_P.portal, func.count().label("placements"))
        .where(
            _P.portal.not_in(fresh),
            _P.observed_generation >= _P.generation,
            _P.refusal.is_(None),
            or_(_P.observed_at < cutoff, _P.observed_at.is_(None)),
            tuple_(_P.record_id, _P.portal).not_in(select(_OPEN.c.record_id, _OPEN.c.portal)),
        )
        .group_by(_P.portal)
    )
    return {row.portal: row.placements for row in await connection.execute(statement)}


def found(q: str) -> Select[Any]:
    """The records that a search means: identifiers."""
    return select(register_entry.c.record_id).where(matches(q))


def matches(q: str) -> ColumnElement[bool]:
    """A record identifier or a unified social credit code as a whole; else a part of name or document number."""
    r = register_entry.c
    return or_(
        r.record_id == q, r.subject_key.in_((q, q.upper())), r.subject_name.icontains(q, autoescape=True),
        r.document_number.contains(q, autoescape=True),
    )  # fmt: skip
