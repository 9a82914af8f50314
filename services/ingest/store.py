"""Queries of ingest: set-based, one statement for all rows of a batch."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select, update

from services.ingest.domain.build import Built, Private
from services.ingest.receipt import Receipt
from services.ingest.tables import batch, record, withdrawal
from shared.contracts.events import Withdrawal
from shared.database.among import among_given
from shared.database.connection import AsyncConnection
from shared.database.copy_packed import PackedRow, copy_packed
from shared.database.lookup import Lookup
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer

_ROWS_A_COPY = 1_000  # of 1.7 KB; put together in 2 ms, while the event loop serves nobody else
_KEYS_A_QUERY = 5_000  # SQLite takes 32,766 parameters, PostgreSQL's protocol 32,767


class StoredRecord(NamedTuple):
    """What must be known of a record to decide what a row means for it. `client` sent its content last; `disproved` is
    what upheld objections proved wrong of it."""

    record_id: str
    content_digest: str
    generation: int
    first_submitted_on: date
    voided: bool
    client: str = ""
    version: int | None = None
    disproved: str | None = None


class RecordChange(NamedTuple):
    """A record to write: its new state and content, and how it was withdrawn when it was."""

    stored: StoredRecord
    built: Built
    sent_digest: str
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A record that came again with the same content, from another system or in a later version."""

    record_id: str
    client: str
    version: int | None


@dataclass(frozen=True, slots=True)
class NewWithdrawal:
    """A withdrawal, or a change of the decision, as it becomes part of the record's history."""

    record_id: str
    generation: int
    withdrawal: Withdrawal


async def find_records(work: UnitOfWork, keys: Sequence[str]) -> dict[str, StoredRecord]:
    """The records with these keys, locked in key order, so that two batches with the same rows queue up."""
    found: dict[str, StoredRecord] = {}
    ordered = sorted(set(keys))
    for at in range(0, len(ordered), _KEYS_A_QUERY):
        wanted = {"keys": ordered[at : at + _KEYS_A_QUERY]}
        for row in await work.connection.execute(_records_locked(work.dialect), wanted):
            found[row.record_key] = StoredRecord(
                row.record_id,
                row.content_digest,
                row.generation,
                row.first_submitted_on,
                row.state == "voided",
                row.client,
                row.data_version,
                row.disproved,
            )
    return found


@cache
def _records_locked(dialect: str) -> Select[Any]:
    columns = record.c
    return (
        select(
            columns.record_key,
            columns.record_id,
            columns.content_digest,
            columns.generation,
            columns.first_submitted_on,
            columns.state,
            columns.client,
            columns.data_version,
            columns.disproved,
        )
        .where(among_given(dialect, columns.record_key, "keys"))
        .order_by(columns.record_key)
        .with_for_update()
    )


async def insert_records(work: UnitOfWork, changes: Collection[RecordChange], sealer: Sealer) -> None:
    """Raises `IntegrityError` when another batch admitted one of the keys meanwhile: judge the batch again."""
    ordered = sorted(changes, key=_key)
    for at in range(0, len(ordered), _ROWS_A_COPY):
        rows = [_packed(work, change, sealer) for change in ordered[at : at + _ROWS_A_COPY]]
        await copy_packed(work.connection, record, _TEXTS, _SHARED, rows)


def _key(change: RecordChange) -> str:
    return change.built.key


async def update_records(work: UnitOfWork, changes: Collection[RecordChange], sealer: Sealer) -> None:
    if changes:
        await work.connection.execute(_UPDATE, [_changed(work, change, sealer) for change in changes])


_MUTABLE = (
    "source_code", "decided_on", "state", "generation", "content_digest", "sent_digest", "client", "data_version",
    "changed_at", "content", "private",
)  # fmt: skip
_UPDATE = (
    update(record)
    .where(record.c.record_id == bindparam("of_record"))
    .values({name: bindparam(f"new_{name}") for name in _MUTABLE})
)
_TEXTS = ("record_id", "record_key", "subject_key", "document_key", "content_digest", "sent_digest", "content")
_SHARED = (
    "kind", "authority_code", "source_code", "decided_on", "state", "generation", "client", "data_version",
    "first_submitted_on", "changed_at", "private",
)  # fmt: skip


def _packed(work: UnitOfWork, change: RecordChange, sealer: Sealer) -> PackedRow:
    """The values by their places in `_TEXTS` and `_SHARED`."""
    stored, built, sent_digest, _ = change
    texts = (
        stored.record_id.encode(),
        built.key.encode(),
        built.subject_key.encode(),
        built.document_key.encode(),
        stored.content_digest.encode(),
        sent_digest.encode(),
        built.content,
    )
    shared = (
        built.kind,
        built.authority_code,
        built.source_code,
        built.decided_on,
        _state(stored),
        stored.generation,
        stored.client,
        stored.version,
        stored.first_submitted_on,
        work.now,
        _sealed(change, sealer),
    )
    return tuple.__new__(PackedRow, (texts, shared))


def _changed(work: UnitOfWork, change: RecordChange, sealer: Sealer) -> dict[str, Any]:
    row = _packed(work, change, sealer)
    texts = (text.decode() for text in row.texts)
    values = dict(zip((*_TEXTS, *_SHARED), (*texts, *row.shared), strict=True))
    return {"of_record": values["record_id"], **{f"new_{name}": values[name] for name in _MUTABLE}}


def _state(stored: StoredRecord) -> str:
    return "voided" if stored.voided else "valid"


def _sealed(change: RecordChange, sealer: Sealer) -> bytes | None:
    private = change.built.private
    if private is None:
        return None
    return sealer.seal(json.dumps([private.name, private.id_type, private.id_number]), change.stored.record_id)


def opened(row: AnyRow, sealer: Sealer) -> Private | None:
    """What is sealed beside a record of a natural person."""
    return None if row.private is None else Private(*json.loads(sealer.open(row.private, row.record_id)))


def insert_batch(work: UnitOfWork, client: str, receipt: Receipt) -> None:
    row = {
        "batch_id": receipt.batch_id,
        "client": client,
        "kind": receipt.kind,
        "received_at": receipt.received_at,
        "rows": receipt.rows,
        "counts": json.dumps(receipt.counts),
        "verdicts": receipt.text,
    }
    work.store(batch, [row])


async def confirm_records(work: UnitOfWork, confirmed: Collection[Confirmed]) -> None:
    """Note who sent the content last and in which version; nothing else changes and nobody is told."""
    if not confirmed:
        return
    statement = (
        update(record)
        .where(record.c.record_id == bindparam("of_record"))
        .values(client=bindparam("new_client"), data_version=bindparam("new_version"))
    )
    rows = [{"of_record": one.record_id, "new_client": one.client, "new_version": one.version} for one in confirmed]
    await work.connection.execute(statement, rows)


async def insert_withdrawals(work: UnitOfWork, withdrawals: Sequence[NewWithdrawal], by: str) -> None:
    """Rows are only ever added: one a withdrawal or change, under the generation that it made."""
    rows = [
        {
            "record_id": one.record_id,
            "generation": one.generation,
            "kind": one.withdrawal.kind,
            "statement_of_reasons": one.withdrawal.statement_of_reasons,
            "withdrawn_on": one.withdrawal.withdrawn_on,
            "noted_by": by,
            "noted_at": work.now,
        }
        for one in withdrawals
    ]
    if rows:
        await work.connection.execute(withdrawal.insert(), rows)


async def read_withdrawals(connection: AsyncConnection, record_id: str) -> Sequence[AnyRow]:
    statement = select(withdrawal).where(withdrawal.c.record_id == record_id)
    return (await connection.execute(statement.order_by(withdrawal.c.generation))).all()


async def lock_record(work: UnitOfWork, record_id: str) -> AnyRow | None:
    columns = record.c
    statement = select(
        columns.record_id,
        columns.record_key,
        columns.kind,
        columns.generation,
        columns.state,
        columns.authority_code,
        columns.decided_on,
        columns.content_digest,
        columns.first_submitted_on,
        columns.client,
        columns.data_version,
    )
    return (
        await work.connection.execute(statement.where(columns.record_id == record_id).with_for_update())
    ).one_or_none()


async def void_record(work: UnitOfWork, record_id: str, generation: int) -> None:
    await work.connection.execute(
        update(record)
        .where(record.c.record_id == record_id)
        .values(state="voided", generation=generation, changed_at=work.now)
    )


RECORD = Lookup(
    select(
        record.c.record_id,
        record.c.authority_code,
        record.c.state,
        record.c.generation,
        record.c.first_submitted_on,
        record.c.changed_at,
        record.c.client,
        record.c.data_version,
        record.c.content,
    ).where(record.c.record_id == bindparam("record_id"))
)
"""One record as it stands."""


async def read_receipt(connection: AsyncConnection, batch_id: str, client: str) -> str | None:
    """The receipt as it was answered, for the client that sent the batch and nobody else."""
    statement = select(batch.c.verdicts).where(batch.c.batch_id == batch_id, batch.c.client == client)
    return (await connection.execute(statement)).scalar_one_or_none()
