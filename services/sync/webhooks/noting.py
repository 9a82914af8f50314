"""Note what came of deliveries (推送订阅): each attempt, and what follows from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, bindparam, insert, update

from services.sync.webhooks.deliveries import pending, webhook_id
from services.sync.webhooks.domain.patience import again_at
from services.sync.webhooks.tables import delivery, delivery_attempt
from shared.clock import Clock
from shared.database.among import among, among_given
from shared.database.engine import Database
from shared.database.upsert import insert_for
from shared.database.write_together import AnyInsert, Rows, Written, write_together
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


async def give_up(work: UnitOfWork, subscriber_id: str, sequences: Collection[int]) -> None:
    """Their changes are forgotten: they end as failed."""
    tries = [Attempt(one, 0, "forgotten", None, _FORGOTTEN, 0.0) for one in sorted(sequences)]
    await work.connection.execute(insert(delivery_attempt), _lines(subscriber_id, tries, work.now))
    ended = update(delivery).where(_mine(work, subscriber_id, sequences), pending())
    await work.connection.execute(ended.values(state="failed", ended_at=work.now))


async def give_back(work: UnitOfWork, subscriber_id: str, sequences: Collection[int]) -> None:
    """Claimed and not sent after all: free again at once, no attempt counted."""
    if sequences:
        mine = _mine(work, subscriber_id, sequences)
        await work.connection.execute(update(delivery).where(mine, pending()).values(next_try_at=work.now))


async def note(work: UnitOfWork, subscriber_id: str, attempts: Sequence[Attempt]) -> None:
    """Keep each attempt, and what follows from it: delivered, to be tried again, or failed for good.

    A delivery that somebody else has brought meanwhile stays delivered.
    """
    if not attempts:
        return
    await work.connection.execute(insert(delivery_attempt), _lines(subscriber_id, attempts, work.now))
    if brought := [one.sequence for one in attempts if one.ok]:
        await work.connection.execute(_brought(work.dialect), _brought_by(subscriber_id, brought, work.now))
    await _note_failures(work, subscriber_id, [one for one in attempts if not one.ok])


async def note_brought(
    database: Database, clock: Clock, subscriber_id: str, attempts: Sequence[Attempt], and_then: Written
) -> None:
    """The same for attempts that all arrived, as nearly all do, with what else follows from them: one journey."""
    now = clock.now()
    tried = Rows(_tried(database.dialect), _lines(subscriber_id, attempts, now))
    brought = _brought_by(subscriber_id, [one.sequence for one in attempts], now)
    async with database.writing_once() as connection:
        await write_together(connection, tried, Written(_brought(database.dialect), brought), and_then)


@lru_cache(maxsize=2)
def _tried(dialect: str) -> AnyInsert:
    return insert_for(dialect, delivery_attempt)


@lru_cache(maxsize=2)
def _brought(dialect: str) -> Update:
    """One statement for all of them: nearly every attempt is one of these."""
    return (
        update(delivery)
        .where(
            delivery.c.subscriber_id == bindparam("brought_to"),
            among_given(dialect, delivery.c.sequence, "brought"),
            pending(),
        )
        .values(state="delivered", attempts=delivery.c.attempts + 1, ended_at=bindparam("brought_at"))
    )


def _brought_by(subscriber_id: str, sequences: Sequence[int], now: datetime) -> dict[str, Any]:
    return {"brought_to": subscriber_id, "brought": sequences, "brought_at": now}


async def _note_failures(work: UnitOfWork, subscriber_id: str, attempts: Sequence[Attempt]) -> None:
    if not attempts:
        return
    statement = (
        update(delivery)
        .where(
            delivery.c.subscriber_id == bindparam("of_subscriber"),
            delivery.c.sequence == bindparam("of_sequence"),
            pending(),
        )
        .values({name: bindparam(f"new_{name}") for name in ("state", "attempts", "next_try_at", "ended_at")})
    )
    await work.connection.execute(statement, [_outcome(subscriber_id, one, work.now) for one in attempts])


def _lines(subscriber_id: str, attempts: Sequence[Attempt], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "subscriber_id": subscriber_id,
            "sequence": one.sequence,
            "outcome": one.outcome,
            "status": one.status,
            "message": one.message[:200] if one.message else None,
            "attempted_at": now,
            "seconds": one.seconds,
        }
        for one in attempts
    ]


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


def _mine(work: UnitOfWork, subscriber_id: str, sequences: Collection[int]) -> ColumnElement[bool]:
    return and_(delivery.c.subscriber_id == subscriber_id, among(work.dialect, delivery.c.sequence, sequences))
