"""Answers of the state of the feed: 256 digests of groups, the buckets of one group, the entries of some buckets.

Each answer is of one moment and names its position: two answers are compared only when they name the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, select

from services.sync.buckets.domain.digests import BUCKETS, EMPTY, numbers_of
from services.sync.buckets.store import ROWS_AT_ONCE, Groups
from services.sync.webhooks.numbering import FEED
from services.sync.webhooks.state.tables import EVERYBODY, feed_digest, feed_entry
from services.sync.webhooks.tables import feed_head
from shared.database.among import among
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow

Authorities = Collection[str] | None
"""Whose records somebody sees; None means everybody's."""

_HEAD = func.coalesce(select(feed_head.c.position).where(feed_head.c.feed == FEED).scalar_subquery(), 0)


@dataclass(frozen=True)
class State:
    """The digest of each group at one position, and how many entries there are in all."""

    position: int
    entries: int
    groups: Sequence[str]


async def groups(connection: AsyncConnection, authorities: Authorities) -> State:
    """The first level."""
    found, entries, position = Groups(), 0, None
    statement = _digests(authorities, range(BUCKETS)).execution_options(yield_per=ROWS_AT_ONCE)
    async with connection.stream(statement) as result:
        async for rows in result.partitions(ROWS_AT_ONCE):
            for bucket, held, total, at in rows:
                found.add(bucket, held, total)
                entries, position = entries + held, at
    return State(await _position(connection, position), entries, found.digests())


async def buckets(
    connection: AsyncConnection, authorities: Authorities, group: int
) -> tuple[int, Sequence[tuple[int, int]]]:
    """The second level: position; number of entries and sum of their digests for each bucket of a group."""
    rows = (await connection.execute(_digests(authorities, numbers_of(group)))).all()
    held = {row.bucket: (row.entries, row.total) for row in rows}
    position = await _position(connection, rows[0].position if rows else None)
    return position, [held.get(number, EMPTY) for number in numbers_of(group)]


async def entries(
    connection: AsyncConnection, dialect: str, authorities: Authorities, numbers: Collection[int]
) -> tuple[int, Sequence[AnyRow]]:
    """Position; the entries of these buckets."""
    columns = feed_entry.c
    statement = (
        select(columns.record_id, columns.portal, columns.generation, _HEAD.label("position"))
        .where(among(dialect, columns.bucket, sorted(numbers)), _of(columns.authority, authorities))
        .order_by(columns.record_id, columns.portal)
    )
    rows = (await connection.execute(statement)).all()
    return await _position(connection, rows[0].position if rows else None), rows


def _digests(authorities: Authorities, within: range) -> Select[Any]:
    columns = feed_digest.c
    whose = columns.authority == EVERYBODY if authorities is None else columns.authority.in_(sorted(authorities))
    return (
        select(
            columns.bucket,
            cast(func.sum(columns.entries), BigInteger).label("entries"),
            cast(func.sum(columns.total), BigInteger).label("total"),
            _HEAD.label("position"),
        )
        .where(and_(whose, columns.bucket >= within.start, columns.bucket < within.stop))
        .group_by(columns.bucket)
        .order_by(columns.bucket)
    )


def _of(authority: ColumnElement[str], authorities: Authorities) -> ColumnElement[bool]:
    return authority.is_not(None) if authorities is None else authority.in_(sorted(authorities))


async def _position(connection: AsyncConnection, position: int | None) -> int:
    """Of the statement that gave the rows; where there was no row, the end of the feed."""
    return int(await connection.scalar(select(_HEAD)) or 0) if position is None else position
