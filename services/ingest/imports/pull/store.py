"""How far another system was read, a row a source and kind; claimed by lease, moved on only by its fence."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from services.ingest.imports.tables import pull_mark
from shared.clock import wall_time
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork

LEASE = timedelta(seconds=120)
_mark = pull_mark.c


async def make_sure(work: UnitOfWork, source: str, kinds: Collection[str]) -> None:
    """A row for each kind; what is there stays."""
    now = wall_time()
    rows = [
        {
            "source": source,
            "kind": kind,
            "mark": "",
            "trail": "[]",
            "round_open": False,
            "rows_done": 0,
            "pages_done": 0,
            "failures": 0,
            "read_at": now,
            "next_at": now,
        }
        for kind in kinds
    ]
    await work.connection.execute(insert_new(work.dialect, pull_mark), rows)


async def claim(work: UnitOfWork, source: str, kinds: Collection[str], lease_id: str) -> AnyRow | None:
    """One kind whose time has come and that nobody else reads."""
    now = wall_time()
    free = or_(_mark.leased_until.is_(None), _mark.leased_until < now)
    due = select(pull_mark).where(_mark.source == source, _mark.kind.in_(kinds), _mark.next_at <= now, free)
    row = (
        await work.connection.execute(due.order_by(_mark.next_at).limit(1).with_for_update(skip_locked=True))
    ).one_or_none()
    if row is not None:
        await _set(work, source, row.kind, lease_id=lease_id, leased_until=now + LEASE)
    return row


async def hold(work: UnitOfWork, row: AnyRow, lease_id: str, pages_done: int) -> bool:
    """Lock the mark for a page that follows this many; False when somebody else went on."""
    mine = (_mark.source == row.source) & (_mark.kind == row.kind) & (_mark.lease_id == lease_id)
    statement = select(_mark.kind).where(mine, _mark.pages_done == pages_done).with_for_update()
    return (await work.connection.execute(statement)).one_or_none() is not None


async def note_page(work: UnitOfWork, row: AnyRow, *, rows: int, **values: Any) -> None:
    """Move on behind a page: mark, trail, whether the round goes on, when the next begins."""
    now = wall_time()
    moved = {
        "rows_done": _mark.rows_done + rows,
        "pages_done": _mark.pages_done + 1,
        "failures": 0,
        "failure": None,
        "read_at": now,
        "leased_until": now + LEASE,
    }
    await _set(work, row.source, row.kind, **(moved | values))


async def note_failure(work: UnitOfWork, row: AnyRow, reason: str, next_at: datetime) -> None:
    """A page did not come: the mark stays, the next try is later."""
    await _set(
        work, row.source, row.kind, failures=_mark.failures + 1, failure=reason, next_at=next_at, leased_until=None
    )


async def let_go(work: UnitOfWork, row: AnyRow, lease_id: str) -> None:
    mine = (_mark.source == row.source) & (_mark.kind == row.kind) & (_mark.lease_id == lease_id)
    await work.connection.execute(update(pull_mark).where(mine).values(leased_until=None))


async def oldest_page(connection: AsyncConnection, source: str) -> datetime | None:
    """When the kind that was longest not read was last read."""
    oldest: datetime | None = await connection.scalar(select(func.min(_mark.read_at)).where(_mark.source == source))
    return oldest


async def read_at(connection: AsyncConnection, source: str) -> dict[str, datetime]:
    rows = await connection.execute(select(_mark.kind, _mark.read_at).where(_mark.source == source))
    return {row.kind: row.read_at for row in rows}


async def _set(work: UnitOfWork, source: str, kind: str, **values: Any) -> None:
    one = (_mark.source == source) & (_mark.kind == kind)
    await work.connection.execute(update(pull_mark).where(one).values(values))
