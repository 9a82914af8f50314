"""One record on one time axis (时间线): what was ordered, sent, seen, found different and certified, the newest first.

Each source is read by its index of the record, a page of each; former entries (旧条目) count for their record.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, String, Table, and_, cast, literal, null, or_, select

from services.sync.certificates.tables import certificate
from services.sync.tables import drift, observation, placement, push_attempt
from services.sync.watch.domain.timeline import TAKEN, What
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.tables import change
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow

Position = tuple[datetime, int, str]
"""Instant, rank of the source and identifier of the last line that was shown."""


@dataclass(frozen=True)
class _Source:
    what: What
    table: Table
    at: str
    key: str
    columns: dict[str, ColumnElement[Any]]
    only: ColumnElement[bool] | None = None
    failures: ColumnElement[bool] | None = None


_A, _O, _D, _C = push_attempt.c, observation.c, drift.c, change.c
_ORDERS = (ChangeType.SHOW_ORDERED, ChangeType.HIDE_ORDERED)
_SOURCES = (
    _Source(
        What.CERTIFICATE,
        certificate,
        "issued_at",
        "certificate_id",
        {"outcome": literal("issued"), "detail": certificate.c.certificate_id},
    ),
    _Source(
        What.MENDED,
        drift,
        "mended_at",
        "drift_id",
        {"portal": _D.portal, "outcome": _D.kind, "run_id": _D.run_id},
        _D.mended_at.is_not(None),
    ),
    _Source(
        What.DRIFT,
        drift,
        "found_at",
        "drift_id",
        {"portal": _D.portal, "outcome": _D.kind, "differences": _D.differences, "run_id": _D.run_id},
        failures=_D.found_at.is_not(None),
    ),
    _Source(
        What.OBSERVATION,
        observation,
        "observed_at",
        "observation_id",
        {
            "portal": _O.portal,
            "generation": _O.generation,
            "outcome": _O.sight,
            "as_wanted": _O.as_wanted,
            "detail": _O.found_on,
            "differences": _O.differences,
        },
        failures=_O.as_wanted.is_(False),
    ),
    _Source(
        What.PUSH,
        push_attempt,
        "attempted_at",
        "attempt_id",
        {
            "portal": _A.portal,
            "generation": _A.generation,
            "outcome": _A.outcome,
            "code": _A.code,
            "detail": _A.message,
            "seconds": _A.seconds,
        },
        failures=_A.outcome.not_in(TAKEN),
    ),
    _Source(
        What.WANTED,
        change,
        "at",
        "change_id",
        {"portal": _C.portal, "generation": _C.generation, "outcome": _C.type},
        _C.type.in_(_ORDERS),
    ),
)
_FIELDS = (
    "portal", "generation", "outcome", "code", "detail", "as_wanted", "differences", "seconds", "run_id",
)  # fmt: skip


async def family_of(connection: AsyncConnection, record_id: str) -> Sequence[str]:
    """The record and its former entries; empty when no portal shall show it."""
    c = placement.c
    former = and_(c.former_of.is_not(None), c.former_of == record_id)
    statement = select(c.record_id).where(or_(c.record_id == record_id, former)).distinct()
    return (await connection.execute(statement)).scalars().all()


async def read_timeline(
    connection: AsyncConnection,
    record_ids: Collection[str],
    what: Collection[What],
    *,
    failures: bool,
    after: Position | None,
    limit: int,
) -> list[AnyRow]:
    """Lines as `at`, `rank`, `key`, `what` and the fields of each source; newest first, at most `limit`."""
    found: list[AnyRow] = []
    for rank, source in enumerate(_SOURCES):
        if source.what not in what or (failures and source.failures is None):
            continue
        statement = _lines(source, rank, record_ids, after)
        if failures and source.failures is not None:
            statement = statement.where(source.failures)
        found += (await connection.execute(statement.limit(limit))).all()
    return sorted(found, key=lambda row: (-row.at.timestamp(), row.rank, _descending(row)))[:limit]


def _descending(row: AnyRow) -> Any:
    """Within one source and instant the newer line first."""
    return -row.key if isinstance(row.key, int) else tuple(-ord(sign) for sign in row.key)


def _lines(source: _Source, rank: int, record_ids: Collection[str], after: Position | None) -> Select[Any]:
    c = source.table.c
    at, key = c[source.at], c[source.key]
    columns = [source.columns.get(name, cast(null(), String)).label(name) for name in _FIELDS]
    statement = select(
        at.label("at"),
        literal(rank).label("rank"),
        key.label("key"),
        literal(source.what.value).label("what"),
        *columns,
    ).where(c.record_id.in_(record_ids))
    if source.only is not None:
        statement = statement.where(source.only)
    if after is not None:
        statement = statement.where(_older(at, key, rank, after))
    return statement.order_by(at.desc(), key.desc())


def _older(at: Column[Any], key: Column[Any], rank: int, after: Position) -> ColumnElement[bool]:
    instant, last, last_key = literal(after[0], at.type), after[1], after[2]
    if rank != last:
        older: ColumnElement[bool] = at <= instant if rank > last else at < instant
        return older
    value = int(last_key) if last_key.isdigit() and len(last_key) < 19 else last_key
    return or_(at < instant, and_(at == instant, key < literal(value, key.type)))
