"""Queries of the source map: read whole by kind, replaced whole by kind and authority."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select

from services.ingest.domain.findings import Weight
from services.ingest.tables import authoritative_source
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RecordKind

_columns = authoritative_source.c


async def read_entries(connection: AsyncConnection) -> Sequence[AnyRow]:
    statement = select(authoritative_source)
    return (await connection.execute(statement.order_by(_columns.kind, _columns.authority_code, _columns.client))).all()


async def replace_entry(
    work: UnitOfWork, kind: RecordKind, authority: str, clients: Collection[str], others: Weight, by: str, reason: str
) -> None:
    """The systems of one kind and authority; none removes the entry, and any system may send again."""
    where = (_columns.kind == kind, _columns.authority_code == authority)
    await work.connection.execute(delete(authoritative_source).where(*where))
    rows = [
        {
            "kind": kind,
            "authority_code": authority,
            "client": client,
            "others": others,
            "reason": reason,
            "set_by": by,
            "set_at": work.now,
        }
        for client in sorted(set(clients))
    ]
    if rows:
        await work.connection.execute(authoritative_source.insert(), rows)
