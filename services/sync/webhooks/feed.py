"""The change feed (变更流): every change by its position, with tombstones, and a bounded wait for the next one (G13).

Positions have no gaps. A reader who may not see everything is told how many positions were not for him: items and
`skipped` together always make up the stretch that was read.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from services.sync.webhooks.numbering import FEED
from services.sync.webhooks.sequence import lock_head
from services.sync.webhooks.tables import change, delivery, feed_head, subscriber
from shared.clock import Clock, stopwatch
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.errors import FEED_GONE, Problem
from shared.messaging.unit_of_work import unit_of_work

FRESH_SECONDS = 0.25
MOST_WAITING = 64
PRUNED_AT_ONCE = 1000


@dataclass(frozen=True)
class Sight:
    """Which changes a reader gets: None or an empty region means all of them."""

    authorities: Collection[str] | None = None
    region: str = ""
    kind: str | None = None

    def shows(self, row: AnyRow) -> bool:
        return (
            (self.authorities is None or row.authority in self.authorities)
            and (row.region or "").startswith(self.region)
            and (self.kind is None or row.kind == self.kind)
        )


@dataclass(frozen=True)
class Stretch:
    """What was read: everything after `after` up to `position`."""

    after: int
    position: int
    head: int
    rows: Sequence[AnyRow]

    @property
    def skipped(self) -> int:
        return self.position - self.after - len(self.rows)


async def read(connection: AsyncConnection, after: int | None, limit: int, sight: Sight) -> Stretch:
    """The next changes; without `after` from the oldest that is kept.

    A reader beyond the head read a feed that was restored from a backup since: what comes at those positions is not
    what he has, so he is never told to be in step.
    """
    head, oldest = await ends(connection)
    start = oldest - 1 if after is None else after
    if start > head:
        raise Problem(FEED_GONE, f"The feed ends at position {head}; what you have beyond it was lost.", head=head)
    if start < oldest - 1:
        raise Problem(FEED_GONE, f"Changes up to position {oldest - 1} are no longer kept.", oldest=oldest)
    upto = min(head, start + limit)
    statement = select(change).where(change.c.position > start, change.c.position <= upto).order_by(change.c.position)
    rows = (await connection.execute(statement)).all()
    # On PostgreSQL each statement sees its own moment: what was forgotten since the first is missing, not skipped.
    if len(rows) < upto - start and (await ends(connection))[1] > oldest:
        return await read(connection, after, limit, sight)
    return Stretch(start, upto, head, [row for row in rows if sight.shows(row)])


async def ends(connection: AsyncConnection) -> tuple[int, int]:
    """The last position, and the oldest that is kept."""
    row = (await connection.execute(select(feed_head).where(feed_head.c.feed == FEED))).one_or_none()
    return (row.position, row.oldest) if row else (0, 1)


@dataclass
class Watch:
    """Waits for the feed to grow. All readers of a process share one look at its end, and none holds a connection."""

    database: Database
    _head: int = 0
    _looked_at: float = field(default=float("-inf"))
    _waiting: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def grown(self, after: int, seconds: float) -> None:
        """Return when there is something after this position, or when the time is over. Too many wait not at all."""
        if self._waiting >= MOST_WAITING:
            return
        self._waiting += 1
        until = stopwatch() + seconds
        try:
            while await self._newest() <= after and stopwatch() < until:  # noqa: ASYNC110 - a database rings no bell
                await asyncio.sleep(min(FRESH_SECONDS, max(0.0, until - stopwatch())))
        finally:
            self._waiting -= 1

    async def _newest(self) -> int:
        async with self._lock:
            if stopwatch() - self._looked_at >= FRESH_SECONDS:
                async with self.database.reading() as connection:
                    self._head, _ = await ends(connection)
                self._looked_at = stopwatch()
            return self._head


async def prune(database: Database, clock: Clock, keep: timedelta) -> int:
    """Forget the oldest changes after their time, a slice at a time, unless a subscriber is still to be told of them.

    Positions are never given again.
    """
    async with unit_of_work(database, clock) as work:
        head = await lock_head(work, wait=False)
        if head is None:
            return 0
        upto = min(head.position, head.oldest - 1 + PRUNED_AT_ONCE)
        newest = select(change.c.position).where(change.c.position >= head.oldest, change.c.position <= upto)
        old = newest.where(change.c.at >= work.now - keep).order_by(change.c.position).limit(1)
        first_kept = await work.connection.scalar(old)
        awaited = await _first_awaited(work.connection, head.oldest)
        oldest = min(one for one in (first_kept, awaited, upto + 1) if one is not None)
        if oldest <= head.oldest:
            return 0
        await work.connection.execute(delete(change).where(change.c.position < oldest))
        await work.connection.execute(update(feed_head).values(oldest=oldest))
        return int(oldest - head.oldest)


async def _first_awaited(connection: AsyncConnection, oldest: int) -> int | None:
    """The first kept change that waits for a subscriber: its numbers rise with the positions, so the first will do."""
    first = (
        select(delivery.c.position)
        .where(
            delivery.c.subscriber_id == subscriber.c.subscriber_id,
            delivery.c.state == "pending",
            delivery.c.position >= oldest,
        )
        .order_by(delivery.c.sequence)
        .limit(1)
        .correlate(subscriber)
        .scalar_subquery()
    )
    told = select(func.min(first)).select_from(subscriber).where(subscriber.c.state != "removed")
    found: int | None = await connection.scalar(told)
    return found
