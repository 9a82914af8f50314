"""Reconcile by digests: ask the portal for 256 of them, go down only where they differ, read only those entries.

A portal's word about itself is no look at what it shows: such a run finds and mends, and never moves
`verified_through` (guarantee G07).
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from services.sync.buckets import store
from services.sync.buckets.domain.digests import EMPTY, numbers_of
from services.sync.portals.base import IncompleteListing, KeepsDigests, PortalAdapter
from services.sync.reconciliation.entries import UNLIKE_OURS
from services.sync.reconciliation.runs import Run
from services.sync.reconciliation.scan import Scan, ScanDesk, store_part
from services.sync.tables import placement
from shared.database.among import among_given
from shared.database.engine import Database
from shared.errors import Unavailable

BUCKETS_A_QUERY = 200
ENTRIES_A_QUERY = 5_000
MOST_BUCKETS = 5_000
"""More are no differences but another portal: then reading everything is cheaper and says more."""


async def read_by_digests(desk: ScanDesk, run: Run) -> tuple[Scan, Sequence[int]]:
    """The entries of those buckets that differ, in the database; and which buckets those are."""
    portal = desk.adapter
    if not isinstance(portal, KeepsDigests):
        raise IncompleteListing(f"{run.portal} keeps no digests; ask for a run over its listing.")
    if run.attempt > 1:
        run = await desk.anew(run)
    async with desk.database.reading() as connection:
        mine = await store.kept_groups(connection, run.portal)
        wanted = await store.entries_of(connection, run.portal)
    theirs = await portal.groups()
    if len(theirs) != len(mine):
        raise IncompleteListing(f"{run.portal} gave {len(theirs)} digests instead of {len(mine)}.")
    differing: list[int] = []
    for group in (number for number, digest in enumerate(theirs) if digest != mine[number]):
        numbers = numbers_of(group)
        sums = await portal.buckets(group)
        async with desk.database.reading() as connection:
            ours = await store.kept(connection, run.portal, numbers)
        if len(sums) != len(numbers):
            raise IncompleteListing(f"{run.portal} gave {len(sums)} buckets instead of {len(numbers)}.")
        differing += [one for one, said in zip(numbers, sums, strict=True) if said != ours.get(one, EMPTY)]
    if len(differing) > MOST_BUCKETS:
        raise IncompleteListing(f"{len(differing)} buckets differ; ask for a run over the listing.")
    for at in range(0, len(differing), BUCKETS_A_QUERY):
        some = differing[at : at + BUCKETS_A_QUERY]
        told = await portal.entries(some)
        for first in range(0, len(told), ENTRIES_A_QUERY):
            await _store(desk, run, told[first : first + ENTRIES_A_QUERY])
    return Scan(run, wanted), differing


async def digests_agree(database: Database, adapter: PortalAdapter) -> bool:
    """Whether a portal that keeps digests claims to show just what is wanted; False when it cannot be asked."""
    if not isinstance(adapter, KeepsDigests):
        return False
    async with database.reading() as connection:
        ours = await store.kept_groups(connection, adapter.portal)
    try:
        return list(await adapter.groups()) == ours
    except (IncompleteListing, Unavailable):
        return False


@cache
def _ours(dialect: str) -> Select[Any]:
    """Ours under these keys, by the index of keys."""
    columns = placement.c
    return select(columns.portal_key, columns.entry_digest, columns.shown_digest).where(
        columns.portal == bindparam("on_portal"), among_given(dialect, columns.portal_key, "of_keys")
    )


async def _store(desk: ScanDesk, run: Run, entries: Sequence[tuple[str, int]]) -> None:
    """Entries of which the digest is ours carry the digest that we expect; the others one that differs."""
    named = {"on_portal": run.portal, "of_keys": [key for key, _ in entries]}
    async with desk.database.reading() as connection:
        found = await connection.execute(_ours(desk.database.dialect), named)
        ours = {row.portal_key: row for row in found}

    def shown(key: str, said: int) -> str:
        return ours[key].shown_digest if key in ours and ours[key].entry_digest == said else UNLIKE_OURS

    await store_part(desk.database, desk.clock, run, [[(key, run.run_id, shown(key, said)) for key, said in entries]])
