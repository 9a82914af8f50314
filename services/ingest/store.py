"""Queries of ingest: set-based, one statement for all rows of a batch."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.domain.build import Built
from services.ingest.receipt import Receipt, RowVerdict
from services.ingest.submission import Submission
from services.ingest.tables import batch, quarantined_row, record
from shared.database.among import among
from shared.database.types import AnyRow
from shared.database.upsert import insert_for
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.vocabulary import Verdict

_KEYS_A_QUERY = 5_000  # SQLite takes 32,766 parameters, PostgreSQL's protocol 32,767


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """What must be known of a record to decide what a row means for it."""

    record_id: str
    content_digest: str
    generation: int
    first_submitted_on: date
    voided: bool


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record to write: its new state and content."""

    stored: StoredRecord
    built: Built
    content: str
    sent_digest: str


async def find_records(work: UnitOfWork, keys: Sequence[str]) -> dict[str, StoredRecord]:
    """The records with these keys, locked in key order, so that two batches with the same rows queue up."""
    found: dict[str, StoredRecord] = {}
    ordered = sorted(set(keys))
    for at in range(0, len(ordered), _KEYS_A_QUERY):
        statement = (
            select(
                record.c.record_key,
                record.c.record_id,
                record.c.content_digest,
                record.c.generation,
                record.c.first_submitted_on,
                record.c.state,
            )
            .where(among(work.dialect, record.c.record_key, ordered[at : at + _KEYS_A_QUERY]))
            .order_by(record.c.record_key)
            .with_for_update()
        )
        for row in await work.connection.execute(statement):
            found[row.record_key] = StoredRecord(
                row.record_id, row.content_digest, row.generation, row.first_submitted_on, row.state == "voided"
            )
    return found


async def insert_records(work: UnitOfWork, changes: Collection[RecordChange], sealer: Sealer) -> None:
    """Raises `IntegrityError` when another batch admitted one of the keys meanwhile: judge the batch again."""
    if changes:
        rows = sorted((_row(work, change, sealer) for change in changes), key=lambda row: str(row["record_key"]))
        await work.connection.execute(insert_for(work.dialect, record), rows)


async def update_records(work: UnitOfWork, changes: Collection[RecordChange], sealer: Sealer) -> None:
    if not changes:
        return
    statement = (
        update(record)
        .where(record.c.record_id == bindparam("of_record"))
        .values({name: bindparam(f"new_{name}") for name in _MUTABLE})
    )
    rows = [_row(work, change, sealer) for change in changes]
    await work.connection.execute(
        statement, [{"of_record": row["record_id"], **{f"new_{name}": row[name] for name in _MUTABLE}} for row in rows]
    )


_MUTABLE = (
    "source_code", "decided_on", "generation", "content_digest", "sent_digest", "changed_at", "content", "private",
)  # fmt: skip


def _row(work: UnitOfWork, change: RecordChange, sealer: Sealer) -> dict[str, Any]:
    built, stored = change.built, change.stored
    private = built.private
    return {
        "record_id": stored.record_id,
        "record_key": built.key,
        "kind": built.record.kind,
        "authority_code": built.record.issuing_authority.code,
        "source_code": built.record.source_authority.code,
        "subject_key": built.record.subject.key,
        "document_key": built.document_key,
        "decided_on": built.record.decided_on,
        "state": "valid",
        "generation": stored.generation,
        "content_digest": stored.content_digest,
        "sent_digest": change.sent_digest,
        "first_submitted_on": stored.first_submitted_on,
        "changed_at": work.now,
        "content": change.content,
        "private": sealer.seal(json.dumps([private.name, private.id_type, private.id_number]), stored.record_id)
        if private
        else None,
    }


async def insert_batch(work: UnitOfWork, client: str, receipt: Receipt) -> None:
    await work.connection.execute(
        batch.insert(),
        {
            "batch_id": receipt.batch_id,
            "client": client,
            "kind": receipt.kind,
            "received_at": receipt.received_at,
            "rows": receipt.rows,
            "counts": json.dumps(receipt.counts),
            "verdicts": receipt.model_dump_json(),
        },
    )


async def insert_quarantined(
    work: UnitOfWork, batch_id: str, submission: Submission, verdicts: Iterable[RowVerdict], sealer: Sealer
) -> None:
    rows = [
        {
            "batch_id": batch_id,
            "row": verdict.row,
            "kind": submission.kind,
            "client": submission.client,
            "cells": sealer.seal(
                json.dumps(submission.rows[verdict.row - 1], ensure_ascii=False), f"{batch_id}/{verdict.row}"
            ),
            "findings": json.dumps([reason.model_dump() for reason in verdict.reasons], ensure_ascii=False),
            "quarantined_at": work.now,
        }
        for verdict in verdicts
        if verdict.verdict is Verdict.QUARANTINED
    ]
    if rows:
        await work.connection.execute(quarantined_row.insert(), rows)


async def lock_record(work: UnitOfWork, record_id: str) -> AnyRow | None:
    columns = record.c
    statement = select(columns.generation, columns.state, columns.authority_code, columns.decided_on)
    return (
        await work.connection.execute(statement.where(columns.record_id == record_id).with_for_update())
    ).one_or_none()


async def void_record(work: UnitOfWork, record_id: str, generation: int) -> None:
    await work.connection.execute(
        update(record)
        .where(record.c.record_id == record_id)
        .values(state="voided", generation=generation, changed_at=work.now)
    )


async def read_record(connection: AsyncConnection, record_id: str) -> AnyRow | None:
    columns = record.c
    statement = select(
        columns.record_id,
        columns.authority_code,
        columns.state,
        columns.generation,
        columns.first_submitted_on,
        columns.changed_at,
        columns.content,
    )
    return (await connection.execute(statement.where(columns.record_id == record_id))).one_or_none()


async def read_receipt(connection: AsyncConnection, batch_id: str, client: str) -> str | None:
    """The receipt as it was answered, for the client that sent the batch and nobody else."""
    statement = select(batch.c.verdicts).where(batch.c.batch_id == batch_id, batch.c.client == client)
    return (await connection.execute(statement)).scalar_one_or_none()
