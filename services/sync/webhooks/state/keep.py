"""Keep the state of the feed: what a copy holds after the changes that were just numbered, in their transaction.

Whoever numbers holds the end of the feed, so no two writers ever meet here, and the digests are always those of the
newest position (guarantee G13).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select

from services.sync.buckets.domain.digests import bucket_of, entry_digest
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.state.tables import EVERYBODY, feed_digest, feed_entry
from services.sync.webhooks.tables import change
from shared.database.among import among
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, upsert
from shared.messaging.unit_of_work import UnitOfWork

_ORDERS = (ChangeType.SHOW_ORDERED, ChangeType.HIDE_ORDERED)
Key = tuple[str, str]
Place = tuple[str, int]


@dataclass
class _Moved:
    """How number and sum of digests change, by authority and bucket."""

    entries: Counter[Place]
    totals: Counter[Place]

    def count(self, authority: str, bucket: int, digest: int, sign: int) -> None:
        for place in {(EVERYBODY, bucket), (authority, bucket)}:
            self.entries[place] += sign
            self.totals[place] += sign * digest


def key_of(record_id: str, portal: str) -> str:
    """What an entry is called where digests are made of it."""
    return f"{record_id}/{portal}"


def digest_of(record_id: str, portal: str, generation: int) -> int:
    return entry_digest(key_of(record_id, portal), {"generation": str(generation)})


async def keep(work: UnitOfWork, after: int, upto: int) -> None:
    """Take in the changes of these positions. Of each placement the newest order counts; the rest moves no copy."""
    columns = change.c
    statement = (
        select(columns.record_id, columns.portal, columns.generation, columns.type, columns.authority)
        .where(columns.position > after, columns.position <= upto, columns.type.in_(_ORDERS))
        .order_by(columns.position)
    )
    newest: dict[Key, AnyRow] = {}
    for row in await work.connection.execute(statement):
        newest[row.record_id, row.portal] = row
    if not newest:
        return
    moved = _Moved(Counter(), Counter())
    held = await _held(work, newest)
    for old in held.values():
        moved.count(old.authority, old.bucket, old.digest, -1)
    shown = [_entry(row) for row in newest.values() if row.type == ChangeType.SHOW_ORDERED]
    for one in shown:
        moved.count(one["authority"], one["bucket"], one["digest"], 1)
    await _store(work, shown, [key for key, row in newest.items() if row.type == ChangeType.HIDE_ORDERED])
    await _move(work, moved)


async def _held(work: UnitOfWork, newest: Mapping[Key, AnyRow]) -> dict[Key, AnyRow]:
    record_ids = sorted({record_id for record_id, _ in newest})
    rows = await work.connection.execute(
        select(feed_entry).where(among(work.dialect, feed_entry.c.record_id, record_ids))
    )
    return {(row.record_id, row.portal): row for row in rows if (row.record_id, row.portal) in newest}


def _entry(row: AnyRow) -> dict[str, Any]:
    return {
        "record_id": row.record_id,
        "portal": row.portal,
        "generation": row.generation,
        "authority": row.authority or EVERYBODY,
        "bucket": bucket_of(key_of(row.record_id, row.portal)),
        "digest": digest_of(row.record_id, row.portal, row.generation),
    }


async def _store(work: UnitOfWork, shown: Sequence[Mapping[str, Any]], hidden: Sequence[Key]) -> None:
    if shown:
        statement = upsert(work.dialect, feed_entry, keys=("record_id", "portal"))
        await work.connection.execute(statement, sorted(shown, key=lambda one: (one["record_id"], one["portal"])))
    if hidden:
        gone = delete(feed_entry).where(
            feed_entry.c.record_id == bindparam("of_record"), feed_entry.c.portal == bindparam("of_portal")
        )
        values = [{"of_record": record_id, "of_portal": portal} for record_id, portal in sorted(hidden)]
        await work.connection.execute(gone, values)


async def _move(work: UnitOfWork, moved: _Moved) -> None:
    rows = [
        {"authority": place[0], "bucket": place[1], "entries": moved.entries[place], "total": moved.totals[place]}
        for place in sorted(moved.totals)
        if moved.entries[place] or moved.totals[place]
    ]
    if not rows:
        return
    statement = insert_for(work.dialect, feed_digest)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["authority", "bucket"],
        set_={"entries": feed_digest.c.entries + new.entries, "total": feed_digest.c.total + new.total},
    )
    await work.connection.execute(statement, rows)
