"""Look at deliveries (推送订阅): whose are due, which there are, and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, Select, and_, exists, literal_column, or_, select

from services.sync.webhooks.tables import change, delivery, delivery_attempt, subscriber
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow

PENDING: ColumnElement[str] = literal_column("'pending'")
"""Written out: a plan for any value cannot use the index of those that wait, and one for each value is made anew."""

_ENDED: Sequence[ColumnElement[str]] = [literal_column("'delivered'"), literal_column("'failed'")]


async def endpoints_with_work(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Active subscribers whose endpoint is not left alone and for whom something is due."""
    due = exists().where(
        delivery.c.subscriber_id == subscriber.c.subscriber_id, pending(), delivery.c.next_try_at <= now
    )
    statement = (
        select(subscriber.c.subscriber_id)
        .where(may_be_sent_to(now), due)
        .order_by(subscriber.c.subscriber_id)
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())


def may_be_sent_to(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(
        subscriber.c.state == literal_column("'active'"),
        or_(subscriber.c.held_until.is_(None), subscriber.c.held_until <= now),
    )


def not_ended(one: FromClause) -> ColumnElement[bool]:
    """It waits: in the words of the index by record, for questions about one record."""
    return one.c.state.not_in(_ENDED)


def webhook_id(subscriber_id: str, sequence: int) -> str:
    """The same for every attempt, also after a replay: by it a subscriber knows a repetition."""
    return f"msg_{subscriber_id}_{sequence}"


async def read_page(
    connection: AsyncConnection,
    subscriber_id: str,
    *,
    state: str | None,
    record_id: str | None,
    before: int | None,
    limit: int,
) -> Sequence[AnyRow]:
    """Deliveries of one subscriber with the change they tell, the newest first."""
    statement = _shown().where(_told(subscriber_id, state, record_id)).order_by(delivery.c.sequence.desc())
    if before is not None:
        statement = statement.where(delivery.c.sequence < before)
    return (await connection.execute(statement.limit(limit))).all()


def all_of(subscriber_id: str, *, state: str | None, record_id: str | None) -> Select[Any]:
    """The same without an end, to be counted: their numbers."""
    return select(delivery.c.sequence).where(_told(subscriber_id, state, record_id))


def _told(subscriber_id: str, state: str | None, record_id: str | None) -> ColumnElement[bool]:
    conditions = [delivery.c.subscriber_id == subscriber_id]
    conditions += [delivery.c.state == state] if state else []
    conditions += [delivery.c.record_id == record_id] if record_id else []
    return and_(*conditions)


async def read_one(connection: AsyncConnection, subscriber_id: str, sequence: int) -> AnyRow | None:
    mine = and_(delivery.c.subscriber_id == subscriber_id, delivery.c.sequence == sequence)
    return (await connection.execute(_shown().where(mine))).one_or_none()


async def read_attempts(
    connection: AsyncConnection, subscriber_id: str, sequence: int, limit: int = 100
) -> Sequence[AnyRow]:
    """The newest attempts of one delivery."""
    columns = delivery_attempt.c
    mine = and_(columns.subscriber_id == subscriber_id, columns.sequence == sequence)
    statement = select(delivery_attempt).where(mine).order_by(columns.attempt_id.desc()).limit(limit)
    return (await connection.execute(statement)).all()


def _shown() -> Any:
    told, whose = change.c.position == delivery.c.position, subscriber.c.subscriber_id == delivery.c.subscriber_id
    endpoint = subscriber.c.state.label("endpoint_state"), subscriber.c.held_until
    known = delivery.outerjoin(change, told).outerjoin(subscriber, whose)
    return select(delivery, change.c.type, change.c.portal, *endpoint).select_from(known)


def pending() -> ColumnElement[bool]:
    """Neither delivered nor failed for good."""
    return delivery.c.state == PENDING
