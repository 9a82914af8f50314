"""Keep the state of the feed: what a copy holds after the changes that were just numbered, in their transaction.

Whoever numbers holds the end of the feed, so no two writers ever meet here, and the digests are always those of the
newest position (guarantee G13). On PostgreSQL the statement that numbers does it (`keep_at_once.py`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete

from services.sync.buckets.domain.digests import bucket_of, entry_digest
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.state.tables import EVERYBODY, feed_digest, feed_entry
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, upsert
from shared.database.write_together import AnyInsert, Rows, write_together
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


async def keep(work: UnitOfWork, changes: Sequence[AnyRow]) -> None:
    """Take in changes in the order of their positions, each with what was held of its placement before them. Of each
    placement the newest order counts; the rest moves no copy."""
    newest: dict[Key, AnyRow] = {(row.record_id, row.portal): row for row in changes if row.type in _ORDERS}
    if not newest:
        return
    moved = _Moved(Counter(), Counter())
    for old in newest.values():
        if old.held_digest is not None:
            moved.count(old.held_authority, old.held_bucket, old.held_digest, -1)
    shown = [_entry(row) for row in newest.values() if row.type == ChangeType.SHOW_ORDERED]
    for one in shown:
        moved.count(one["authority"], one["bucket"], one["digest"], 1)
    hidden = [key for key, row in newest.items() if row.type == ChangeType.HIDE_ORDERED]
    await _store(work, shown, hidden, moved)


def _entry(row: AnyRow) -> dict[str, Any]:
    return {
        "record_id": row.record_id,
        "portal": row.portal,
        "generation": row.generation,
        "authority": row.authority or EVERYBODY,
        "bucket": bucket_of(key_of(row.record_id, row.portal)),
        "digest": digest_of(row.record_id, row.portal, row.generation),
    }


async def _store(work: UnitOfWork, shown: Sequence[Mapping[str, Any]], hidden: Sequence[Key], moved: _Moved) -> None:
    entries = sorted(shown, key=lambda one: (one["record_id"], one["portal"]))
    digests = [
        {"authority": place[0], "bucket": place[1], "entries": moved.entries[place], "total": moved.totals[place]}
        for place in sorted(moved.totals)
        if moved.entries[place] or moved.totals[place]
    ]
    if hidden:
        values = [{"of_record": record_id, "of_portal": portal} for record_id, portal in sorted(hidden)]
        await work.connection.execute(_GONE, values)
    await write_together(
        work.connection, Rows(_entry_upsert(work.dialect), entries), Rows(_digest_upsert(work.dialect), digests)
    )


_GONE = delete(feed_entry).where(
    feed_entry.c.record_id == bindparam("of_record"), feed_entry.c.portal == bindparam("of_portal")
)


@lru_cache(maxsize=2)
def _entry_upsert(dialect: str) -> AnyInsert:
    return upsert(dialect, feed_entry, keys=("record_id", "portal"))


@lru_cache(maxsize=2)
def _digest_upsert(dialect: str) -> AnyInsert:
    statement = insert_for(dialect, feed_digest)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["authority", "bucket"],
        set_={"entries": feed_digest.c.entries + new.entries, "total": feed_digest.c.total + new.total},
    )
