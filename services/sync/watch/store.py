"""Queries of what operators watch. Records that are not as wanted are found by a partial index, so that a page costs by
their number and not by the size of the register; what is as wanted is only ever counted as the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, func, literal, or_, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.tables import IS_A_PROBLEM, drift, placement, watermark
from services.sync.watch.domain.state import NOT_AS_WANTED, SEEN_AT_LEAST_EVERY, WORST_FIRST, State
from services.sync.watch.tables import register_entry
from shared.database.types import AnyRow

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


def _state(now: datetime) -> ColumnElement[str]:
    """The state of a placement beside its open difference; the order of the cases is the order of the states."""
    return case(
        (and_(_P.take_down, _UNSEEN, _P.due_at < now), _said(State.OVERDUE)),
        (IS_A_PROBLEM, _said(State.FAILED)),
        (or_(_OPEN.c.found_at.isnot(None), and_(_UNSEEN, _P.due_at < now)), _said(State.DIFFERS)),
        (_UNSEEN, _said(State.MOVING)),
        else_=_said(State.SAME),
    )


def _said(state: State) -> ColumnElement[str]:
    return literal(state.value, String)


def _selected(now: datetime, *, with_drift_only: bool) -> Any:
    columns = (placement, RECORD.label("record"), _state(now).label("state"), _OPEN.c.found_at)
    return select(*columns).join(_OPEN, _ITS_OPEN_DRIFT, isouter=not with_drift_only)


def _judged(selected: Any) -> Any:
    """Placements with their record and state, and since when it lasts."""
    one = selected.subquery("one")
    since = case(
        (one.c.state == _said(State.OVERDUE), one.c.due_at),
        (one.c.state == _said(State.DIFFERS), func.coalesce(one.c.found_at, one.c.due_at)),
        else_=one.c.wanted_at,
    )
    return select(one, since.label("since")).subquery("judged")


def _not_as_wanted(now: datetime, portal: str | None = None) -> Any:
    """Two short ways to the rows, by the partial index and by open differences: an OR would read the whole table."""
    unseen = _selected(now, with_drift_only=False).where(_UNSEEN)
    drifting = _selected(now, with_drift_only=True).where(~_UNSEEN)
    if portal:
        unseen, drifting = unseen.where(_P.portal == portal), drifting.where(_P.portal == portal)
    return _judged(union_all(unseen, drifting))


async def not_as_wanted(
    connection: AsyncConnection, now: datetime, asked: Asked, after: Sequence[Any] | None, limit: int
) -> Sequence[AnyRow]:
    """Records with their worst state, worst and oldest first: `record`, `rank`, `since`."""
    judged = _not_as_wanted(now, asked.portal)
    rank = case(*((judged.c.state == _said(one), at) for at, one in enumerate(WORST_FIRST)), else_=len(WORST_FIRST))
    grouped = (
        select(judged.c.record, func.min(rank).label("rank"), func.min(judged.c.since).label("since"))
        .group_by(judged.c.record)
        .subquery("grouped")
    )
    g = grouped.c
    ranks = [WORST_FIRST.index(state) for state in asked.states]
    statement = select(g.record, g.rank, g.since).where(g.rank.in_(ranks)).order_by(g.rank, g.since, g.record)
    if asked.q:
        statement = statement.where(g.record.in_(_found(asked.q)))
    if asked.older_than:
        statement = statement.where(g.since < asked.older_than)
    if after:
        rank, since, record = after
        statement = statement.where(
            tuple_(g.rank, g.since, g.record)
            > tuple_(literal(rank), literal(datetime.fromisoformat(since), placement.c.due_at.type), literal(record))
        )
    return (await connection.execute(statement.limit(limit))).all()


async def every_record(
    connection: AsyncConnection, asked: Asked, after: Sequence[Any] | None, limit: int
) -> Sequence[str]:
    """Records that are known by name, the newest first: identifiers."""
    statement = select(register_entry.c.record_id).order_by(register_entry.c.record_id.desc())
    if asked.q:
        statement = statement.where(_matches(asked.q))
    if after:
        statement = statement.where(register_entry.c.record_id < str(after[0]))
    return (await connection.execute(statement.limit(limit))).scalars().all()


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
            or_(_P.observed_at < cutoff, _P.observed_at.is_(None)),
            tuple_(_P.record_id, _P.portal).not_in(select(_OPEN.c.record_id, _OPEN.c.portal)),
        )
        .group_by(_P.portal)
    )
    return {row.portal: row.placements for row in await connection.execute(statement)}


def _found(q: str) -> Any:
    return select(register_entry.c.record_id).where(_matches(q))


def _matches(q: str) -> ColumnElement[bool]:
    """A record identifier or a unified social credit code as a whole; else a part of name or document number."""
    r = register_entry.c
    return or_(
        r.record_id == q, r.subject_key.in_((q, q.upper())), r.subject_name.icontains(q, autoescape=True),
        r.document_number.contains(q, autoescape=True),
    )  # fmt: skip
