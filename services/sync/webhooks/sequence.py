"""Number committed changes without gaps and deal them out to the subscribers, some at a time (guarantee G13).

Whatever is visible gets the next positions. Writers of one placement wait for each other, so its changes are numbered
in the order of their commits; a change that commits later gets a later position, and none is skipped. Each
subscriber's own sequence grows in the same transaction.
"""

from typing import Any

from sqlalchemy import JSON, ColumnElement, and_, cast, func, insert, literal, literal_column, or_, select, update

from services.sync.tables import content, placement
from services.sync.webhooks.domain.changes import REGION_LENGTHS
from services.sync.webhooks.state.keep import keep
from services.sync.webhooks.tables import change, delivery, feed_head, subscriber, subscriber_sequence
from shared.clock import Clock
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

AT_ONCE = 500
FEED = "changes"


async def number_changes(database: Database, clock: Clock) -> int:
    """Number what waits; returns how many. While nothing waits it only reads."""
    async with database.reading() as connection:
        if await connection.scalar(select(change.c.change_id).where(change.c.position.is_(None)).limit(1)) is None:
            return 0
    async with unit_of_work(database, clock) as work:
        head = await lock_head(work, wait=False)
        if head is None:
            return 0
        placed = await _place(work, head.position)
        if placed:
            await _deal_out(work, head.position, head.position + placed)
            await keep(work, head.position, head.position + placed)
            await work.connection.execute(update(feed_head).values(position=head.position + placed))
    return placed


async def lock_head(work: UnitOfWork, *, wait: bool = True) -> AnyRow | None:
    """The end of the feed, kept from other writers; without `wait` None when somebody else is numbering."""
    statement = select(feed_head).where(feed_head.c.feed == FEED).with_for_update(skip_locked=not wait)
    row = (await work.connection.execute(statement)).one_or_none()
    if row is None:
        await work.connection.execute(insert_new(work.dialect, feed_head), {"feed": FEED, "position": 0, "oldest": 1})
        row = (await work.connection.execute(statement)).one_or_none()
    return row


async def _place(work: UnitOfWork, after: int) -> int:
    """One statement gives the next positions and fills in what each record is about."""
    waiting = (
        select(change.c.change_id, change.c.record_id, change.c.portal)
        .where(change.c.position.is_(None))
        .order_by(change.c.change_id)
        .limit(AT_ONCE)
        .subquery("waiting")
    )
    of_record = and_(placement.c.record_id == waiting.c.record_id, placement.c.portal == waiting.c.portal)
    of_content = and_(content.c.record_id == waiting.c.record_id, content.c.audience == placement.c.audience)
    numbered = (
        select(
            waiting.c.change_id,
            func.row_number().over(order_by=waiting.c.change_id).label("number"),
            _said(work.dialect, "detail", "kind").label("kind"),
            _said(work.dialect, "region").label("region"),
            _said(work.dialect, "source_authority", "code").label("authority"),
        )
        .select_from(waiting.outerjoin(placement, of_record).outerjoin(content, of_content))
        .subquery("numbered")
    )
    placed = await work.connection.execute(
        update(change)
        .where(change.c.change_id == numbered.c.change_id)
        .values(
            position=after + numbered.c.number,
            kind=numbered.c.kind,
            region=numbered.c.region,
            authority=numbered.c.authority,
        )
    )
    return placed.rowcount


def _said(dialect: str, *path: str) -> ColumnElement[Any]:
    """What the content of a record says at this place, read by the database."""
    if dialect == "postgresql":
        said: ColumnElement[Any] = cast(content.c.body, JSON)[path].as_string()
        return said
    return func.json_extract(content.c.body, "$." + ".".join(path))


async def _deal_out(work: UnitOfWork, after: int, upto: int) -> None:
    """A delivery for each subscriber that wants the change. Paused ones get theirs too: they wait (guarantee G13)."""
    last = select(subscriber_sequence).order_by(subscriber_sequence.c.subscriber_id).with_for_update()
    await work.connection.execute(last)
    number = func.row_number().over(partition_by=subscriber.c.subscriber_id, order_by=change.c.position)
    now = literal(work.now, delivery.c.stored_at.type)
    dealt = (
        select(
            subscriber.c.subscriber_id,
            subscriber_sequence.c.last + number,
            change.c.position,
            change.c.record_id,
            literal("pending"),
            literal_column("0"),
            now,
            now,
        )
        .select_from(
            subscriber.join(
                subscriber_sequence, subscriber_sequence.c.subscriber_id == subscriber.c.subscriber_id
            ).join(change, _wants())
        )
        .where(subscriber.c.state != "removed", change.c.position > after, change.c.position <= upto)
    )
    columns = (
        "subscriber_id", "sequence", "position", "record_id", "state", "attempts", "next_try_at", "stored_at",
    )  # fmt: skip
    await work.connection.execute(insert(delivery).from_select(columns, dealt))
    await _raise_counters(work)


def _wants() -> ColumnElement[bool]:
    regions = [_among(subscriber.c.regions, func.substr(change.c.region, 1, size)) for size in REGION_LENGTHS]
    return and_(
        or_(subscriber.c.types == "", _among(subscriber.c.types, change.c.type)),
        or_(subscriber.c.kinds == "", _among(subscriber.c.kinds, change.c.kind)),
        or_(subscriber.c.regions == "", *regions),
    )


def _among(listed: ColumnElement[str], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """`,one,two,` holds `,two,`."""
    return listed.like(literal("%,").concat(value).concat(",%"))


async def _raise_counters(work: UnitOfWork) -> None:
    newest = (
        select(func.max(delivery.c.sequence))
        .where(delivery.c.subscriber_id == subscriber_sequence.c.subscriber_id)
        .scalar_subquery()
    )
    raised = update(subscriber_sequence).where(newest > subscriber_sequence.c.last).values(last=newest)
    await work.connection.execute(raised)
