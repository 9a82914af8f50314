"""Statements that give changes their positions and deal them out, each written once for a database of each kind.

PostgreSQL does all of it in one statement; SQLite, which knows none like it, in five made of the same parts.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from services.sync.tables import content, placement
from services.sync.webhooks.domain.changes import REGION_LENGTHS
from services.sync.webhooks.state.tables import feed_entry
from services.sync.webhooks.tables import change, delivery, feed_head, subscriber, subscriber_sequence
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

AT_ONCE = 500
FEED = "changes"

Numbered = tuple[list[AnyRow], list[str]]
"""The changes that got their positions, in order and with what was held of each; and who was dealt something."""

_PLACED = ("position", "record_id", "portal", "generation", "type", "kind", "region", "authority")
_DEALT = ("subscriber_id", "sequence", "position", "record_id", "state", "attempts", "next_try_at", "stored_at")


async def number_and_deal(work: UnitOfWork, after: int) -> Numbered:
    """The next positions behind this one, and a delivery for each subscriber that wants the change."""
    values = {"after": after, "dealt_at": work.now}
    if work.dialect == "postgresql":
        rows = list((await work.connection.execute(_at_once(), values)).all())
        return rows, rows[0].heard.split(",") if rows and rows[0].heard else []
    await work.connection.execute(_placing(work.dialect), {"after": after})
    rows = list((await work.connection.execute(_told_anew(), {"after": after})).all())
    if not rows:
        return [], []
    await work.connection.execute(_dealing_anew(), values)
    heard = list((await work.connection.execute(_raising())).scalars())
    head = update(feed_head).where(feed_head.c.feed == FEED)
    await work.connection.execute(head.values(position=rows[-1].position))
    return rows, sorted(heard)


@lru_cache(maxsize=1)
def _at_once() -> Select[Any]:
    """The locks of the counters give their newest values, also those that came after this statement began."""
    placed = _placing("postgresql").returning(*(change.c[name] for name in _PLACED)).cte("placed")
    counter = select(subscriber_sequence).order_by(subscriber_sequence.c.subscriber_id).with_for_update().cte("counter")
    columns = delivery.c
    dealt = _dealing(placed, counter).returning(columns.subscriber_id, columns.sequence).cte("dealt")
    newest = (
        select(dealt.c.subscriber_id, func.max(dealt.c.sequence).label("last"))
        .group_by(dealt.c.subscriber_id)
        .cte("newest")
    )
    raised = (
        update(subscriber_sequence)
        .where(subscriber_sequence.c.subscriber_id == newest.c.subscriber_id)
        .values(last=newest.c.last)
        .cte("raised")
    )
    count = select(func.count()).select_from(placed).scalar_subquery()
    moved = update(feed_head).where(feed_head.c.feed == FEED, count > 0).values(position=bindparam("after") + count)
    heard = select(func.string_agg(newest.c.subscriber_id, ",")).scalar_subquery()
    first = case((placed.c.position == bindparam("after") + 1, heard))
    return _told(placed).add_columns(first.label("heard")).add_cte(raised, moved.cte("moved"))


@lru_cache(maxsize=2)
def _placing(dialect: str) -> Update:
    """The next positions, and what each record is about."""
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
            _said(dialect, "detail", "kind").label("kind"),
            _said(dialect, "region").label("region"),
            _said(dialect, "source_authority", "code").label("authority"),
        )
        .select_from(waiting.outerjoin(placement, of_record).outerjoin(content, of_content))
        .subquery("numbered")
    )
    return (
        update(change)
        .where(change.c.change_id == numbered.c.change_id)
        .values(
            position=bindparam("after", type_=change.c.position.type) + numbered.c.number,
            kind=numbered.c.kind,
            region=numbered.c.region,
            authority=numbered.c.authority,
        )
    )


def _said(dialect: str, *path: str) -> ColumnElement[Any]:
    """What the content of a record says at this place, read by the database."""
    if dialect == "postgresql":
        said: ColumnElement[Any] = cast(content.c.body, JSON)[path].as_string()
        return said
    return func.json_extract(content.c.body, "$." + ".".join(path))


def _dealing(placed: FromClause, counter: FromClause) -> Insert:
    """Paused subscribers get theirs too: they wait (guarantee G13)."""
    number = func.row_number().over(partition_by=subscriber.c.subscriber_id, order_by=placed.c.position)
    now = bindparam("dealt_at", type_=delivery.c.stored_at.type)
    dealt = (
        select(
            subscriber.c.subscriber_id,
            counter.c.last + number,
            placed.c.position,
            placed.c.record_id,
            literal_column("'pending'"),
            literal_column("0"),
            now,
            now,
        )
        .select_from(subscriber.join(counter, counter.c.subscriber_id == subscriber.c.subscriber_id))
        .join(placed, _wants(placed))
        .where(subscriber.c.state != "removed")
    )
    return insert(delivery).from_select(_DEALT, dealt)


def _wants(placed: FromClause) -> ColumnElement[bool]:
    regions = [_among(subscriber.c.regions, func.substr(placed.c.region, 1, size)) for size in REGION_LENGTHS]
    return and_(
        or_(subscriber.c.types == "", _among(subscriber.c.types, placed.c.type)),
        or_(subscriber.c.kinds == "", _among(subscriber.c.kinds, placed.c.kind)),
        or_(subscriber.c.regions == "", *regions),
    )


def _among(listed: ColumnElement[str], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """`,one,two,` holds `,two,`."""
    return listed.like(literal_column("'%,'").concat(value).concat(literal_column("',%'")))


def _told(placed: FromClause) -> Select[Any]:
    """Each change with the entry that the state of the feed held of its placement before."""
    same = and_(feed_entry.c.record_id == placed.c.record_id, feed_entry.c.portal == placed.c.portal)
    held = [feed_entry.c[name].label(f"held_{name}") for name in ("authority", "bucket", "digest")]
    return select(placed, *held).select_from(placed.outerjoin(feed_entry, same)).order_by(placed.c.position)


def _new() -> FromClause:
    return (
        select(*(change.c[name] for name in _PLACED)).where(change.c.position > bindparam("after")).subquery("placed")
    )


@lru_cache(maxsize=1)
def _told_anew() -> Select[Any]:
    return _told(_new())


@lru_cache(maxsize=1)
def _dealing_anew() -> Insert:
    return _dealing(_new(), subscriber_sequence)


@lru_cache(maxsize=1)
def _raising() -> Any:
    """Who was dealt something has deliveries behind its counter."""
    newest = (
        select(func.max(delivery.c.sequence))
        .where(delivery.c.subscriber_id == subscriber_sequence.c.subscriber_id)
        .scalar_subquery()
    )
    raised = update(subscriber_sequence).where(newest > subscriber_sequence.c.last).values(last=newest)
    return raised.returning(subscriber_sequence.c.subscriber_id)
