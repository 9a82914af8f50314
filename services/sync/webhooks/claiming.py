"""Claim deliveries (推送订阅) of one endpoint: found and kept from other deliverers by one statement."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, exists, func, literal_column, select, update

from services.sync.webhooks import noting
from services.sync.webhooks.deliveries import may_be_sent_to, not_ended, pending
from services.sync.webhooks.domain.patience import LEASE
from services.sync.webhooks.handed import Handed
from services.sync.webhooks.tables import change, delivery, subscriber
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work

CLAIM = 80
"""Deliveries that are claimed together."""


async def claim(database: Database, clock: Clock, subscriber_id: str, *, of_failing: bool = False) -> Sequence[AnyRow]:
    """The next deliveries with what they tell, kept from other deliverers for a while: none while nothing may be sent
    to the subscriber, and of one whose endpoint fails the first alone, when that is asked for.

    Of each record only the earliest that is not delivered yet: a later one waits for it (ordered per record). One
    whose change is forgotten, as after a late replay, ends here: it is no fault of the endpoint.
    """
    now = clock.now()
    values = {"of_subscriber": subscriber_id, "now": now, "lease": now + LEASE}
    async with database.writing_once() as connection:
        if database.dialect == "postgresql":
            rows = (await connection.execute(claiming(of_failing), values)).all()
        else:
            rows = (await connection.execute(_free(of_failing), values)).all()
            taken = [{"one_of": subscriber_id, "this_one": row.sequence, "lease": values["lease"]} for row in rows]
            if taken:
                await connection.execute(_TAKEN, taken)
    lost = {row.sequence for row in rows if row.told is not None and row.position is None}
    if lost:
        async with unit_of_work(database, clock) as work:
            await noting.give_up(work, subscriber_id, lost)
    return [row for row in rows if row.sequence not in lost]


async def give_back(database: Database, clock: Clock, untaken: Sequence[Handed]) -> None:
    """Claimed for lanes that are not there any more."""
    for subscriber_id, rows in groupby(untaken, attrgetter("subscriber_id")):
        async with unit_of_work(database, clock) as work:
            await noting.give_back(work, subscriber_id, [row.sequence for row in rows])


@lru_cache(maxsize=2)
def _free(of_failing: bool) -> Select[Any]:
    earlier, later = delivery.alias("earlier"), delivery.alias("later")
    # OFFSET 0 keeps it a question of its own. PostgreSQL else makes a join of it, and while its statistics know of
    # nothing that waits, compares each with all: 190 ms a claim behind 10,000 that wait, 3 ms so.
    overtakes = exists(
        select(literal_column("1"))
        .where(_waits_with(earlier), earlier.c.sequence < delivery.c.sequence)
        .offset(literal_column("0"))
    )
    is_followed = exists().where(_waits_with(later), later.c.sequence > delivery.c.sequence)
    now = bindparam("now", type_=delivery.c.next_try_at.type)
    in_step = subscriber.c.failures > 0 if of_failing else subscriber.c.failures == 0
    allowed = exists().where(subscriber.c.subscriber_id == bindparam("of_subscriber"), may_be_sent_to(now), in_step)
    due = delivery.c.next_try_at <= now
    told = delivery.c.position.label("told")
    return (
        select(
            delivery.c.sequence,
            delivery.c.attempts,
            delivery.c.stored_at,
            told,
            is_followed.label("is_followed"),
            change,
        )
        .select_from(delivery.outerjoin(change, change.c.position == delivery.c.position))
        .where(delivery.c.subscriber_id == bindparam("of_subscriber"), pending(), due, allowed, ~overtakes)
        .order_by(delivery.c.sequence)
        .limit(literal_column("1" if of_failing else str(CLAIM)))
    )


def _waits_with(other: FromClause) -> ColumnElement[bool]:
    return and_(
        other.c.subscriber_id == delivery.c.subscriber_id,
        other.c.record_id == delivery.c.record_id,
        not_ended(other),
    )


@lru_cache(maxsize=2)
def claiming(of_failing: bool) -> Select[Any]:
    """Found and kept by one statement, which does not wait for the disk: a lease that the server loses in a crash is
    followed by the same delivery again, as when a deliverer dies."""
    free = _free(of_failing).with_for_update(of=delivery, skip_locked=True).cte("free")
    mine = and_(delivery.c.subscriber_id == bindparam("of_subscriber"), delivery.c.sequence == free.c.sequence)
    kept = update(delivery).where(mine).values(next_try_at=bindparam("lease")).cte("kept")
    unhurried = select(func.set_config("synchronous_commit", "off", True)).scalar_subquery()
    return select(free, unhurried).order_by(free.c.sequence).add_cte(kept)


_TAKEN = (
    update(delivery)
    .where(delivery.c.subscriber_id == bindparam("one_of"), delivery.c.sequence == bindparam("this_one"))
    .values(next_try_at=bindparam("lease"))
)
