"""Number committed changes without gaps and deal them out to the subscribers, some at a time (guarantee G13).

Whatever is visible gets the next positions. Writers of one placement wait for each other, so its changes are numbered
in the order of their commits; a change that commits later gets a later position, and none is skipped. Each
subscriber's own sequence grows in the same transaction.
"""

from collections.abc import Collection

from sqlalchemy import literal_column, select

from services.sync.webhooks.numbering import FEED, Numbered, number_and_deal
from services.sync.webhooks.numbering_at_once import number_at_once
from services.sync.webhooks.state.keep import keep
from services.sync.webhooks.tables import change, feed_head
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.lookup import Lookup
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

_WAITING = Lookup(select(change.c.change_id).where(change.c.position.is_(None)).limit(literal_column("1")))


async def number_changes(
    database: Database, clock: Clock, *, is_told: bool = False, busy: Collection[str] | None = None
) -> Numbered:
    """Number what waits. While nothing waits it only reads, unless somebody told that there is something.

    With a list of the subscribers who are `busy`, deliveries to the others may be handed over (`numbering_at_once.py`).
    """
    if not is_told and await database.find(_WAITING) is None:
        return Numbered()
    if database.dialect == "postgresql":
        while (numbered := await number_at_once(database, clock, busy)) is None:
            async with unit_of_work(database, clock) as work:
                await lock_head(work)
        return numbered
    async with unit_of_work(database, clock) as work:
        head = await lock_head(work, wait=False)
        if head is None:
            return Numbered()
        placed, heard = await number_and_deal(work, head.position)
        await keep(work, placed)
    return Numbered(len(placed), heard)


async def lock_head(work: UnitOfWork, *, wait: bool = True) -> AnyRow | None:
    """The end of the feed, kept from other writers; without `wait` None when somebody else is numbering."""
    statement = _LOCK_HEAD if wait else _LOCK_FREE_HEAD
    row = (await work.connection.execute(statement)).one_or_none()
    if row is None:
        await work.connection.execute(insert_new(work.dialect, feed_head), {"feed": FEED, "position": 0, "oldest": 1})
        row = (await work.connection.execute(statement)).one_or_none()
    return row


_LOCK_HEAD = select(feed_head).where(feed_head.c.feed == FEED).with_for_update()
_LOCK_FREE_HEAD = select(feed_head).where(feed_head.c.feed == FEED).with_for_update(skip_locked=True)
