"""Rows that are known exactly as they were sent need not be judged again: most sources send everything every day.

It compares fingerprints of whole rows and decides nothing about a row that differs in one sign. Such a row is
*unchanged*, and what there was to say about it stands in the receipt of the batch that brought it (guarantee G02).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, bindparam, literal_column, select

from services.ingest.domain.source_map import EMPTY, SourceMap
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.draft import Row
from services.ingest.registry.known import known_subjects
from services.ingest.submission import Submission
from services.ingest.surroundings import read_surroundings
from services.ingest.tables import record
from shared.database.among import among_given
from shared.database.connection import AsyncConnection
from shared.database.quick_look import QuickLook
from shared.identifiers import normalise_code
from shared.sealing import Sealer
from shared.slices import Slices, in_passing
from shared.vocabulary import RecordKind

_PREFIXES = {kind: f"{kind}\x1f".encode() for kind in RecordKind}
_ROWS_A_SLICE = 500
_ROWS_A_QUERY = 5_000  # SQLite takes 32,766 parameters, PostgreSQL's protocol 32,767


class KnownRecord(NamedTuple):
    """The record that was last written from a row with this fingerprint."""

    record_id: str
    record_key: str
    authority_code: str


@dataclass(frozen=True, slots=True)
class KnownRows:
    """The fingerprint of each row of a submission, what is known by them, and what the checks must know besides: the
    source map of the kind, and the registered names of the subjects of rows that are not known."""

    fingerprints: Sequence[str]
    records: Mapping[str, KnownRecord]
    sources: SourceMap = EMPTY
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)


def fingerprint(kind: RecordKind, row: Row, sealer: Sealer) -> str:
    """The same for the same cells in the same order. Keyed, because a row may hold a person's number (G12)."""
    return sealer.fingerprint(_as_bytes(kind, row))


def fingerprints(submission: Submission, sealer: Sealer) -> Slices[list[str]]:
    """That of each row, 2 µs a row."""
    found: list[str] = []
    for at in range(0, len(submission.rows), _ROWS_A_SLICE):
        if at:
            yield
        found += [fingerprint(submission.kind, row, sealer) for row in submission.rows[at : at + _ROWS_A_SLICE]]
    return found


async def find_known(connection: AsyncConnection, submission: Submission, sealer: Sealer) -> KnownRows:
    """Looks without locking: a record that changes meanwhile changed after this batch.

    Records that were withdrawn or belong to an authority that the client may not write for are left to the judge.
    """
    prints = await in_passing(fingerprints(submission, sealer))
    sources, has_names = await read_surroundings(connection, submission.kind)
    found = await _find(connection, submission, prints, sources)
    strangers = [row for row, one in zip(submission.rows, prints, strict=True) if one not in found]
    names = await _names(connection, submission.kind, strangers) if has_names else {}
    return KnownRows(prints, found, sources, names)


async def _find(
    connection: AsyncConnection, submission: Submission, fingerprints: Sequence[str], sources: SourceMap
) -> dict[str, KnownRecord]:
    found: dict[str, KnownRecord] = {}
    given: dict[str, Any] = {}
    if submission.authorities is not None:
        given["authorities"] = sorted(submission.authorities)
    if sources.is_authoritative_somewhere(submission.client):
        # What another system sent last becomes the authoritative one's by coming again, which the judge notes.
        given["client"] = submission.client
    look = _valid_records(frozenset(given))
    for at in range(0, len(fingerprints), _ROWS_A_QUERY):
        wanted = fingerprints[at : at + _ROWS_A_QUERY]
        for sent_digest, *known in await look.on(connection, fingerprints=wanted, **given):
            found[sent_digest] = tuple.__new__(KnownRecord, known)
    return found


@cache
def _valid_records(limited_by: frozenset[str]) -> QuickLook:
    """Of the authorities and the client that are given, where they are."""

    def write(dialect: str) -> Select[Any]:
        columns = record.c
        statement = select(columns.sent_digest, columns.record_id, columns.record_key, columns.authority_code).where(
            among_given(dialect, columns.sent_digest, "fingerprints"), columns.state == literal_column("'valid'")
        )
        if "authorities" in limited_by:
            statement = statement.where(among_given(dialect, columns.authority_code, "authorities"))
        return statement.where(columns.client == bindparam("client")) if "client" in limited_by else statement

    return QuickLook(write)


async def _names(connection: AsyncConnection, kind: RecordKind, rows: Sequence[Row]) -> dict[str, frozenset[str]]:
    """Every name, present or former, under which the register knows the subjects of these rows (check V04)."""
    column = TEMPLATES[kind]["uscc"].name
    codes = {normalise_code(code) for row in rows if isinstance(code := row.get(column), str) and code}
    known = await known_subjects(connection, codes)
    return {code: one.names | one.former_names for code, one in known.items() if one.names}


def _as_bytes(kind: RecordKind, row: Row) -> bytes:
    """The row as JSON: names and cells in their order, and a text is another one than a number. What orjson refuses, a
    whole number beyond 64 bits, is left to the slower writer."""
    try:
        return _PREFIXES[kind] + orjson.dumps(row)
    except TypeError:
        return _PREFIXES[kind] + json.dumps(row).encode()
