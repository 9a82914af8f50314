"""Queries of the public column. Every one compares today's date with the window, whatever the timers have done (G04).

A search walks one index of `column_entry`, which holds what is online and, until the next tidying, what has just ended.
It reads the record of each hit by its key: its cost grows with the page and not with the register. Only `CONTAINS`
looks at texts, and at a bounded number.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, desc, exists, or_, select, tuple_

from services.disclosure.column.domain.search import By, Search, end_of
from services.disclosure.column.tables import column_entry
from services.disclosure.domain.display import PublicationState
from services.disclosure.objections.tables import objection_mark
from services.disclosure.tables import (
    disclosed_record,
    explains,
    foreseen_end,
    foresees,
    publication,
    publication_provenance,
)
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.vocabulary import Audience, SubjectKind

LOOKED_THROUGH = 20_000
"""The newest records whose names a search for a part of a name reads."""

_entry, _shown, _record = column_entry.c, publication.c, disclosed_record.c
_origin = publication_provenance.c
_is_named_or_masked = or_(_record.subject_kind != SubjectKind.NATURAL_PERSON, _shown.masked)
_marked = and_(objection_mark.c.record_id == disclosed_record.c.record_id, objection_mark.c.marked)
_objected_on = objection_mark.c.since_on.label("objected_on")


async def search(
    connection: AsyncConnection, what: Search, today: date, after: Sequence[Any] | None, limit: int
) -> Sequence[AnyRow]:
    """`record_id`, `position`, `body`, `provenance` and `objected_on`, in the order of their kind of search."""
    rows: Sequence[AnyRow] = (await connection.execute(searching(what, today, after, limit))).all()
    return rows


async def read_entry(connection: AsyncConnection, record_id: str, today: date) -> AnyRow | None:
    """One record, if it may be shown today."""
    statement = (
        select(_record.record_id, _record.body, _origin.provenance, _objected_on)
        .join(publication, _shown.record_id == _record.record_id)
        .join(publication_provenance, explains)
        .outerjoin(objection_mark, _marked)
        .where(_record.record_id == record_id, _online(today), _is_named_or_masked)
    )
    return (await connection.execute(statement)).one_or_none()


def searching(what: Search, today: date, after: Sequence[Any] | None, limit: int) -> Select[Any]:
    """The statement of a search: a page of identifiers first, then what belongs to them. Also for tests of its plan."""
    chosen = _containing(what.key, today, limit) if what.by is By.CONTAINS else _chosen(what, today, after, limit)
    page = chosen.subquery("page")
    place = (page.c.position, page.c.record_id)
    order = place if what.by in (By.NAME, By.CODE, By.DOCUMENT) else tuple(map(desc, place))
    return (
        select(page.c.record_id, page.c.position, _record.body, _origin.provenance, _objected_on)
        .join(disclosed_record, _record.record_id == page.c.record_id)
        .join(
            publication_provenance,
            and_(_origin.record_id == page.c.record_id, _origin.audience == Audience.OWN_COLUMN),
        )
        .outerjoin(objection_mark, _marked)
        .order_by(*order)
    )


def _chosen(what: Search, today: date, after: Sequence[Any] | None, limit: int) -> Select[Any]:
    """Walks one index from the place where the page before ended; whether a hit may be shown is asked hit by hit."""
    position = _ORDERS[what.by]
    key = tuple_(position, _entry.record_id)
    statement = (
        select(_entry.record_id, position.label("position"))
        .where(*_matches(what), may_be_shown(_entry.record_id, today))
        .limit(limit)
    )
    if what.by is By.NEWEST:
        statement = statement.order_by(desc(position), desc(_entry.record_id))
        return statement if after is None else statement.where(key < tuple_(*after))
    statement = statement.order_by(position, _entry.record_id)
    return statement if after is None else statement.where(key > tuple_(*after))


_ORDERS: dict[By, ColumnElement[Any]] = {
    By.NAME: _entry.name_key,
    By.CODE: _entry.subject_key,
    By.DOCUMENT: _entry.document_key,
    By.NEWEST: _entry.decided_on,
}


def _matches(what: Search) -> list[ColumnElement[bool]]:
    if what.by is By.NAME:
        end = end_of(what.key)
        return [_entry.name_key >= what.key, *([_entry.name_key < end] if end is not None else [])]
    return [] if what.by is By.NEWEST else [_ORDERS[what.by] == what.key]


def _containing(key: str, today: date, limit: int) -> Select[Any]:
    newest = (
        select(_entry.record_id, _entry.name_key, _entry.decided_on)
        .order_by(desc(_entry.decided_on), desc(_entry.record_id))
        .limit(LOOKED_THROUGH)
        .subquery("newest")
    )
    return (
        select(newest.c.record_id, newest.c.decided_on.label("position"))
        .where(newest.c.name_key.contains(key, autoescape=True), may_be_shown(newest.c.record_id, today))
        .order_by(desc(newest.c.decided_on), desc(newest.c.record_id))
        .limit(limit)
    )


def may_be_shown(record_id: ColumnElement[Any], today: date) -> ColumnElement[bool]:
    """Whether the bureau's own column may show this record today."""
    # A subquery and no join: SQLite would begin the join with all that is online, 6 s at 1,000,000 publications.
    return exists().where(_shown.record_id == record_id, _online(today))


def _online(today: date) -> ColumnElement[bool]:
    return and_(
        _shown.audience == Audience.OWN_COLUMN,
        _shown.state == PublicationState.ONLINE,
        _shown.opens_on <= today,
        _shown.offline_on > today,
        # A version of the law that begins today ends it, whether the windows were computed anew by now or not.
        ~exists().where(foresees, foreseen_end.c.ends_on <= today),
    )
