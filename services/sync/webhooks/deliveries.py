"""Statements on deliveries (推送订阅): claim what may be sent to one endpoint, note what came of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.webhooks.domain.patience import LEASE, again_at
from services.sync.webhooks.tables import change, delivery, delivery_attempt, subscriber
from shared.database.among import among
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

_FORGOTTEN = "The change is no longer kept; read the record itself."


@dataclass(frozen=True)
class Attempt:
    """One try and what came of it. `status` is there when the endpoint answered."""

    sequence: int
    attempts: int
    outcome: str
    status: int | None
    message: str | None
    seconds: float

    @property
    def ok(self) -> bool:
        return self.outcome == "delivered"


async def endpoints_with_work(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Active subscribers whose endpoint is not left alone and for whom something is due."""
    due = exists().where(
        delivery.c.subscriber_id == subscriber.c.subscriber_id, _pending(), delivery.c.next_try_at <= now
    )
    statement = (
        select(subscriber.c.subscriber_id)
        .where(may_be_sent_to(now), due)
        .order_by(subscriber.c.subscriber_id)
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())


def may_be_sent_to(now: datetime) -> ColumnElement[bool]:
    return and_(subscriber.c.state == "active", or_(subscriber.c.held_until.is_(None), subscriber.c.held_until <= now))


async def claim(work: UnitOfWork, subscriber_id: str, limit: int) -> Sequence[AnyRow]:
    """The next deliveries with what they tell, kept from other deliverers for a while.

    Of each record only the earliest that is not delivered yet: a later one waits for it (ordered per record). One
    whose change is forgotten, as after a late replay, ends here: it is no fault of the endpoint.
    """
    earlier = delivery.alias("earlier")
    overtakes = exists().where(
        earlier.c.subscriber_id == delivery.c.subscriber_id,
        earlier.c.record_id == delivery.c.record_id,
        earlier.c.sequence < delivery.c.sequence,
        earlier.c.state == "pending",
    )
    free = (
        select(delivery.c.sequence)
        .where(delivery.c.subscriber_id == subscriber_id, _pending(), delivery.c.next_try_at <= work.now, ~overtakes)
        .order_by(delivery.c.sequence)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    sequences = list((await work.connection.execute(free)).scalars())
    if not sequences:
        return []
    mine = _mine(work, subscriber_id, sequences)
    await work.connection.execute(update(delivery).where(mine).values(next_try_at=work.now + LEASE))
    statement = select(
        delivery.c.sequence, delivery.c.attempts, delivery.c.stored_at, delivery.c.position.label("told"), change
    ).outerjoin(change, change.c.position == delivery.c.position)
    rows = (await work.connection.execute(statement.where(mine).order_by(delivery.c.sequence))).all()
    lost = {row.sequence for row in rows if row.told is not None and row.position is None}
    await _give_up(work, subscriber_id, lost)
    return [row for row in rows if row.sequence not in lost]


async def _give_up(work: UnitOfWork, subscriber_id: str, sequences: Collection[int]) -> None:
    if not sequences:
        return
    tries = [Attempt(one, 0, "forgotten", None, _FORGOTTEN, 0.0) for one in sorted(sequences)]
    await work.connection.execute(insert(delivery_attempt), [_line(subscriber_id, one, work.now) for one in tries])
    ended = update(delivery).where(_mine(work, subscriber_id, sequences), _pending())
    await work.connection.execute(ended.values(state="failed", ended_at=work.now))


async def give_back(work: UnitOfWork, subscriber_id: str, sequences: Collection[int]) -> None:
    """Claimed and not sent after all: free again at once, no attempt counted."""
    if sequences:
        mine = _mine(work, subscriber_id, sequences)
        await work.connection.execute(update(delivery).where(mine, _pending()).values(next_try_at=work.now))


async def note(work: UnitOfWork, subscriber_id: str, attempts: Sequence[Attempt]) -> None:
    """Keep each attempt, and what follows from it: delivered, to be tried again, or failed for good.

    A delivery that somebody else has brought meanwhile stays delivered.
    """
    if not attempts:
        return
    rows = [_line(subscriber_id, one, work.now) for one in attempts]
    await work.connection.execute(insert(delivery_attempt), rows)
    await _note_delivered(work, subscriber_id, [one.sequence for one in attempts if one.ok])
    await _note_failures(work, subscriber_id, [one for one in attempts if not one.ok])


async def _note_delivered(work: UnitOfWork, subscriber_id: str, sequences: Collection[int]) -> None:
    """One statement for all of them: nearly every attempt is one of these."""
    if sequences:
        await work.connection.execute(
            update(delivery)
            .where(_mine(work, subscriber_id, sequences), _pending())
            .values(state="delivered", attempts=delivery.c.attempts + 1, ended_at=work.now)
        )


async def _note_failures(work: UnitOfWork, subscriber_id: str, attempts: Sequence[Attempt]) -> None:
    if not attempts:
        return
    statement = (
        update(delivery)
        .where(
            delivery.c.subscriber_id == bindparam("of_subscriber"),
            delivery.c.sequence == bindparam("of_sequence"),
            _pending(),
        )
        .values({name: bindparam(f"new_{name}") for name in ("state", "attempts", "next_try_at", "ended_at")})
    )
    await work.connection.execute(statement, [_outcome(subscriber_id, one, work.now) for one in attempts])


def _line(subscriber_id: str, one: Attempt, now: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber_id,
        "sequence": one.sequence,
        "outcome": one.outcome,
        "status": one.status,
        "message": one.message[:200] if one.message else None,
        "attempted_at": now,
        "seconds": one.seconds,
    }


def _outcome(subscriber_id: str, one: Attempt, now: datetime) -> Mapping[str, Any]:
    attempts = one.attempts + 1
    again = again_at(now, attempts, webhook_id(subscriber_id, one.sequence))
    return {
        "of_subscriber": subscriber_id,
        "of_sequence": one.sequence,
        "new_state": "pending" if again else "failed",
        "new_attempts": attempts,
        "new_next_try_at": again or now,
        "new_ended_at": None if again else now,
    }


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
    conditions = [delivery.c.subscriber_id == subscriber_id]
    if state:
        conditions.append(delivery.c.state == state)
    if record_id:
        conditions.append(delivery.c.record_id == record_id)
    if before is not None:
        conditions.append(delivery.c.sequence < before)
    statement = _shown().where(*conditions).order_by(delivery.c.sequence.desc()).limit(limit)
    return (await connection.execute(statement)).all()


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
    told = change.c.position == delivery.c.position
    return select(delivery, change.c.type, change.c.portal).select_from(delivery.outerjoin(change, told))


def _mine(work: UnitOfWork, subscriber_id: str, sequences: Collection[int]) -> ColumnElement[bool]:
    return and_(delivery.c.subscriber_id == subscriber_id, among(work.dialect, delivery.c.sequence, sequences))


def _pending() -> ColumnElement[bool]:
    return delivery.c.state == "pending"
