"""Rows that are known exactly as they were sent need not be judged again: most sources send everything every day.

It compares fingerprints of whole rows and decides nothing about a row that differs in one sign. Such a row is
*unchanged*, and what there was to say about it stands in the receipt of the batch that brought it (guarantee G02).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.mapping.draft import Row
from services.ingest.submission import Submission
from services.ingest.tables import record
from shared.database.among import among
from shared.sealing import Sealer

_SEPARATOR = "\x1f"
_DIGITS = 32
_ROWS_A_QUERY = 5_000  # SQLite takes 32,766 parameters, PostgreSQL's protocol 32,767


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """The record that was last written from a row with this fingerprint."""

    record_id: str
    record_key: str


@dataclass(frozen=True, slots=True)
class KnownRows:
    """The fingerprint of each row of a submission, and what is known by them."""

    fingerprints: Sequence[str]
    records: Mapping[str, KnownRecord]


def fingerprint(kind: str, row: Row, sealer: Sealer) -> str:
    """The same for the same cells in the same order. Keyed, because a row may hold a person's number (G12)."""
    return sealer.keyed_digest(_as_text(kind, row))[:_DIGITS]


async def find_known(connection: AsyncConnection, submission: Submission, sealer: Sealer) -> KnownRows:
    """Looks without locking: a record that changes meanwhile changed after this batch.

    Records that were withdrawn or belong to an authority that the client may not write for are left to the judge.
    """
    fingerprints = [fingerprint(submission.kind, row, sealer) for row in submission.rows]
    found: dict[str, KnownRecord] = {}
    for at in range(0, len(fingerprints), _ROWS_A_QUERY):
        columns = record.c
        statement = select(columns.sent_digest, columns.record_id, columns.record_key).where(
            among(connection.dialect.name, columns.sent_digest, fingerprints[at : at + _ROWS_A_QUERY]),
            columns.state == "valid",
        )
        if submission.authorities is not None:
            statement = statement.where(columns.authority_code.in_(submission.authorities))
        for row in await connection.execute(statement):
            found[row.sent_digest] = KnownRecord(row.record_id, row.record_key)
    return KnownRows(fingerprints, found)


def _as_text(kind: str, row: Row) -> str:
    """Names and cells in a row; where a cell is no text or holds the separator, JSON tells them apart."""
    try:
        text = _SEPARATOR.join((kind, *row, *row.values()))  # type: ignore[arg-type]
    except TypeError:
        return json.dumps([kind, row], ensure_ascii=False)
    return text if text.count(_SEPARATOR) == 2 * len(row) else json.dumps([kind, row], ensure_ascii=False)
