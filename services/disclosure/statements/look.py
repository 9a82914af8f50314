"""Look up public statements: one page of those that stand today, newest first, or the one of a record. Reads only.

The reasons of a change (变更) stand only while the column shows the record: after a repair or the end of its window
they would name the subject longer than the decision itself. Serves G04.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, desc, or_, select

from services.disclosure.column.domain.search import LEAST_SIGNS, MOST_SIGNS, By, Search, end_of, read_search
from services.disclosure.column.store import may_be_shown
from services.disclosure.statements.domain.statement import Statement
from services.disclosure.statements.tables import public_statement
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.identifiers import strip_control
from shared.vocabulary import RecordKind, WithdrawalKind
from shared.web.pagination import PageRequest, Position, encoded

_stated = public_statement.c


@dataclass(frozen=True, slots=True)
class FoundStatements:
    """One page: pairs of a record's identifier and its statement."""

    statements: tuple[tuple[str, Statement], ...]
    next: str | None


async def find(connection: AsyncConnection, text: str, page: PageRequest, today: date) -> FoundStatements:
    """By the beginning of a name, a code or a document number. Raises `Problem` for what cannot be searched."""
    what = read_search(text, By.AUTO)
    if what is None:
        reason = f"{LEAST_SIGNS} to {MOST_SIGNS} signs"
        raise Problem(MALFORMED, "This cannot be searched.", errors=[{"field": "q", "reason": reason}])
    statement = (
        select(public_statement)
        .where(_stands(today), *_matches(what))
        .order_by(desc(_stated.published_on), desc(_stated.record_id))
        .limit(page.fetch)
    )
    if page.after is not None:
        day, record_id = _place(page.after)
        earlier = and_(_stated.published_on == day, _stated.record_id < record_id)
        statement = statement.where(or_(_stated.published_on < day, earlier))
    rows = (await connection.execute(statement)).all()
    return FoundStatements(
        tuple((row.record_id, _statement(row)) for row in rows[: page.limit]), _next(rows, page.limit)
    )


async def find_one(connection: AsyncConnection, record_id: str, today: date) -> Statement | None:
    statement = select(public_statement).where(_stated.record_id == record_id, _stands(today))
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _statement(row)


def _stands(today: date) -> ColumnElement[bool]:
    is_gone = _stated.withdrawal_kind != WithdrawalKind.AMENDED
    return and_(
        _stated.published_on <= today,
        _stated.closes_on >= today,
        or_(is_gone, may_be_shown(_stated.record_id, today)),
    )


def _matches(what: Search) -> list[ColumnElement[bool]]:
    match what.by:
        case By.NEWEST:
            return []
        case By.CODE:
            return [_stated.subject_key == what.key]
        case By.DOCUMENT:
            return [_stated.document_key == what.key]
    end = end_of(what.key)
    return [_stated.name_key >= what.key, *([_stated.name_key < end] if end is not None else [])]


def _next(rows: Sequence[AnyRow], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return encoded([last.published_on.isoformat(), last.record_id])


def _place(position: Position) -> tuple[date, str]:
    match position:
        case [str() as day, str() as record_id] if strip_control(record_id) == record_id:
            try:
                return date.fromisoformat(day), record_id
            except ValueError:
                pass
    raise Problem(
        MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": "not a cursor of this list"}]
    )


def _statement(row: AnyRow) -> Statement:
    return Statement(
        record_kind=RecordKind(row.record_kind),
        withdrawal_kind=WithdrawalKind(row.withdrawal_kind),
        **{name: getattr(row, name) for name in _PLAIN},
    )


_PLAIN = (
    "subject_name", "uscc", "document_number", "authority", "decided_on", "withdrawn_on", "reasons", "article",
    "published_on", "closes_on",
)  # fmt: skip
