"""Queries on the audit log of one service. Entries are inserted by the unit of work; here they are read and linked."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, text, update

from shared.database.connection import AsyncConnection
from shared.database.mechanics import audit_entry, audit_head
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.evidence.entry import instant
from shared.evidence.heads import Head

# Advisory locks belong to the whole database, so the schema is part of the name.
_ONE_LINKER = text("SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || ' audit chain', 0))")


async def be_the_linker(connection: AsyncConnection, dialect: str) -> bool:
    """Whether nobody else appends to the chain until this transaction ends. On SQLite writers queue up anyway."""
    return dialect != "postgresql" or bool(await connection.scalar(_ONE_LINKER))


async def unlinked(connection: AsyncConnection, limit: int) -> Sequence[AnyRow]:
    """Committed entries without a place in the chain, roughly in the order in which they came."""
    statement = select(audit_entry.c.entry_id, audit_entry.c.digest).where(audit_entry.c.seq.is_(None))
    return (await connection.execute(statement.order_by(audit_entry.c.entry_id).limit(limit))).all()


async def oldest_unlinked(connection: AsyncConnection) -> datetime | None:
    """When the oldest entry without a place was written. Nearly always there is none."""
    statement = select(func.min(audit_entry.c.at)).where(audit_entry.c.seq.is_(None))
    oldest: datetime | None = await connection.scalar(statement)
    return oldest


async def last_link(connection: AsyncConnection) -> AnyRow | None:
    """The end of the chain: its place and its hash."""
    statement = select(audit_entry.c.seq, audit_entry.c.hash).where(audit_entry.c.seq.is_not(None))
    return (await connection.execute(statement.order_by(audit_entry.c.seq.desc()).limit(1))).one_or_none()


async def append(connection: AsyncConnection, links: Sequence[dict[str, Any]]) -> None:
    """Give entries their places; one statement for all of them."""
    statement = (
        update(audit_entry)
        .where(audit_entry.c.entry_id == bindparam("of_entry"), audit_entry.c.seq.is_(None))
        .values({name: bindparam(f"new_{name}") for name in ("seq", "previous", "hash", "linked_at")})
    )
    await connection.execute(statement, list(links))


async def page_of_links(connection: AsyncConnection, after: int, limit: int) -> Sequence[AnyRow]:
    """Linked entries in the order of the chain."""
    statement = select(audit_entry).where(audit_entry.c.seq > after)
    return (await connection.execute(statement.order_by(audit_entry.c.seq).limit(limit))).all()


async def page_of_unlinked(connection: AsyncConnection, after: str, limit: int) -> Sequence[AnyRow]:
    statement = select(audit_entry).where(audit_entry.c.seq.is_(None), audit_entry.c.entry_id > after)
    return (await connection.execute(statement.order_by(audit_entry.c.entry_id).limit(limit))).all()


async def link_at(connection: AsyncConnection, seq: int) -> AnyRow | None:
    statement = select(audit_entry.c.hash, audit_entry.c.linked_at).where(audit_entry.c.seq == seq)
    return (await connection.execute(statement)).one_or_none()


async def links_at(connection: AsyncConnection, seqs: Collection[int]) -> dict[int, str]:
    """The hashes at these places."""
    statement = select(audit_entry.c.seq, audit_entry.c.hash).where(audit_entry.c.seq.in_(seqs))
    return {row.seq: row.hash for row in await connection.execute(statement)}


async def first_link_after(connection: AsyncConnection, seq: int) -> AnyRow | None:
    statement = select(audit_entry.c.seq, audit_entry.c.linked_at).where(audit_entry.c.seq > seq)
    return (await connection.execute(statement.order_by(audit_entry.c.seq).limit(1))).one_or_none()


async def heads(connection: AsyncConnection, service: str, after: int, limit: int) -> list[Head]:
    """Signed heads in the order of the chain."""
    statement = select(audit_head).where(audit_head.c.seq > after).order_by(audit_head.c.seq).limit(limit)
    return [_head(service, row) for row in await connection.execute(statement)]


async def last_head(connection: AsyncConnection, service: str) -> Head | None:
    statement = select(audit_head).order_by(audit_head.c.seq.desc()).limit(1)
    row = (await connection.execute(statement)).one_or_none()
    return _head(service, row) if row else None


async def insert_head(connection: AsyncConnection, dialect: str, head: Head, signed_at: datetime) -> None:
    """Keep a signed head; another process may have signed the same one, which does no harm."""
    row = {
        "seq": head.seq,
        "hash": head.hash,
        "signed_at": signed_at,
        "key_id": head.key_id,
        "signature": head.signature,
    }
    await connection.execute(insert_new(dialect, audit_head), row)


def _head(service: str, row: AnyRow) -> Head:
    return Head(service, row.seq, row.hash, instant(row.signed_at), row.key_id, row.signature)
