"""Queries of windows by day. Each kind has its index of what is online, so a calendar costs by the days it shows."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select, text, tuple_, union_all

from services.disclosure.domain.display import PublicationState
from services.disclosure.tables import (
    disclosed_record,
    explained_publication,
    foreseen_end,
    foresees,
    publication,
)
from services.disclosure.windows.kinds import Kind
from shared.clock import legal_date, start_of_legal_day
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow, Instant

_P = publication.c
_ONLINE = _P.state == PublicationState.ONLINE
_IS_ONLINE = text("publication.state = 'online'")
"""The very text of the partial indexes, so that both databases use them."""

Span = tuple[date, date]
"""First and last day, both included."""


def _days(kind: Kind, span: Span) -> Any:
    """Publications of a kind within the days: `day`, `record_id`. Latest days of publishing are stored as instants."""
    first, last = span
    if kind is Kind.REPAIR:
        # While a graver class waits for a person, the day of the milder one is promised to nobody (R07).
        opens = and_(_P.repair_from_on.between(first, last), _P.needs_confirmation.is_(False))
        return select(_P.repair_from_on.label("day"), _P.record_id).where(_IS_ONLINE, opens).subquery("found")
    if kind is Kind.PUBLISH:
        until, end = start_of_legal_day(first), start_of_legal_day(last + timedelta(days=1))
        within = and_(_P.due_at > until, _P.due_at <= end)
        return select(_P.due_at.label("day"), _P.record_id).where(_IS_ONLINE, within).subquery("found")
    ends = foreseen_end.c.ends_on
    foreseen = (
        select(ends.label("day"), _P.record_id)
        .join_from(publication, foreseen_end, foresees)
        .where(_ONLINE, ends.between(first, last), ends < _P.offline_on)
    )
    earlier = select(foreseen_end.c.record_id).where(foresees, ends < _P.offline_on).exists()
    regular = select(_P.offline_on.label("day"), _P.record_id).where(
        _ONLINE, _P.offline_on.between(first, last), ~earlier
    )
    return union_all(regular, foreseen).subquery("found")


async def count_days(connection: AsyncConnection, kind: Kind, span: Span) -> dict[date, int]:
    """Records by day; a record is counted once a day, however many audiences see it."""
    found = _days(kind, span)
    number = func.count(found.c.record_id.distinct())
    counts: dict[date, int] = {}
    for day, records in await connection.execute(select(found.c.day, number).group_by(found.c.day)):
        counts[_day(day)] = counts.get(_day(day), 0) + records
    return counts


async def records_between(
    connection: AsyncConnection, kind: Kind, span: Span, after: tuple[str, str] | None, limit: int
) -> Sequence[tuple[date, str, str]]:
    """Day, record and the position of each, in the order of the days; a record stands once a day."""
    found = _days(kind, span)
    statement: Select[Any] = select(found.c.day, found.c.record_id).distinct().order_by(found.c.day, found.c.record_id)
    if after:
        value: Any = datetime.fromisoformat(after[0]) if kind is Kind.PUBLISH else date.fromisoformat(after[0])
        day_type = Instant() if kind is Kind.PUBLISH else found.c.day.type
        here = tuple_(literal(value, day_type), literal(after[1]))
        statement = statement.where(tuple_(found.c.day, found.c.record_id) > here)
    rows = await connection.execute(statement.limit(limit))
    return [(_day(row.day), row.record_id, row.day.isoformat()) for row in rows]


async def count_overdue(connection: AsyncConnection, today: date) -> int:
    """Records that are online although their last lawful day is over."""
    statement = select(func.count(_P.record_id.distinct())).where(_ONLINE, _P.offline_on <= today)
    return int((await connection.execute(statement)).scalar_one())


async def publications_of(connection: AsyncConnection, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """All audiences of these records with provenance and foreseen end."""
    statement = (
        explained_publication.add_columns(foreseen_end.c.ends_on.label("foreseen_end_on"))
        .outerjoin(foreseen_end, foresees)
        .where(_P.record_id.in_(record_ids))
        .order_by(_P.record_id, _P.audience)
    )
    return (await connection.execute(statement)).all()


async def records_of(connection: AsyncConnection, record_ids: Collection[str]) -> dict[str, AnyRow]:
    """What these records are, as ingest told last."""
    c = disclosed_record.c
    statement = select(c.record_id, c.body, c.region, c.decided_on, c.first_submitted_on).where(
        c.record_id.in_(record_ids), or_(c.body.is_not(None), c.decided_on.is_not(None))
    )
    return {row.record_id: row for row in await connection.execute(statement)}


def _day(value: date | datetime) -> date:
    """An instant is the end of the last day of a term."""
    return legal_date(value - timedelta(microseconds=1)) if isinstance(value, datetime) else value
