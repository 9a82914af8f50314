"""Keep the texts of admitted rows as they were sent (原文, ruling R21), sealed, in the transaction of the record.

Quarantined rows are kept whole elsewhere. What was sent in the form that the record holds needs no copy. Serves G12.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from services.ingest.originals.tables import original_row
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Original:
    """The corrected columns of one row with their texts as they came; `sent_digest` is the fingerprint of the row."""

    record_id: str
    sent_digest: str
    row: int
    cells: Mapping[str, str]


async def keep_originals(
    work: UnitOfWork, batch_id: str, client: str, originals: Iterable[Original], sealer: Sealer
) -> None:
    """One statement; a writing that is known already is left as it is."""
    same = {"batch_id": batch_id, "client": client, "received_at": work.now}
    rows = [
        {
            **same,
            "record_id": one.record_id,
            "sent_digest": one.sent_digest,
            "row": one.row,
            "cells": sealer.seal(json.dumps(one.cells, ensure_ascii=False), _place(one.record_id, one.sent_digest)),
        }
        for one in sorted(originals, key=lambda one: (one.record_id, one.sent_digest, one.row))
    ]
    if rows:
        await work.connection.execute(insert_new(work.dialect, original_row), rows)


async def read_originals(connection: AsyncConnection, record_id: str) -> Sequence[AnyRow]:
    """The newest first."""
    columns = original_row.c
    statement = select(original_row).where(columns.record_id == record_id)
    newest = statement.order_by(columns.received_at.desc(), columns.batch_id.desc(), columns.row.desc())
    return (await connection.execute(newest.limit(MOST_SHOWN))).all()


def open_original(row: AnyRow, sealer: Sealer) -> dict[str, str]:
    """The texts by column. Raises `SealBroken`."""
    cells: dict[str, str] = json.loads(sealer.open(bytes(row.cells), _place(row.record_id, row.sent_digest)))
    return cells


def _place(record_id: str, sent_digest: str) -> str:
    return f"{record_id}/{sent_digest}"
