"""Queries of the register: set-based, whatever number of subjects is asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, select

from services.ingest.registry.tables import registered_subject, subject_former, subject_status_notice
from services.ingest.tables import record, subject_status
from shared.database.among import among, among_given
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_new, upsert
from shared.messaging.unit_of_work import UnitOfWork

KEYS_A_QUERY = 5_000


@dataclass(frozen=True, slots=True)
class StoredName:
    """The name that the register told last."""

    name: str
    as_of: date


async def find_names(work: UnitOfWork, codes: Sequence[str]) -> dict[str, StoredName]:
    """Locked in the order of the codes, so that two feeds at once queue up."""
    found: dict[str, StoredName] = {}
    columns = registered_subject.c
    for at in range(0, len(codes), KEYS_A_QUERY):
        statement = (
            select(columns.uscc, columns.name, columns.as_of)
            .where(among(work.dialect, columns.uscc, codes[at : at + KEYS_A_QUERY]))
            .order_by(columns.uscc)
            .with_for_update()
        )
        found |= {row.uscc: StoredName(row.name, row.as_of) for row in await work.connection.execute(statement)}
    return found


async def insert_names(work: UnitOfWork, rows: Collection[Mapping[str, Any]]) -> None:
    """A plain insert: when another feed told a subject first, the caller takes this one anew."""
    if rows:
        await work.connection.execute(registered_subject.insert(), _dated(work, rows))


async def update_names(work: UnitOfWork, rows: Collection[Mapping[str, Any]]) -> None:
    """Only subjects that `find_names` has locked."""
    if rows:
        await work.connection.execute(upsert(work.dialect, registered_subject, keys=("uscc",)), _dated(work, rows))


def _dated(work: UnitOfWork, rows: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "changed_at": work.now} for row in sorted(rows, key=lambda row: str(row["uscc"]))]


async def add_former(work: UnitOfWork, rows: Collection[Mapping[str, Any]]) -> None:
    """Two feeds that tell the same at once leave one row."""
    if rows:
        ordered = sorted(rows, key=lambda row: (str(row["uscc"]), str(row["kind"]), str(row["value"])))
        statement = insert_new(work.dialect, subject_former)
        await work.connection.execute(statement, [{**row, "noted_at": work.now} for row in ordered])


async def find_former(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, set[tuple[str, str]]]:
    """Former names and old numbers, (kind, value), by USCC."""
    found: dict[str, set[tuple[str, str]]] = {}
    columns = subject_former.c
    for at in range(0, len(codes), KEYS_A_QUERY):
        chosen = among(connection.dialect.name, columns.uscc, codes[at : at + KEYS_A_QUERY])
        for row in await connection.execute(select(columns.uscc, columns.kind, columns.value).where(chosen)):
            found.setdefault(row.uscc, set()).add((row.kind, row.value))
    return found


async def find_by_former(connection: AsyncConnection, values: Sequence[str]) -> dict[str, set[str]]:
    """The subjects to which the register ties each of these old numbers."""
    found: dict[str, set[str]] = {}
    columns = subject_former.c
    for at in range(0, len(values), KEYS_A_QUERY):
        chosen = among(connection.dialect.name, columns.value, values[at : at + KEYS_A_QUERY])
        statement = select(columns.value, columns.uscc).where(chosen, columns.kind != "former_name")
        for row in await connection.execute(statement):
            found.setdefault(row.value, set()).add(row.uscc)
    return found


async def read_registered(connection: AsyncConnection, codes: Sequence[str]) -> Sequence[AnyRow]:
    """Name and status of subjects of which the register has said anything."""
    found: list[AnyRow] = []
    statement = _registered(connection.dialect.name)
    for at in range(0, len(codes), KEYS_A_QUERY):
        found += (await connection.execute(statement, {"codes": codes[at : at + KEYS_A_QUERY]})).all()
    return found


@cache
def _registered(dialect: str) -> CompoundSelect[Any]:
    names, statuses = registered_subject.c, subject_status.c
    named = (
        select(names.uscc, names.name, statuses.status)
        .join_from(registered_subject, subject_status, names.uscc == statuses.uscc, isouter=True)
        .where(among_given(dialect, names.uscc, "codes"))
    )
    unnamed = (
        select(statuses.uscc, names.name, statuses.status)
        .join_from(subject_status, registered_subject, names.uscc == statuses.uscc, isouter=True)
        .where(among_given(dialect, statuses.uscc, "codes"), names.uscc.is_(None))
    )
    return named.union_all(unnamed)


async def note_statuses(work: UnitOfWork, rows: Collection[Mapping[str, Any]]) -> None:
    """The history. What was told already stays with its first proof."""
    if rows:
        ordered = sorted(rows, key=lambda row: (str(row["uscc"]), str(row["as_of"]), str(row["status"])))
        statement = insert_new(work.dialect, subject_status_notice)
        await work.connection.execute(statement, [{**row, "noted_at": work.now} for row in ordered])


async def read_history(connection: AsyncConnection, uscc: str, limit: int) -> Sequence[AnyRow]:
    columns = subject_status_notice.c
    statement = select(subject_status_notice).where(columns.uscc == uscc)
    return (
        await connection.execute(statement.order_by(columns.as_of.desc(), columns.noted_at.desc()).limit(limit))
    ).all()


async def read_name(connection: AsyncConnection, uscc: str) -> AnyRow | None:
    return (await connection.execute(select(registered_subject).where(registered_subject.c.uscc == uscc))).one_or_none()


async def read_status(connection: AsyncConnection, uscc: str) -> AnyRow | None:
    return (await connection.execute(select(subject_status).where(subject_status.c.uscc == uscc))).one_or_none()


async def read_formers(connection: AsyncConnection, uscc: str) -> Sequence[AnyRow]:
    columns = subject_former.c
    statement = select(subject_former).where(columns.uscc == uscc).order_by(columns.kind, columns.value)
    return (await connection.execute(statement)).all()


async def read_contents(connection: AsyncConnection, uscc: str, limit: int) -> Sequence[str]:
    """The newest records of a subject, for the names that they give it."""
    statement = select(record.c.content).where(record.c.subject_key == uscc)
    return (await connection.execute(statement.order_by(record.c.record_id.desc()).limit(limit))).scalars().all()
