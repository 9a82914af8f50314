"""Give committed entries their places in the chain, some at a time, by one linker a service (guarantee G14).

Entries are written unlinked, inside the transactions of those who act: no writer waits for the end of a chain. Whatever
is visible gets the next places; an entry that commits later gets a later place, so nothing is ever skipped.
"""

from typing import Any

from shared.clock import Clock, wall_time
from shared.database.engine import Database
from shared.evidence import store
from shared.evidence.entry import GENESIS, link_hash
from shared.evidence.metrics import UNLINKED_OLDEST

LINKED_AT_ONCE = 500


async def link_entries(database: Database, clock: Clock) -> int:
    """Link what waits; returns how many. While nothing waits it only reads."""
    async with database.reading() as connection:
        oldest = await store.oldest_unlinked(connection)
    UNLINKED_OLDEST.labels(database.schema).set(max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0)
    return await _link(database) if oldest else 0


async def _link(database: Database) -> int:
    async with database.writing() as connection:
        if not await store.be_the_linker(connection, database.dialect):
            return 0
        waiting = await store.unlinked(connection, LINKED_AT_ONCE)
        if waiting:
            end = await store.last_link(connection)
            seq, previous = (end.seq, end.hash) if end else (0, GENESIS)
            await store.append(connection, _links(waiting, seq, previous))
        return len(waiting)


def _links(waiting: Any, seq: int, previous: str) -> list[dict[str, Any]]:
    links: list[dict[str, Any]] = []
    now = wall_time()
    for row in waiting:
        seq += 1
        hash_ = link_hash(seq, previous, row.digest, now)
        links.append(
            {
                "of_entry": row.entry_id,
                "new_seq": seq,
                "new_previous": previous,
                "new_hash": hash_,
                "new_linked_at": now,
            }
        )
        previous = hash_
    return links
