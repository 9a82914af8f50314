"""The kept digests: folded from the log of changes, read with what is not folded yet, and counted again to be sure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, cast, delete, func, select, text, union_all

from services.sync.buckets.domain.digests import BUCKETS, BUCKETS_A_GROUP, GROUPS, OF_NOTHING, group_digest
from services.sync.buckets.tables import bucket_change, bucket_digest
from services.sync.tables import placement
from shared.clock import Clock
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.upsert import insert_for
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

Buckets = Mapping[int, tuple[int, int]]
FOLD_AT_ONCE = 20_000
ROWS_AT_ONCE = 8 * BUCKETS_A_GROUP


@dataclass(frozen=True)
class Audit:
    """How many buckets of a portal were compared with their rows, and which of them did not agree."""

    portal: str
    buckets: int
    wrong: Sequence[int]


async def kept(connection: AsyncConnection, portal: str, within: range = range(BUCKETS)) -> Buckets:
    """Number of entries and sum of digests of every bucket in a range that is not empty."""
    rows = await connection.execute(_KEPT, _asked(portal, within))
    return {row.bucket: (row.entries, row.total) for row in rows if row.entries or row.total}


@dataclass
class Groups:
    """Makes the digest of each group from its buckets, which come in their order; one group is in memory at a time."""

    _digests: list[str] = field(default_factory=list)
    _held: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, bucket: int, entries: int, total: int) -> None:
        self._close_before(bucket // BUCKETS_A_GROUP)
        self._held[bucket] = (entries, total)

    def digests(self) -> list[str]:
        self._close_before(GROUPS)
        return self._digests

    def _close_before(self, group: int) -> None:
        while (done := len(self._digests)) < group:
            self._digests.append(group_digest(done, self._held) if self._held else OF_NOTHING)
            self._held.clear()


async def kept_groups(connection: AsyncConnection, portal: str) -> list[str]:
    """The digest of every group."""
    found = Groups()
    statement = _KEPT.execution_options(yield_per=ROWS_AT_ONCE)
    async with connection.stream(statement, _asked(portal, range(BUCKETS))) as result:
        async for rows in result.partitions(ROWS_AT_ONCE):  # a row at a time took three quarters of a second
            for number, entries, total in rows:
                found.add(number, entries, total)
    return found.digests()


def _kept() -> Select[Any]:
    parts = union_all(
        *(
            select(table.c.bucket, table.c.entries, table.c.total).where(
                table.c.portal == bindparam("of_portal"),
                table.c.bucket >= bindparam("first"),
                table.c.bucket < bindparam("behind"),
            )
            for table in (bucket_digest, bucket_change)
        )
    ).subquery()
    return (
        select(
            parts.c.bucket,
            cast(func.sum(parts.c.entries), BigInteger).label("entries"),
            cast(func.sum(parts.c.total), BigInteger).label("total"),
        )
        .group_by(parts.c.bucket)
        .order_by(parts.c.bucket)
    )


# Made once: building it takes as long as carrying it out for a group.
_KEPT = _kept()


def _asked(portal: str, within: range) -> dict[str, Any]:
    return {"of_portal": portal, "first": within.start, "behind": within.stop}


async def entries_of(connection: AsyncConnection, portal: str) -> int:
    """How many entries a portal shall show."""
    sums = [select(func.sum(one.c.entries)).where(one.c.portal == portal) for one in (bucket_digest, bucket_change)]
    return sum([int(await connection.scalar(one) or 0) for one in sums])


async def rebuilt(connection: AsyncConnection, portal: str) -> Buckets:
    """The same counted from the placements themselves."""
    columns = placement.c
    statement = (
        select(
            columns.bucket,
            func.count().label("entries"),
            cast(func.sum(columns.entry_digest), BigInteger).label("total"),
        )
        .where(columns.portal == portal, ~columns.take_down, columns.bucket.is_not(None))
        .group_by(columns.bucket)
    )
    return {row.bucket: (row.entries, row.total) for row in await connection.execute(statement)}


async def fold(database: Database, clock: Clock) -> int:
    """Move a part of the log into the kept digests; how many lines. Lines that others append meanwhile stay."""
    async with unit_of_work(database, clock) as work:
        return await _fold(work)


async def _fold(work: UnitOfWork) -> int:
    columns = bucket_change.c
    some = select(columns.change_id).order_by(columns.change_id).limit(FOLD_AT_ONCE).with_for_update(skip_locked=True)
    taken = (
        delete(bucket_change)
        .where(columns.change_id.in_(some))
        .returning(columns.portal, columns.bucket, columns.entries, columns.total)
    )
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    lines = (await work.connection.execute(taken)).all()
    for line in lines:
        entries, total = sums.get((line.portal, line.bucket), (0, 0))
        sums[line.portal, line.bucket] = (entries + line.entries, total + line.total)
    rows = [
        {"portal": portal, "bucket": bucket, "entries": entries, "total": total}
        for (portal, bucket), (entries, total) in sorted(sums.items())
        if entries or total
    ]
    if rows:
        statement = insert_for(work.dialect, bucket_digest)
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["portal", "bucket"],
            set_={
                "entries": bucket_digest.c.entries + new.entries,
                "total": bucket_digest.c.total + new.total,
            },
        )
        await work.connection.execute(statement, rows)
    return len(lines)


async def audit(connection: AsyncConnection, portal: str) -> Audit:
    """Whether what is kept is what the rows give, in one consistent view."""
    have, true = await kept(connection, portal), await rebuilt(connection, portal)
    numbers = have.keys() | true.keys()
    return Audit(portal, len(numbers), sorted(one for one in numbers if have.get(one) != true.get(one)))


async def rebuild(work: UnitOfWork, portal: str) -> None:
    """Count the digests of a portal anew from its placements, while nobody changes any."""
    if work.dialect == "postgresql":
        await work.connection.execute(text("LOCK TABLE placement IN SHARE MODE"))
    true = await rebuilt(work.connection, portal)
    await work.connection.execute(delete(bucket_change).where(bucket_change.c.portal == portal))
    await work.connection.execute(delete(bucket_digest).where(bucket_digest.c.portal == portal))
    rows = [
        {"portal": portal, "bucket": bucket, "entries": entries, "total": total}
        for bucket, (entries, total) in sorted(true.items())
    ]
    if rows:
        await work.connection.execute(bucket_digest.insert(), rows)
