"""Number, deal out, hand over and keep the state of the feed by one statement of PostgreSQL: one journey, one flush.

It looks before it holds the end of the feed, and so writes nothing unless nobody numbered and no subscriber was entered
between its look and its lock: what it saw is then what it would have seen behind the lock.

Deliveries of a few changes are handed over: dealt out as claimed by this process, with all that their sending needs.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Text,
    all_,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.sync.webhooks.deliveries import may_be_sent_to, not_ended
from services.sync.webhooks.domain.patience import LEASE
from services.sync.webhooks.endpoints import signs
from services.sync.webhooks.handed import Handed
from services.sync.webhooks.numbering import IS_FEED, NOW, PLACED, Numbered, dealing, placing, waiting
from services.sync.webhooks.state.keep_at_once import kept
from services.sync.webhooks.tables import change, delivery, feed_head, subscriber, subscriber_key, subscriber_sequence
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.lookup import Lookup

HANDED = 16
"""Of more changes at once nothing is handed over: claims then carry more than journeys cost."""

_LEASE = bindparam("lease", type_=delivery.c.next_try_at.type)
_NONE: ColumnElement[int] = literal_column("0")


async def number_at_once(database: Database, clock: Clock, busy: Collection[str] | None) -> Numbered | None:
    """Whoever is `busy` is handed nothing, and without a list nobody is. None where there is no feed yet."""
    now = clock.now()
    found = await database.act(at_once(), dealt_at=now, lease=now + LEASE, busy=None if busy is None else list(busy))
    told = found[0]
    if not told["is_begun"]:
        return None
    handed = [Handed.of(row) for row in found if row["sequence"] is not None]
    heard = told["heard"].split(",") if told["heard"] else ()
    return Numbered(told["changes"], heard, handed, told["is_held"] and not told["is_fresh"])


@lru_cache(maxsize=1)
def at_once() -> Lookup:
    return Lookup(_statement())


def _statement() -> Select[Any]:
    waits = exists(select(change.c.change_id).where(change.c.position.is_(None)))  # or nothing is locked, nor flushed
    head = select(feed_head).where(IS_FEED, waits).with_for_update(skip_locked=True).cte("head")
    seen = feed_head.alias("seen")
    unmoved = and_(seen.c.feed == head.c.feed, seen.c.position == head.c.position, seen.c.entered == head.c.entered)
    fresh = select(head.c.position).join(seen, unmoved).cte("fresh")
    which = waiting("postgresql", fresh.c.position, change.join(fresh, true()))
    columns = [change.c[name] for name in (*PLACED, "at", "detail")]
    placed = placing("postgresql", which).returning(*columns).cte("placed")
    count = select(func.count()).select_from(placed).scalar_subquery()
    dealt = _dealt(placed, count, exists(select(fresh.c.position)))
    moved = update(feed_head).where(IS_FEED, count > _NONE).values(position=feed_head.c.position + count).cte("moved")
    told, handed = _told(head, fresh, dealt, count), _handed(placed, dealt)
    return (
        select(told, handed)
        .select_from(told.outerjoin(handed, true()))
        .order_by(handed.c.subscriber_id, handed.c.sequence)
        .add_cte(_raised(dealt), moved, *kept(placed))
    )


def _told(head: CTE, fresh: CTE, dealt: CTE, count: Any) -> FromClause:
    """What became of it, in one row."""
    to_claim = select(func.string_agg(dealt.c.subscriber_id.distinct(), literal_column("','")))
    return select(
        exists(select(feed_head.c.feed)).label("is_begun"),
        exists(select(head.c.feed)).label("is_held"),
        exists(select(fresh.c.position)).label("is_fresh"),
        count.label("changes"),
        to_claim.where(dealt.c.next_try_at <= NOW).scalar_subquery().label("heard"),
    ).subquery("told")


def _raised(dealt: CTE) -> CTE:
    newest = (
        select(dealt.c.subscriber_id, func.max(dealt.c.sequence).label("last"))
        .group_by(dealt.c.subscriber_id)
        .cte("newest")
    )
    of_whom = subscriber_sequence.c.subscriber_id == newest.c.subscriber_id
    return update(subscriber_sequence).where(of_whom).values(last=newest.c.last).cte("raised")


def _dealt(placed: CTE, count: Any, is_fresh: ColumnElement[bool]) -> CTE:
    """The locks of the counters give their newest values, also those that came after this statement began."""
    all_of_them = select(subscriber_sequence).where(is_fresh).order_by(subscriber_sequence.c.subscriber_id)
    counter = all_of_them.with_for_update().cte("counter")
    due_at = case((_is_handed(placed, count), _LEASE), else_=NOW)
    columns = (delivery.c[name] for name in ("subscriber_id", "sequence", "position", "record_id", "next_try_at"))
    return dealing(placed, counter, due_at).returning(*columns).cte("dealt")


def _is_handed(placed: CTE, count: Any) -> ColumnElement[bool]:
    """The endpoint is well and has a lane with room here, and nothing of the record waits before this."""
    earlier = delivery.alias("earlier")
    waits = and_(
        earlier.c.subscriber_id == subscriber.c.subscriber_id,
        earlier.c.record_id == placed.c.record_id,
        not_ended(earlier),
    )
    # A value and no EXISTS, which could be answered by reading everything that waits, once for all.
    first_waiting = select(earlier.c.sequence).where(waits).limit(literal_column("1")).scalar_subquery()
    of_record = func.row_number().over(
        partition_by=(subscriber.c.subscriber_id, placed.c.record_id), order_by=placed.c.position
    )
    return and_(
        count <= literal_column(str(HANDED)),
        subscriber.c.subscriber_id != all_(bindparam("busy", type_=ARRAY(Text))),
        may_be_sent_to(NOW),
        subscriber.c.failures == _NONE,
        of_record == literal_column("1"),
        first_waiting.is_(None),
    )


def _handed(placed: CTE, dealt: CTE) -> FromClause:
    """Named as `claiming` names them, with where each goes."""
    together = select(
        dealt,
        (func.count().over(partition_by=(dealt.c.subscriber_id, dealt.c.record_id)) > literal_column("1")).label(
            "is_followed"
        ),
    ).subquery("together")
    key = func.json_build_array(
        subscriber_key.c.key_id,
        subscriber_key.c.algorithm,
        func.encode(subscriber_key.c.sealed, literal_column("'hex'")),
    )
    keys = select(func.json_agg(key)).where(signs(NOW)).correlate(subscriber).scalar_subquery()
    return (
        select(
            together.c.subscriber_id,
            together.c.sequence,
            together.c.is_followed,
            _NONE.label("attempts"),
            NOW.label("stored_at"),
            placed.c.position.label("told"),
            placed,
            subscriber.c.url,
            keys.label("signing"),
        )
        .select_from(together)
        .join(placed, placed.c.position == together.c.position)
        .join(subscriber, subscriber.c.subscriber_id == together.c.subscriber_id)
        .where(together.c.next_try_at > NOW)
        .subquery("handed")
    )
