"""Queries of imported lists and their comparison. Joins happen in the database, on the keys that records have."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, select, update

from services.ingest.provincial_list.domain.entry import ListEntry
from services.ingest.provincial_list.domain.outcome import ComparisonState, FindingOutcome
from services.ingest.provincial_list.tables import list_comparison, list_finding, provincial_entry, provincial_list
from services.ingest.tables import record
from shared.database.among import among
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import RecordKind

ROWS_A_STATEMENT = 5_000

_list, _entry, _run, _found, _record = (
    provincial_list.c, provincial_entry.c, list_comparison.c, list_finding.c, record.c,
)  # fmt: skip
_OURS = (_record.record_id, _record.subject_key, _record.document_key, _record.state, _record.content)


async def newest_version(work: UnitOfWork, source: str) -> int:
    return await work.connection.scalar(select(func.max(_list.version)).where(_list.source == source)) or 0


async def find_same(work: UnitOfWork, source: str, digest: str) -> AnyRow | None:
    statement = select(provincial_list).where(_list.source == source, _list.file_digest == digest)
    return (await work.connection.execute(statement)).one_or_none()


async def insert_list(work: UnitOfWork, row: Mapping[str, Any], entries: Sequence[ListEntry]) -> None:
    """A plain insert: a version that somebody else took meanwhile makes the caller try anew."""
    await work.connection.execute(insert(provincial_list), {**row, "imported_at": work.now})
    for at in range(0, len(entries), ROWS_A_STATEMENT):
        rows = [{**asdict(one), "list_id": row["list_id"]} for one in entries[at : at + ROWS_A_STATEMENT]]
        await work.connection.execute(insert(provincial_entry), rows)


async def read_list(connection: AsyncConnection, list_id: str) -> AnyRow | None:
    return (await connection.execute(select(provincial_list).where(_list.list_id == list_id))).one_or_none()


async def list_lists(connection: AsyncConnection, after: str | None, limit: int) -> Sequence[AnyRow]:
    statement = select(provincial_list).order_by(_list.list_id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(_list.list_id < after)
    return (await connection.execute(statement)).all()


async def insert_comparison(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    start = {"state": ComparisonState.ENTRIES, "after_row": 0, "after_record": "", "resolved": 0}
    await work.connection.execute(insert(list_comparison), {**start, **row, "started_at": work.now})


async def lock_unfinished(work: UnitOfWork) -> AnyRow | None:
    """The oldest comparison that is not done; one that another process works on is left to it."""
    statement = (
        select(list_comparison)
        .where(_run.state != ComparisonState.DONE)
        .order_by(_run.comparison_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await work.connection.execute(statement)).one_or_none()


async def move_on(work: UnitOfWork, comparison_id: str, **values: Any) -> None:
    done = {"finished_at": work.now} if values.get("state") is ComparisonState.DONE else {}
    statement = update(list_comparison).where(_run.comparison_id == comparison_id)
    await work.connection.execute(statement.values(**values, **done))


async def read_comparison(connection: AsyncConnection, comparison_id: str) -> AnyRow | None:
    statement = select(list_comparison).where(_run.comparison_id == comparison_id)
    return (await connection.execute(statement)).one_or_none()


async def read_entries(work: UnitOfWork, list_id: str, after: int, limit: int) -> Sequence[AnyRow]:
    statement = select(provincial_entry).where(_entry.list_id == list_id, _entry.row > after)
    return (await work.connection.execute(statement.order_by(_entry.row).limit(limit))).all()


async def join_records(work: UnitOfWork, list_id: str, first: int, last: int) -> Sequence[AnyRow]:
    """Our penalties with the same subject and number as these rows of the list."""
    same = and_(_record.subject_key == _entry.subject_key, _record.document_key == _entry.document_key)
    statement = (
        select(_entry.row, *_OURS)
        .join_from(provincial_entry, record, same)
        .where(
            _entry.list_id == list_id,
            _entry.row.between(first, last),
            _entry.subject_key != "",
            _entry.document_key != "",
            _record.kind == RecordKind.PENALTY,
        )
        .order_by(_entry.row, _record.record_id)
    )
    return (await work.connection.execute(statement)).all()


async def records_of(work: UnitOfWork, subjects: Collection[str], limit: int) -> Sequence[AnyRow]:
    """Penalties of these subjects, for the resolver."""
    chosen = among(work.dialect, _record.subject_key, sorted(subjects))
    statement = select(*_OURS).where(chosen, _record.kind == RecordKind.PENALTY)
    return (await work.connection.execute(statement.order_by(_record.record_id).limit(limit))).all()


async def count_records(work: UnitOfWork, subjects: Collection[str], first: date, last: date) -> dict[str, int]:
    """How many penalties of the period each of these subjects has."""
    statement = (
        select(_record.subject_key, func.count().label("number"))
        .where(among(work.dialect, _record.subject_key, sorted(subjects)), *_in_period(first, last))
        .group_by(_record.subject_key)
    )
    return {row.subject_key: row.number for row in await work.connection.execute(statement)}


async def leftovers(work: UnitOfWork, comparison_id: str, list_id: str, limit: int) -> Sequence[AnyRow]:
    """Rows that are still missing here, beside our penalties with their number whoever the subject is: one pass over
    the records."""
    statement = (
        select(
            *provincial_entry.c,
            _found.position,
            _found.because,
            *(column.label(f"our_{column.name}") for column in _OURS),
        )
        .join_from(list_finding, provincial_entry, and_(_entry.list_id == list_id, _entry.row == _found.row))
        .join(record, _record.document_key == _entry.document_key)
        .where(
            _found.comparison_id == comparison_id,
            _found.outcome == FindingOutcome.MISSING_HERE,
            _entry.document_key != "",
            _record.kind == RecordKind.PENALTY,
        )
        .order_by(_found.position, _record.record_id)
        .limit(limit)
    )
    return (await work.connection.execute(statement)).all()


async def unmatched_records(work: UnitOfWork, run: AnyRow, period: tuple[date, date], limit: int) -> Sequence[AnyRow]:
    """Our penalties of the period that no row of the list is about."""
    matched = select(_found.record_id).where(
        _found.comparison_id == run.comparison_id, _found.record_id == _record.record_id
    )
    listed = select(_entry.row).where(
        _entry.list_id == run.list_id, _entry.subject_key == _record.subject_key, _entry.document_key == ""
    )
    statement = (
        select(*_OURS, _record.authority_code)
        .where(
            _record.record_id > run.after_record,
            *_in_period(*period),
            _record.state == "valid",
            ~matched.exists(),
            ~listed.exists(),
        )
        .order_by(_record.record_id)
        .limit(limit)
    )
    return (await work.connection.execute(statement)).all()


def _in_period(first: date, last: date) -> tuple[Any, ...]:
    return (_record.kind == RecordKind.PENALTY, _record.decided_on.between(first, last))


async def insert_findings(work: UnitOfWork, comparison_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
    found = [{**row, "comparison_id": comparison_id} for row in rows]
    if found:
        await work.connection.execute(insert(list_finding), found)


async def replace_findings(work: UnitOfWork, comparison_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """By their positions; one executemany."""
    if not rows:
        return
    changed = ("outcome", "record_id", "because", "differences")
    mine = and_(_found.comparison_id == comparison_id, _found.position == bindparam("at_position"))
    statement = update(list_finding).where(mine).values({name: bindparam(f"new_{name}") for name in changed})
    await work.connection.execute(
        statement,
        [{"at_position": row["position"], **{f"new_{name}": row[name] for name in changed}} for row in rows],
    )


async def count_findings(connection: AsyncConnection, comparison_id: str) -> list[tuple[str, str, int]]:
    """(region, outcome, number)."""
    statement = (
        select(_found.region, _found.outcome, func.count())
        .where(_found.comparison_id == comparison_id)
        .group_by(_found.region, _found.outcome)
        .order_by(_found.region, _found.outcome)
    )
    return [(row[0], row[1], row[2]) for row in await connection.execute(statement)]


async def list_findings(
    connection: AsyncConnection, comparison_id: str, outcome: str | None, after: str | None, limit: int
) -> Sequence[AnyRow]:
    statement = select(list_finding).where(_found.comparison_id == comparison_id)
    if outcome is not None:
        statement = statement.where(_found.outcome == outcome)
    if after is not None:
        statement = statement.where(_found.position > after)
    return (await connection.execute(statement.order_by(_found.position).limit(limit))).all()


def as_json(items: Iterable[Any]) -> str:
    return json.dumps([asdict(item) for item in items], ensure_ascii=False)
