"""Records that are not as wanted, worst first: each once, in the order in which a page shows them.

Each state is walked along an index by the day on which it is due, and the walk ends with the page. So a page costs by
what it shows and not by what is not as wanted, which is the whole register after a first import. Reads only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    exists,
    false,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from services.sync.tables import IS_A_PROBLEM, placement
from services.sync.watch import store
from services.sync.watch.domain.state import WORST_FIRST, State
from services.sync.watch.tables import register_entry
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow, Instant
from shared.vocabulary import Portal

FEW = 1_000
"""A search with at most so many hits is judged hit by hit; a walk meets enough of more on its way."""

STEPS = 20_000
"""Placements that a walk looks at before it hands out a short page with a place to go on from."""

_STRIDE = 4
"""Placements looked at together, for each record that is wanted: a record has three, and some are to be left out."""

_P = placement.c
_UNSEEN = _P.observed_generation < _P.generation
_PROBLEM: ColumnElement[bool] = literal_column(IS_A_PROBLEM.text, Boolean)
_OPEN_SINCE = store.open_since(_P)
# A CASE, of which PostgreSQL expects that half of the rows pass. Of the plain comparison with a query it expects next
# to none, and sorts the whole register instead of walking along it.
_AGREES = case((_OPEN_SINCE.is_(None), true()), else_=false())


class Position(NamedTuple):
    """A record in the list: its worst state, when that is due or was found, and its identifier."""

    rank: int
    at: datetime
    record: str


@dataclass(frozen=True)
class _Walk:
    """One state from one position on."""

    now: datetime
    asked: store.Asked
    state: State
    after: Position | None
    limit: int
    hits: Sequence[str] | None


async def worst_first(
    connection: AsyncConnection,
    now: datetime,
    asked: store.Asked,
    after: Position | None,
    limit: int,
    few: int = FEW,
    steps: int = STEPS,
) -> tuple[list[Position], Position | None]:
    """So many records, and where to go on; None when there are no more. A state is asked for only when the worse ones
    did not fill the page."""
    hits = await _hits(connection, asked.q, few)
    found: list[Position] = []
    if hits is not None and not hits:
        return found, None
    for rank in sorted(WORST_FIRST.index(state) for state in asked.states):
        place = after if after is not None and rank == after.rank else None
        while after is None or rank >= after.rank:
            walk = _Walk(now, asked, WORST_FIRST[rank], place, _STRIDE * (limit - len(found)), hits)
            rows = await _rows(connection, walk)
            for row in rows:
                place, steps = Position(rank, row.at, row.record), steps - 1
                found += [place] if row.stands_here else []
                if len(found) == limit:
                    return found, place
            if len(rows) < walk.limit:
                break
            if steps <= 0:
                return found, place
    return found, None


async def _hits(connection: AsyncConnection, q: str | None, few: int) -> Sequence[str] | None:
    """What a search means; None when nothing is searched for, or when it is much."""
    if q is None:
        return None
    found = (await connection.execute(store.found(q).limit(few + 1))).scalars().all()
    return found if len(found) <= few else None


async def _rows(connection: AsyncConnection, walk: _Walk) -> Sequence[AnyRow]:
    """The next placements in the order of the list, and of each whether its record stands here."""
    ways = [_next(way, walk).subquery() for way in _ways(walk)]
    names = ("at", "record", "record_id", "portal")
    met = union_all(*(select(*(way.c[name] for name in names)) for way in ways)).subquery("met").c
    order = [met[name] for name in names]
    step = select(*order).order_by(*order).limit(walk.limit).subquery("step").c
    itself = and_(_P.record_id == step.record_id, _P.portal == step.portal)
    stands_here = and_(*_asked_for(walk, step.record), _worst_of(walk, step.record) == _named(placement))
    statement = select(step.at, step.record, stands_here.label("stands_here")).join(placement, itself)
    return (await connection.execute(statement.order_by(*(step[name] for name in names)))).all()


def _ways(walk: _Walk) -> Iterator[Select[Any]]:
    """Along the index by portal and direction; and apart from it the few that are in no such order."""
    here = _P.portal == walk.asked.portal if walk.asked.portal else literal(1) == 1
    judged = store.state_of(_P, _OPEN_SINCE, walk.now) == literal(walk.state.value)
    if walk.hits is not None:
        meant = or_(_P.record_id.in_(walk.hits), _P.former_of.in_(walk.hits))
        yield _placements(_at(walk.state)).where(meant, here, judged)
        return
    for portal, take_down in product([walk.asked.portal] if walk.asked.portal else Portal, (True, False)):
        due = _due(walk, take_down=take_down)
        if due is not None:
            lane = and_(_P.portal == portal, _P.take_down.is_(take_down), _P.former_of.is_(None))
            yield _placements(_P.due_at, _P.record_id).where(lane, *due, _AGREES)
    formers = _placements(_P.due_at).where(_P.former_of.isnot(None), or_(_UNSEEN, _PROBLEM), _AGREES)
    yield formers.where(here, judged)
    yield store.with_open_drift(_placements(_at(walk.state))).where(here, judged)


def _placements(at: ColumnElement[Any], record: ColumnElement[str] = store.RECORD) -> Select[Any]:
    names = (_P.record_id.label("record_id"), _P.portal.label("portal"))
    return select(at.label("at"), record.label("record"), *names).select_from(placement)


def _at(state: State) -> ColumnElement[Any]:
    return store.difference_since(_P, _OPEN_SINCE) if state is State.DIFFERS else _P.due_at


def _due(walk: _Walk, *, take_down: bool) -> list[ColumnElement[bool]] | None:
    """The part of a lane that is in a state, without the placements that have an open difference."""
    over = _P.due_at < walk.now
    match walk.state:
        case State.OVERDUE if take_down:
            return [_UNSEEN, over]
        case State.FAILED:
            return [_PROBLEM, *([or_(not_(over), not_(_UNSEEN))] if take_down else [])]
        case State.DIFFERS if not take_down:
            return [_UNSEEN, over, not_(_PROBLEM)]
        case State.MOVING:
            return [_UNSEEN, not_(over), not_(_PROBLEM)]
    return None


def _next(way: Select[Any], walk: _Walk) -> Select[Any]:
    """The first of a way after the position."""
    at, record, *_ = (labelled.element for labelled in way.selected_columns)
    if walk.after is not None:
        way = way.where(tuple_(at, record) > tuple_(literal(walk.after.at, Instant), literal(walk.after.record)))
    return way.order_by(at, record).limit(walk.limit)


def _asked_for(walk: _Walk, record: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    if walk.asked.older_than is not None:
        yield store.since_of(_P, _OPEN_SINCE, walk.state) < walk.asked.older_than
    if walk.asked.q is not None and walk.hits is None:
        named = exists().where(register_entry.c.record_id == record, store.matches(walk.asked.q))
        yield named.correlate_except(register_entry)


def _named(of: FromClause) -> ColumnElement[str]:
    return of.c.record_id.concat(of.c.portal)


def _worst_of(walk: _Walk, record: ColumnElement[str]) -> ColumnElement[str]:
    """The name of the placement by which a record stands where it stands; compared one by one, as the walk is short."""
    other = placement.alias("other")
    since = store.open_since(other.c)
    rank = store.rank_of(other.c, since, walk.now)
    differs = rank == WORST_FIRST.index(State.DIFFERS)
    at = case((differs, store.difference_since(other.c, since)), else_=other.c.due_at)
    same = or_(other.c.record_id == record, other.c.former_of == record)
    statement = select(_named(other)).where(same).order_by(rank, at, other.c.record_id, other.c.portal).limit(1)
    if walk.asked.portal:
        statement = statement.where(other.c.portal == walk.asked.portal)
    return statement.correlate_except(other).scalar_subquery()
