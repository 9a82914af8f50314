"""Queries of the feed of attempts, the newest first: every page is read backwards from an index, whatever the number of
rows, and what belongs to its rows is looked up for that page only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, literal, select, tuple_

from services.sync.tables import IS_A_FAILURE, placement, push_attempt
from services.sync.watch.tables import register_entry
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow

FAILED = ("refused", "uncertain", "not_sent")
_A = push_attempt.c


@dataclass(frozen=True)
class AttemptsAsked:
    """The filters of the feed; what is None is not asked for. `failed` means everything that was not taken."""

    portal: str | None = None
    outcome: str | None = None
    code: str | None = None
    records: Sequence[str] | None = None
    take_down: bool | None = None
    since: datetime | None = None
    failed: bool = False


async def newest(
    connection: AsyncConnection, asked: AttemptsAsked, after: Sequence[Any] | None, limit: int
) -> Sequence[AnyRow]:
    """Attempts with what they are called, the how-manieth answer to its order each is, and what its order waits for."""
    one = _page(asked, after, limit).subquery("one")
    earlier = push_attempt.alias("earlier").c
    of_its_order = and_(
        earlier.record_id == one.c.record_id,
        earlier.portal == one.c.portal,
        earlier.generation == one.c.generation,
        earlier.attempt_id <= one.c.attempt_id,
    )
    number = select(func.count()).where(of_its_order).scalar_subquery()
    p, r = placement.c, register_entry.c
    of_placement = and_(p.record_id == one.c.record_id, p.portal == one.c.portal)
    columns = (
        one, number.label("number"), func.coalesce(p.former_of, one.c.record_id).label("record"),
        p.generation.label("newest_generation"), p.acknowledged_generation, p.receipt, p.refusal, p.next_push_at,
        r.document_number, r.subject_name,
    )  # fmt: skip
    statement = (
        select(*columns)
        .outerjoin_from(one, placement, of_placement)
        .outerjoin(register_entry, r.record_id == func.coalesce(p.former_of, one.c.record_id))
        .order_by(one.c.attempted_at.desc(), one.c.attempt_id.desc())
    )
    return (await connection.execute(statement)).all()


def all_of(asked: AttemptsAsked) -> Select[Any]:
    """The attempts that are asked for, to be counted."""
    return _filtered(select(_A.attempted_at), asked)


def _page(asked: AttemptsAsked, after: Sequence[Any] | None, limit: int) -> Select[Any]:
    statement = _filtered(select(push_attempt), asked).order_by(_A.attempted_at.desc(), _A.attempt_id.desc())
    if after:
        at, attempt_id = after
        position = tuple_(literal(at, _A.attempted_at.type), literal(attempt_id))
        statement = statement.where(tuple_(_A.attempted_at, _A.attempt_id) < position)
    return statement.limit(limit)


def _filtered(statement: Select[Any], asked: AttemptsAsked) -> Select[Any]:
    equal = {_A.portal: asked.portal, _A.outcome: asked.outcome, _A.code: asked.code, _A.take_down: asked.take_down}
    for column, value in equal.items():
        if value is not None:
            statement = statement.where(column == value)
    if asked.failed or asked.outcome in FAILED or asked.code:
        statement = statement.where(IS_A_FAILURE)
    if asked.records is not None:
        statement = statement.where(_A.record_id.in_(asked.records))
    if asked.since is not None:
        statement = statement.where(_A.attempted_at >= asked.since)
    return statement
