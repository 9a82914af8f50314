"""Queries of the permission catalogue: versions are only added, the newest is read."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select

from services.ingest.permission_catalogue.tables import permission_catalogue, permission_item
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork

_catalogue, _item = permission_catalogue.c, permission_item.c


async def newest_version(connection: AsyncConnection) -> int:
    """0 before the first one."""
    return await connection.scalar(select(func.max(_catalogue.version))) or 0


async def find_same(connection: AsyncConnection, source: str, as_of: date, file_digest: str) -> int | None:
    which = (_catalogue.source == source, _catalogue.as_of == as_of, _catalogue.file_digest == file_digest)
    found: int | None = await connection.scalar(select(_catalogue.version).where(*which))
    return found


async def insert_catalogue(work: UnitOfWork, row: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None:
    """Raises `IntegrityError` when another catalogue took the version meanwhile."""
    await work.connection.execute(insert(permission_catalogue), {**row, "taken_at": work.now})
    placed = [{**item, "version": row["version"], "position": at} for at, item in enumerate(items, start=1)]
    await work.connection.execute(insert(permission_item), placed)


async def read_newest(connection: AsyncConnection) -> AnyRow | None:
    statement = select(permission_catalogue).order_by(_catalogue.version.desc()).limit(1)
    return (await connection.execute(statement)).one_or_none()


async def read_items(connection: AsyncConnection, version: int, after: int, limit: int) -> Sequence[AnyRow]:
    statement = select(permission_item).where(_item.version == version, _item.position > after)
    return (await connection.execute(statement.order_by(_item.position).limit(limit))).all()
