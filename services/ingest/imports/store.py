"""Queries of imports. Leases and rates go by the system's time; every change of a read import carries its fence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true, update

from services.ingest.imports.states import TO_BE_READ, ImportState, Origin
from services.ingest.imports.tables import import_job, import_slice
from services.ingest.tables import batch
from shared.clock import wall_time
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RecordKind, Verdict

LEASE = timedelta(seconds=90)
"""A reader that commits nothing for so long is taken for dead; every slice renews it, and so does waiting
for a file to be opened or to be read up to where the last reader came."""

job = import_job.c


@dataclass(frozen=True, slots=True)
class NewImport:
    """What is known of a file before its first byte or, from a folder, when it lies there whole."""

    import_id: str
    client: str
    authorities: frozenset[str] | None
    origin: Origin
    name: str
    kind: RecordKind | None
    size_bytes: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class SliceDone:
    """What one slice adds; `counts` are those of the whole import after it."""

    rows_before: int
    rows: int
    batch_id: str
    places: str
    counts: Mapping[Verdict, int]
    fraction: float
    busy_seconds: float


async def insert_import(work: UnitOfWork, new: NewImport, *, complete: bool) -> None:
    """`complete`: the file lies in the spool already and only waits for a reader."""
    authorities = None if new.authorities is None else json.dumps(sorted(new.authorities))
    row = {
        "import_id": new.import_id,
        "client": new.client,
        "authorities": authorities,
        "origin": new.origin,
        "name": new.name,
        "kind": new.kind,
        "size_bytes": new.size_bytes,
        "received_bytes": new.size_bytes if complete else 0,
        "sha256": new.sha256,
        "state": ImportState.WAITING if complete else ImportState.UPLOADING,
        "rows_done": 0,
        "counts": json.dumps(dict.fromkeys(Verdict, 0)),
        "fraction": 0.0,
        "busy_seconds": 0.0,
        "notes": "[]",
        "attempts": 0,
        "created_at": work.now,
        "touched_at": wall_time(),
    }
    await work.connection.execute(import_job.insert(), row)


async def find(connection: AsyncConnection, import_id: str, client: str | None = None) -> AnyRow | None:
    """One import; with `client` only when it is that client's."""
    statement = select(import_job).where(job.import_id == import_id)
    if client is not None:
        statement = statement.where(job.client == client)
    return (await connection.execute(statement)).one_or_none()


@dataclass(frozen=True, slots=True)
class Watched:
    """Whose imports are looked at: those of all clients whose rows can only be of these authorities (None: of any)."""

    authorities: frozenset[str] | None


async def find_watched(connection: AsyncConnection, import_id: str, watched: Watched) -> AnyRow | None:
    statement = select(import_job).where(job.import_id == import_id, _of_theirs(watched))
    return (await connection.execute(statement)).one_or_none()


def _of_theirs(watched: Watched) -> ColumnElement[bool]:
    """No other authority is left in the list when these are taken out of it."""
    if watched.authorities is None:
        return true()
    rest: ColumnElement[str] = job.authorities
    for code in sorted(watched.authorities):
        rest = func.replace(rest, json.dumps(code), "")
    return and_(job.authorities.is_not(None), rest.not_like('%"%'))


async def newest(
    connection: AsyncConnection,
    whose: str | Watched,
    filters: Mapping[str, str | None],
    before: str | None,
    limit: int,
) -> Sequence[AnyRow]:
    """A client's imports or those that somebody watches, newest first; a filter without a value does not count."""
    statement = all_of(whose, filters)
    if before is not None:
        statement = statement.where(job.import_id < before)
    return (await connection.execute(statement.order_by(job.import_id.desc()).limit(limit))).all()


def all_of(whose: str | Watched, filters: Mapping[str, str | None]) -> Select[Any]:
    """The same without an end and an order."""
    statement = select(import_job).where(job.client == whose if isinstance(whose, str) else _of_theirs(whose))
    for column, value in filters.items():
        if value is not None:
            statement = statement.where(job[column] == value)
    return statement


async def count_unfinished_uploads(connection: AsyncConnection, client: str) -> int:
    statement = select(func.count()).where(job.client == client, job.state == ImportState.UPLOADING)
    return (await connection.scalar(statement)) or 0


async def same_content(connection: AsyncConnection, client: str, sha256: str) -> str | None:
    """An import of the same bytes that was read or will be."""
    states = (ImportState.WAITING, ImportState.READING, ImportState.DONE)
    statement = select(job.import_id).where(job.client == client, job.sha256 == sha256, job.state.in_(states))
    return (await connection.execute(statement.order_by(job.import_id).limit(1))).scalar_one_or_none()


async def note_received(work: UnitOfWork, import_id: str, received_bytes: int) -> bool:
    """False when the upload was cancelled meanwhile."""
    return await _uploading(work, import_id, received_bytes=received_bytes)


async def complete_upload(work: UnitOfWork, import_id: str, sha256: str) -> bool:
    return await _uploading(work, import_id, sha256=sha256, state=ImportState.WAITING)


async def cancel(work: UnitOfWork, import_id: str) -> bool:
    return await _uploading(work, import_id, state=ImportState.CANCELLED, finished_at=wall_time())


async def _uploading(work: UnitOfWork, import_id: str, **values: Any) -> bool:
    statement = update(import_job).where(job.import_id == import_id, job.state == ImportState.UPLOADING)
    return (await work.connection.execute(statement.values(touched_at=wall_time(), **values))).rowcount == 1


async def is_waiting(connection: AsyncConnection) -> bool:
    """Whether a reader would find something to claim; asked without a lock, because the answer is mostly no."""
    return (await connection.scalar(select(job.import_id).where(_claimable()).limit(1))) is not None


def _claimable() -> ColumnElement[bool]:
    return and_(job.state.in_(TO_BE_READ), or_(job.leased_until.is_(None), job.leased_until < wall_time()))


async def claim(work: UnitOfWork, lease_id: str, lease: timedelta = LEASE) -> AnyRow | None:
    """The oldest import that nobody reads, now this reader's alone."""
    oldest = select(import_job).where(_claimable()).order_by(job.import_id).limit(1).with_for_update(skip_locked=True)
    row = (await work.connection.execute(oldest)).one_or_none()
    if row is not None:
        values = {
            "state": ImportState.READING,
            "lease_id": lease_id,
            "leased_until": wall_time() + lease,
            "attempts": row.attempts + 1,
        }
        await work.connection.execute(update(import_job).where(job.import_id == row.import_id).values(values))
    return row


async def note_opened(
    work: UnitOfWork, import_id: str, lease_id: str, kind: RecordKind, file_format: str, encoding: str
) -> bool:
    """What the file turned out to be."""
    return await _mine(work, import_id, lease_id, kind=kind, file_format=file_format, encoding=encoding)


async def renew(work: UnitOfWork, import_id: str, lease_id: str, lease: timedelta) -> bool:
    """Hold an import longer; False when it is not this reader's any more."""
    return await _mine(work, import_id, lease_id, leased_until=wall_time() + lease)


async def hold(work: UnitOfWork, import_id: str, lease_id: str, rows_before: int) -> dict[Verdict, int] | None:
    """Lock an import for a slice that begins after these rows, and give its counts; None when somebody went on from
    here already or holds it now. So no slice takes effect twice."""
    mine = (job.import_id == import_id) & (job.lease_id == lease_id) & (job.rows_done == rows_before)
    statement = select(job.counts).where(mine, job.state == ImportState.READING).with_for_update()
    counts = (await work.connection.execute(statement)).scalar_one_or_none()
    return None if counts is None else {Verdict(name): number for name, number in json.loads(counts).items()}


async def note_slice(work: UnitOfWork, import_id: str, done: SliceDone, lease: timedelta = LEASE) -> None:
    """Progress and verdicts of one slice of an import that is held."""
    now = wall_time()
    await work.connection.execute(
        update(import_job)
        .where(job.import_id == import_id)
        .values(
            rows_done=done.rows_before + done.rows,
            counts=json.dumps(done.counts),
            fraction=done.fraction,
            busy_seconds=job.busy_seconds + done.busy_seconds,
            attempts=0,
            leased_until=now + lease,
            touched_at=now,
        )
    )
    row = {
        "import_id": import_id,
        "first_row": done.rows_before + 1,
        "rows": done.rows,
        "batch_id": done.batch_id,
        "places": done.places,
    }
    await work.connection.execute(import_slice.insert(), row)


async def finish(
    work: UnitOfWork,
    import_id: str,
    lease_id: str,
    state: ImportState,
    *,
    notes: str = "[]",
    reason: str | None = None,
) -> bool:
    """The last word on an import, by the reader that holds it."""
    values: dict[str, Any] = {"state": state, "notes": notes, "reason": reason, "finished_at": wall_time()}
    if state is ImportState.DONE:
        values["fraction"] = 1.0
    return await _mine(work, import_id, lease_id, lease_id_after=None, **values)


async def let_go(work: UnitOfWork, import_id: str, lease_id: str, *, counted: bool, until: datetime | None) -> None:
    """Leave an import to the next reader, from `until` on; an attempt that nothing speaks against is not counted."""
    values: dict[str, Any] = {"leased_until": until}
    if not counted:
        values["attempts"] = case((job.attempts > 0, job.attempts - 1), else_=0)
    await _mine(work, import_id, lease_id, lease_id_after=None, **values)


async def _mine(work: UnitOfWork, import_id: str, lease_id: str, **values: Any) -> bool:
    if "lease_id_after" in values:
        values["lease_id"] = values.pop("lease_id_after")
    mine = (job.import_id == import_id) & (job.lease_id == lease_id)
    return (await work.connection.execute(update(import_job).where(mine).values(values))).rowcount == 1


async def slices(connection: AsyncConnection, import_id: str, after: int, limit: int) -> Sequence[AnyRow]:
    """Slices from their first row on, with the verdicts of their batches."""
    columns = import_slice.c
    statement = (
        select(columns.first_row, columns.rows, columns.places, batch.c.verdicts)
        .join(batch, batch.c.batch_id == columns.batch_id)
        .where(columns.import_id == import_id, columns.first_row > after)
        .order_by(columns.first_row)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def waiting(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """How many complete files are not read to their end, and since when the most neglected one stands still."""
    statement = select(func.count(), func.min(job.touched_at)).where(job.state.in_(TO_BE_READ))
    number, oldest = (await connection.execute(statement)).one()
    return number, oldest


async def give_up_uploads(work: UnitOfWork, untouched_since: datetime) -> int:
    """Uploads with which nobody went on; returns how many."""
    old = (job.state == ImportState.UPLOADING) & (job.touched_at < untouched_since)
    values = {"state": ImportState.CANCELLED, "finished_at": wall_time()}
    return (await work.connection.execute(update(import_job).where(old).values(values))).rowcount


Ends = Mapping[str, datetime | None]
"""Imports with the moment when they ended, if they have."""


async def finished_at(connection: AsyncConnection, import_ids: Sequence[str]) -> Ends:
    """Of these imports those that exist."""
    rows = await connection.execute(select(job.import_id, job.finished_at).where(job.import_id.in_(import_ids)))
    return {row.import_id: row.finished_at for row in rows}
