"""Walk the whole chain and name the first link that does not hold: altered, missing, inserted, moved or cut off.

It reads page by page, keeps nothing but the last hash, and changes nothing. What it cannot see by itself, a history
that was rewritten whole, the signed heads and the anchors outside the database show (guarantee G14).
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from shared.clock import wall_time
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.evidence import store
from shared.evidence.entry import GENESIS, entry_digest, link_hash
from shared.evidence.heads import Head
from shared.evidence.keys import PublicKeys

AT_ONCE = 500
SEALED_WITHIN = timedelta(hours=1)
"""A worker signs each minute; whatever is older and has no signature was not seen by a worker, or lost its heads."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Verdict:
    """What a walk found: how much was read, and the first thing that does not hold, as a sentence."""

    entries: int
    unlinked: int
    heads: int
    last_hash: str
    broken: str | None

    @property
    def holds(self) -> bool:
        return self.broken is None


class Broken(Exception):
    """The walk ended at a link that does not hold. The message is the sentence."""


@dataclass
class Walk:
    """How far the chain was found whole."""

    service: str
    seq: int = 0
    hash: str = GENESIS
    unlinked: int = 0
    heads: int = 0

    def step(self, row: AnyRow) -> None:
        """One entry further, or `Broken`."""
        where = f"Entry {row.seq} ({row.entry_id}) of {self.service}"
        if row.seq != self.seq + 1:
            missing = f"entry {self.seq + 1}" if row.seq == self.seq + 2 else f"entries {self.seq + 1} to {row.seq - 1}"
            raise Broken(f"{self.service} lacks {missing}: after place {self.seq} comes place {row.seq}.")
        if entry_digest(self.service, row._asdict()) != row.digest:
            raise Broken(f"{where} was altered: what it says does not match its digest.")
        if row.previous != self.hash:
            raise Broken(f"{where} does not follow on place {self.seq}: an entry was inserted, removed or moved there.")
        if row.linked_at is None or link_hash(row.seq, row.previous, row.digest, row.linked_at) != row.hash:
            raise Broken(f"{where} was altered: its link does not match its place, its digest and its instant.")
        self.seq, self.hash = row.seq, row.hash


async def verify_chain(
    database: Database,
    keys: PublicKeys,
    anchors: Iterable[Head] = (),
    progress: Progress | None = None,
    *,
    seals_wanted: bool = True,
) -> Verdict:
    """Walk everything. With `anchors`, heads kept elsewhere, also what the database no longer says of itself."""
    walk = Walk(database.schema)
    broken = None
    try:
        await _walk_links(database, walk, progress)
        await _check_unlinked(database, walk)
        covered = await _check_heads(database, walk, keys)
        await _check_anchors(database, walk, keys, anchors)
        if seals_wanted:
            await _check_covered(database, walk, covered)
    except Broken as error:
        broken = str(error)
    return Verdict(walk.seq, walk.unlinked, walk.heads, walk.hash, broken)


async def verify_from(database: Database, seq: int, hash_: str) -> tuple[int, str]:
    """Walk from a link that is known to be good to the end, as a signer does; the end, or `Broken`."""
    walk = Walk(database.schema, seq, hash_)
    await _walk_links(database, walk, None)
    return walk.seq, walk.hash


async def _walk_links(database: Database, walk: Walk, progress: Progress | None) -> None:
    while True:
        async with database.reading() as connection:
            rows = await store.page_of_links(connection, walk.seq, AT_ONCE)
        for row in rows:
            walk.step(row)
        if progress:
            progress(walk.seq)
        if len(rows) < AT_ONCE:
            return
        await asyncio.sleep(0)  # a page takes some 15 ms of computing; the others of this process come first


async def _check_unlinked(database: Database, walk: Walk) -> None:
    after = ""
    while True:
        async with database.reading() as connection:
            rows = await store.page_of_unlinked(connection, after, AT_ONCE)
        for row in rows:
            if entry_digest(walk.service, row._asdict()) != row.digest:
                raise Broken(
                    f"Entry {row.entry_id} of {walk.service}, not linked yet, was altered: what it says does not match "
                    "its digest."
                )
        walk.unlinked += len(rows)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].entry_id


async def _check_heads(database: Database, walk: Walk, keys: PublicKeys) -> int:
    """The place up to which signed heads cover the chain."""
    after = 0
    while True:
        async with database.reading() as connection:
            heads = await store.heads(connection, walk.service, after, AT_ONCE)
        await _compare(database, walk, keys, heads, "The signed head")
        walk.heads += len(heads)
        after = heads[-1].seq if heads else after
        if len(heads) < AT_ONCE:
            return after


async def _check_anchors(database: Database, walk: Walk, keys: PublicKeys, anchors: Iterable[Head]) -> None:
    remaining = iter(anchors)
    while heads := list(islice(remaining, AT_ONCE)):
        await _compare(database, walk, keys, heads, "The anchor")


async def _compare(database: Database, walk: Walk, keys: PublicKeys, heads: list[Head], name: str) -> None:
    """Each head against the chain as it is now. What was linked while we walked is read, not guessed."""
    async with database.reading() as connection:
        hashes = await store.links_at(connection, {head.seq for head in heads})
    for head in heads:
        of = f"{name} of entry {head.seq} of {walk.service}"
        if head.key_id not in keys:
            raise Broken(f"{of} is signed with the key {head.key_id}, which is none of the trusted keys.")
        if not head.is_genuine(keys):
            raise Broken(f"{of} was altered: its signature does not hold.")
        if head.seq not in hashes:
            raise Broken(f"{of} speaks of more than there is: the log of {walk.service} was cut off at {walk.seq}.")
        if hashes[head.seq] != head.hash:
            raise Broken(f"{of} says another hash than the log: history up to there was rewritten.")


async def _check_covered(database: Database, walk: Walk, covered: int) -> None:
    async with database.reading() as connection:
        first = await store.first_link_after(connection, covered)
    if first and first.linked_at and wall_time() - first.linked_at > SEALED_WITHIN:
        raise Broken(
            f"No signed head covers {walk.service} from entry {first.seq} on, which was linked at "
            f"{first.linked_at:%Y-%m-%d %H:%M} UTC: heads were removed, or its worker does not run; start it, then "
            "verify again."
        )
