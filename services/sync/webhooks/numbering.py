"""Statements that give changes their positions and deal them out, each written once.

SQLite does it in five; PostgreSQL in one that is made of the same parts (`numbering_at_once.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.sync.tables import content, placement
from services.sync.webhooks.domain.changes import REGION_LENGTHS
from services.sync.webhooks.handed import Handed
from services.sync.webhooks.state.tables import feed_entry
from services.sync.webhooks.tables import change, delivery, feed_head, subscriber, subscriber_sequence
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

AT_ONCE = 500
FEED = "changes"
IS_FEED = feed_head.c.feed == literal_column(f"'{FEED}'")

PLACED = ("position", "record_id", "portal", "generation", "type", "kind", "region", "authority")
_DEALT = ("subscriber_id", "sequence", "position", "record_id", "state", "attempts", "next_try_at", "stored_at")
_ALL: ColumnElement[str] = literal_column("''")


@dataclass(frozen=True)
class Numbered:
    """How many changes got their positions, who has deliveries of them to be claimed, and which are claimed already.

    `is_late` when something moved between look and lock: all is to be done again.
    """

    changes: int = 0
    subscribers: Sequence[str] = ()
    handed: Sequence[Handed] = ()
    is_late: bool = False

    @property
    def has_more(self) -> bool:
        """Otherwise all that was visible is numbered."""
        return self.is_late or self.changes >= AT_ONCE


async def number_and_deal(work: UnitOfWork, after: int) -> tuple[list[AnyRow], list[str]]:
    """The next positions behind this one, and a delivery for each subscriber that wants the change. Returns the
    changes in order and with what was held of each; and who was dealt something."""
    await work.connection.execute(_placing_after(), {"after": after})
    rows = list((await work.connection.execute(_told_anew(), {"after": after})).all())
    if not rows:
        return [], []
    await work.connection.execute(_dealing_anew(), {"after": after, "dealt_at": work.now})
    heard = list((await work.connection.execute(_raising())).scalars())
    head = update(feed_head).where(IS_FEED)
    await work.connection.execute(head.values(position=rows[-1].position))
    return rows, sorted(heard)


@lru_cache(maxsize=1)
def _placing_after() -> Update:
    after = bindparam("after", type_=change.c.position.type)
    return placing("sqlite", waiting("sqlite", after, change))


def waiting(dialect: str, after: ColumnElement[int], source: FromClause) -> Select[Any]:
    """Changes without a position, in the order of their identifiers, with the last position given."""
    columns = (change.c[name] for name in ("change_id", "record_id", "portal"))
    return (
        select(*columns, _place(dialect).label("place"), after.label("after"))
        .select_from(source)
        .where(change.c.position.is_(None))
        .order_by(change.c.change_id)
        .limit(literal_column(str(AT_ONCE)))
    )


def placing(dialect: str, which: Select[Any]) -> Update:
    """The next positions, and what each record is about. On PostgreSQL each is found again by its place in the table:
    by its key, planned while the table was known to be empty, all changes were read and numbered anew for each."""
    waits = which.subquery("waiting")
    numbered = _numbered(dialect, waits).cte("numbered").prefix_with("MATERIALIZED", dialect="postgresql")
    given = {name: numbered.c[name] for name in ("position", "kind", "region", "authority")}
    return update(change).where(_place(dialect) == numbered.c.place).values(given)


def _place(dialect: str) -> ColumnElement[Any]:
    return literal_column("change.ctid") if dialect == "postgresql" else change.c.change_id


def _numbered(dialect: str, waits: FromClause) -> Select[Any]:
    known, said = (_said_on_postgresql if dialect == "postgresql" else _said_on_sqlite)(waits)
    after = waits.c.after + func.row_number().over(order_by=waits.c.change_id)
    return select(waits.c.place, after.label("position"), *said).select_from(known)


_Said = tuple[FromClause, Sequence[ColumnElement[Any]]]
"""Each change, with what the content of its record says of kind, region and authority, where there is one.
The authority is the one that issued it, as in every token: no amendment moves the record out of its sight."""


def _said_on_sqlite(waits: FromClause) -> _Said:
    of_content = and_(content.c.record_id == waits.c.record_id, content.c.audience == placement.c.audience)
    known = waits.outerjoin(placement, _of_record(waits)).outerjoin(content, of_content)
    paths = {"kind": "$.detail.kind", "region": "$.region", "authority": "$.issuing_authority.code"}
    return known, [func.json_extract(content.c.body, path).label(name) for name, path in paths.items()]


def _said_on_postgresql(waits: FromClause) -> _Said:
    """Looked up one by one. The text is taken apart once, which as JSON each path would do anew."""
    one: ColumnElement[int] = literal_column("1")
    shown = select(placement.c.audience).where(_of_record(waits)).limit(one).lateral("shown")
    of_content = and_(content.c.record_id == waits.c.record_id, content.c.audience == shown.c.audience)
    told = select(cast(content.c.body, JSONB).label("body")).where(of_content).limit(one).lateral("told")
    paths = {"kind": "{detail,kind}", "region": "{region}", "authority": "{issuing_authority,code}"}
    said = [told.c.body.op("#>>")(literal_column(f"'{path}'::text[]")).label(name) for name, path in paths.items()]
    return waits.outerjoin(shown, true()).outerjoin(told, true()), said


def _of_record(waits: FromClause) -> ColumnElement[bool]:
    return and_(placement.c.record_id == waits.c.record_id, placement.c.portal == waits.c.portal)


NOW = bindparam("dealt_at", type_=delivery.c.stored_at.type)


def dealing(placed: FromClause, counter: FromClause, due_at: ColumnElement[datetime]) -> Insert:
    """Paused subscribers get theirs too: they wait (guarantee G13)."""
    number = func.row_number().over(partition_by=subscriber.c.subscriber_id, order_by=placed.c.position)
    dealt = (
        select(
            subscriber.c.subscriber_id,
            counter.c.last + number,
            placed.c.position,
            placed.c.record_id,
            literal_column("'pending'"),
            literal_column("0"),
            due_at,
            NOW,
        )
        .select_from(subscriber.join(counter, counter.c.subscriber_id == subscriber.c.subscriber_id))
        .join(placed, _wants(placed))
        .where(subscriber.c.state != literal_column("'removed'"))
    )
    return insert(delivery).from_select(_DEALT, dealt)


def _wants(placed: FromClause) -> ColumnElement[bool]:
    regions = [_among(subscriber.c.regions, _beginning(placed.c.region, size)) for size in REGION_LENGTHS]
    return and_(
        or_(subscriber.c.types == _ALL, _among(subscriber.c.types, placed.c.type)),
        or_(subscriber.c.kinds == _ALL, _among(subscriber.c.kinds, placed.c.kind)),
        or_(subscriber.c.regions == _ALL, *regions),
    )


def _beginning(code: ColumnElement[str], size: int) -> ColumnElement[str]:
    return func.substr(code, literal_column("1"), literal_column(str(size)))


def _among(listed: ColumnElement[str], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """`,one,two,` holds `,two,`."""
    return listed.like(literal_column("'%,'").concat(value).concat(literal_column("',%'")))


def _new() -> FromClause:
    return select(*(change.c[name] for name in PLACED)).where(change.c.position > bindparam("after")).subquery("placed")


@lru_cache(maxsize=1)
def _told_anew() -> Select[Any]:
    """Each change with the entry that the state of the feed held of its placement before."""
    placed = _new()
    same = and_(feed_entry.c.record_id == placed.c.record_id, feed_entry.c.portal == placed.c.portal)
    held = [feed_entry.c[name].label(f"held_{name}") for name in ("authority", "bucket", "digest")]
    return select(placed, *held).select_from(placed.outerjoin(feed_entry, same)).order_by(placed.c.position)


@lru_cache(maxsize=1)
def _dealing_anew() -> Insert:
    return dealing(_new(), subscriber_sequence, NOW)


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
