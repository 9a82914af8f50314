"""重投: send deliveries once more, in slices and in the background, so that a large one blocks nobody (G13).

The numbers and the webhook-ids stay what they were; a subscriber that has an event already knows it by them.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, insert, select, update

from services.sync.webhooks.subscribers import Reasoned, lock
from services.sync.webhooks.tables import delivery, replay, subscriber_sequence
from shared.clock import Clock
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

SLICE = 500
MOST_SHOWN = 50


class What(StrEnum):
    """Which deliveries are sent once more."""

    ONE = "one"
    SINCE = "since"
    FAILED = "failed"


async def ask(
    work: UnitOfWork, subscriber_id: str, what: What, sequence: int | None, since: datetime | None, act: Reasoned
) -> AnyRow:
    """Up to the last number there is now; returns the replay."""
    await lock(work, subscriber_id)
    last = await work.connection.scalar(
        select(subscriber_sequence.c.last).where(subscriber_sequence.c.subscriber_id == subscriber_id)
    )
    first = sequence if what is What.ONE and sequence else 1
    mine = delivery.c.subscriber_id == subscriber_id
    if what is What.ONE and not await work.connection.scalar(
        select(func.count()).select_from(delivery).where(mine, delivery.c.sequence == first)
    ):
        raise Problem(NOT_FOUND, f"The subscriber has no delivery {first}.")
    row = {
        "replay_id": new_id(),
        "subscriber_id": subscriber_id,
        "what": what,
        "since": since if what is What.SINCE else None,
        "next_sequence": first,
        "last_sequence": first if what is What.ONE else last or 0,
        "requeued": 0,
        "requested_at": work.now,
        "requested_by": act.actor,
        "reason": act.reason[:300],
        "finished_at": None,
    }
    asked = insert(replay).returning(replay)
    work.audit(Act(Action.DELIVERIES_REPLAYED, act.actor, f"subscriber/{subscriber_id}", reason=act.reason))
    found: AnyRow = (await work.connection.execute(asked, row)).one()
    return found


async def carry_out(database: Database, clock: Clock) -> int:
    """One slice of one replay; returns how much there was to do."""
    async with database.reading() as connection:
        if await connection.scalar(select(replay.c.replay_id).where(replay.c.finished_at.is_(None)).limit(1)) is None:
            return 0
    async with unit_of_work(database, clock) as work:
        open_ = select(replay).where(replay.c.finished_at.is_(None)).order_by(replay.c.replay_id).limit(1)
        row = (await work.connection.execute(open_.with_for_update(skip_locked=True))).one_or_none()
        if row is None:
            return 0
        requeued, upto = await _requeue(work, row)
        done = upto is None or upto >= row.last_sequence
        await work.connection.execute(
            update(replay)
            .where(replay.c.replay_id == row.replay_id)
            .values(
                next_sequence=row.last_sequence + 1 if upto is None else upto + 1,
                requeued=replay.c.requeued + requeued,
                finished_at=work.now if done else None,
            )
        )
    return 1


async def _requeue(work: UnitOfWork, row: AnyRow) -> tuple[int, int | None]:
    """The next deliveries that were ended wait again; how many, and the last of them."""
    found = (
        select(delivery.c.sequence)
        .where(
            delivery.c.subscriber_id == row.subscriber_id,
            delivery.c.sequence >= row.next_sequence,
            delivery.c.sequence <= row.last_sequence,
            *_chosen(row),
        )
        .order_by(delivery.c.sequence)
        .limit(SLICE)
    )
    sequences = list((await work.connection.execute(found)).scalars())
    if not sequences:
        return 0, None
    await work.connection.execute(
        update(delivery)
        .where(delivery.c.subscriber_id == row.subscriber_id, delivery.c.sequence.in_(sequences))
        .values(state="pending", attempts=0, next_try_at=work.now, ended_at=None)
    )
    return len(sequences), sequences[-1]


def _chosen(row: AnyRow) -> list[ColumnElement[bool]]:
    if row.what == What.ONE:
        return []
    if row.what == What.FAILED:
        return [delivery.c.state == "failed"]
    ended = delivery.c.state != "pending"
    return [ended] if row.since is None else [ended, delivery.c.stored_at >= row.since]


async def read(connection: AsyncConnection, subscriber_id: str) -> Sequence[AnyRow]:
    """The newest replays of one subscriber."""
    mine = select(replay).where(replay.c.subscriber_id == subscriber_id)
    return (await connection.execute(mine.order_by(replay.c.replay_id.desc()).limit(MOST_SHOWN))).all()
