"""Queries about papers and their files."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from services.repair.applications.tables import application
from services.repair.materials.scanners import ScanState
from services.repair.materials.tables import material, material_file
from shared.clock import wall_time
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_for
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork

_SHOWN = (
    *material.columns,
    material_file.c.size_bytes,
    material_file.c.format,
    material_file.c.scan,
    material_file.c.scanned_at,
    material_file.c.finding,
)


async def materials_of(connection: AsyncConnection, application_id: str) -> Sequence[AnyRow]:
    """The papers of an application that are there, in the order in which they came."""
    joined = material.join(material_file, material_file.c.sha256 == material.c.sha256)
    statement = select(*_SHOWN).select_from(joined).where(material.c.application_id == application_id)
    return (await connection.execute(statement.where(_PRESENT).order_by(material.c.material_id))).all()


async def find_material(connection: AsyncConnection, material_id: str) -> AnyRow | None:
    """One paper with its file and with whose application it belongs to."""
    joined = material.join(material_file, material_file.c.sha256 == material.c.sha256).join(
        application, application.c.application_id == material.c.application_id
    )
    columns = (*_SHOWN, application.c.subject_key, application.c.authority_code, application.c.state)
    statement = select(*columns).select_from(joined).where(material.c.material_id == material_id, _PRESENT)
    return (await connection.execute(statement)).one_or_none()


async def insert_material(work: UnitOfWork, row: dict[str, Any], file: dict[str, Any]) -> None:
    """The paper, and its file: one that is known already keeps what the scanner said of it."""
    statement = insert_for(work.dialect, material_file)
    known = statement.on_conflict_do_update(index_elements=["sha256"], set_={"stored_at": statement.excluded.stored_at})
    unscanned = {"scan": ScanState.UNSCANNED, "scan_attempts": 0, "scan_next_at": file["stored_at"]}
    await work.connection.execute(known, file | unscanned)
    await work.connection.execute(material.insert(), row)


async def find_file(connection: AsyncConnection, sha256: str) -> AnyRow | None:
    return (await connection.execute(select(material_file).where(material_file.c.sha256 == sha256))).one_or_none()


async def remove_material(work: UnitOfWork, material_id: str, by: str, reason: str) -> None:
    await work.connection.execute(
        update(material)
        .where(material.c.material_id == material_id)
        .values(removed_by=by, removed_at=work.now, removal_reason=mask_free_text(reason))
    )


async def files_to_scan(connection: AsyncConnection, limit: int) -> Sequence[AnyRow]:
    """Files that wait for the scanner and whose pause is over, the oldest first."""
    waiting = (material_file.c.scan == ScanState.UNSCANNED) & (material_file.c.scan_next_at <= wall_time())
    return (
        await connection.execute(
            select(material_file).where(waiting).order_by(material_file.c.scan_next_at).limit(limit)
        )
    ).all()


async def note_scanned(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """`rows` give the file as `of`, and what is known of it now."""
    if rows:
        columns = ("scan", "scanned_at", "finding", "scan_attempts", "scan_next_at")
        statement = update(material_file).where(material_file.c.sha256 == bindparam("of"))
        await work.connection.execute(statement.values({name: bindparam(name) for name in columns}), list(rows))


async def scan_again(work: UnitOfWork) -> int:
    """Let the scanner look at once at everything that still waits."""
    waiting = material_file.c.scan == ScanState.UNSCANNED
    done = await work.connection.execute(
        update(material_file).where(waiting).values(scan_next_at=wall_time(), scan_attempts=0)
    )
    return done.rowcount


async def materials_with(connection: AsyncConnection, sha256s: Collection[str]) -> Sequence[AnyRow]:
    """Which papers have one of these contents."""
    columns = (material.c.material_id, material.c.application_id, material.c.sha256)
    statement = select(*columns).where(material.c.sha256.in_(sha256s), _PRESENT).order_by(material.c.material_id)
    return (await connection.execute(statement)).all()


async def counts(connection: AsyncConnection) -> tuple[dict[str, int], datetime | None]:
    """Files by what is known of them, and since when the oldest one waits for the scanner."""
    rows = (
        await connection.execute(
            select(
                material_file.c.scan, func.count().label("number"), func.min(material_file.c.stored_at).label("oldest")
            ).group_by(material_file.c.scan)
        )
    ).all()
    return {row.scan: row.number for row in rows}, next(
        (row.oldest for row in rows if row.scan == ScanState.UNSCANNED), None
    )


async def forget_files(work: UnitOfWork, stored_before: datetime) -> int:
    """Drop files that no paper refers to. One that was just put in again is left: its row says when."""
    used = select(material.c.sha256).where(_PRESENT, material.c.sha256 == material_file.c.sha256)
    unused = (material_file.c.stored_at < stored_before) & ~used.exists()
    return (await work.connection.execute(delete(material_file).where(unused))).rowcount


async def known_files(connection: AsyncConnection, sha256s: Collection[str]) -> set[str]:
    """Those of these contents that the table has."""
    statement = select(material_file.c.sha256).where(material_file.c.sha256.in_(sha256s))
    return set((await connection.scalars(statement)).all())


_PRESENT = material.c.removed_at.is_(None)
