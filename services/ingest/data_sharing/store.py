"""Queries of the data-sharing list: grouped by the database, bounded by days and pages."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, insert, select, tuple_, update

from services.ingest.data_sharing.domain.figures import FIGURES, KEYS, digest_of
from services.ingest.data_sharing.tables import (
    data_share,
    data_sharing_anomaly,
    data_sharing_sign_off,
    data_source,
)
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork

_shared, _source = data_share.c, data_source.c
_ticket, _signed = data_sharing_anomaly.c, data_sharing_sign_off.c
_OVERLAP = timedelta(days=3)  # a long transaction may commit rows of an earlier day after later ones


def _sums() -> list[Any]:
    return [func.coalesce(func.sum(_shared[name]), 0).label(name) for name in FIGURES]


def _keys() -> tuple[Any, ...]:
    return tuple(_shared[name] for name in KEYS)


async def list_day(connection: AsyncConnection, day: date, after: Sequence[str] | None, limit: int) -> Sequence[AnyRow]:
    """The lines of a day by source, authority and kind."""
    statement = (
        select(*_keys(), *_sums(), func.max(_shared.received_at).label("last_received_at"))
        .where(_shared.on_day == day)
        .group_by(*_keys())
        .order_by(*_keys())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(*_keys()) > tuple_(*after))
    return (await connection.execute(statement)).all()


async def sum_days(connection: AsyncConnection, first: date, last: date) -> dict[date, dict[str, int]]:
    """The sums of each day that brought anything."""
    statement = select(_shared.on_day, *_sums()).where(_shared.on_day.between(first, last)).group_by(_shared.on_day)
    return {
        row.on_day: {name: int(row._mapping[name]) for name in FIGURES} for row in await connection.execute(statement)
    }


async def digest_days(connection: AsyncConnection, first: date, last: date) -> dict[date, str]:
    """The digest of each day's lines; read as a stream, a day at a time."""
    statement: Select[Any] = (
        select(_shared.on_day, *_keys(), *_sums())
        .where(_shared.on_day.between(first, last))
        .group_by(_shared.on_day, *_keys())
        .order_by(_shared.on_day, *_keys())
    )
    rows = (await connection.execute(statement)).all()
    return {
        day: digest_of([[*row[1:4], *map(int, row[4:])] for row in lines])
        for day, lines in groupby(rows, key=lambda row: row.on_day)
    }


async def digest_day(connection: AsyncConnection, day: date) -> str:
    """The same for one day; a day without a line has a digest too."""
    return (await digest_days(connection, day, day)).get(day, digest_of([]))


async def first_day(connection: AsyncConnection) -> date | None:
    """The first day on which anything was received."""
    first: date | None = await connection.scalar(select(func.min(_shared.on_day)))
    return first


async def read_sign_offs(connection: AsyncConnection, first: date, last: date) -> dict[date, AnyRow]:
    statement = select(data_sharing_sign_off).where(_signed.on_day.between(first, last))
    return {row.on_day: row for row in await connection.execute(statement)}


async def insert_sign_off(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    """A plain insert: who signs the same day at the same moment is told that it is signed."""
    await work.connection.execute(insert(data_sharing_sign_off), {**row, "signed_at": work.now})


async def insert_anomaly(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    await work.connection.execute(insert(data_sharing_anomaly), {**row, "opened_at": work.now})


async def lock_anomaly(work: UnitOfWork, anomaly_id: str) -> AnyRow | None:
    statement = select(data_sharing_anomaly).where(_ticket.anomaly_id == anomaly_id).with_for_update()
    return (await work.connection.execute(statement)).one_or_none()


async def read_anomaly(connection: AsyncConnection, anomaly_id: str) -> AnyRow | None:
    statement = select(data_sharing_anomaly).where(_ticket.anomaly_id == anomaly_id)
    return (await connection.execute(statement)).one_or_none()


async def resolve_anomaly(work: UnitOfWork, anomaly_id: str, values: Mapping[str, Any]) -> None:
    await work.connection.execute(
        update(data_sharing_anomaly).where(_ticket.anomaly_id == anomaly_id).values(**values, resolved_at=work.now)
    )


async def list_anomalies(
    connection: AsyncConnection, state: str | None, day: date | None, after: str | None, limit: int
) -> Sequence[AnyRow]:
    statement = select(data_sharing_anomaly).order_by(_ticket.anomaly_id).limit(limit)
    if state is not None:
        statement = statement.where(_ticket.state == state)
    if day is not None:
        statement = statement.where(_ticket.on_day == day)
    if after is not None:
        statement = statement.where(_ticket.anomaly_id > after)
    return (await connection.execute(statement)).all()


async def note_sources(work: UnitOfWork) -> int:
    """Learn from the shares who has sent what last; returns how many sources were looked at."""
    newest = await work.connection.scalar(select(func.max(_source.last_received_on)))
    statement = select(
        _shared.source,
        _shared.kind,
        func.min(_shared.on_day).label("first_received_on"),
        func.max(_shared.on_day).label("last_received_on"),
        func.max(_shared.received_at).label("last_received_at"),
    ).group_by(_shared.source, _shared.kind)
    if newest is not None:
        statement = statement.where(_shared.on_day >= newest - _OVERLAP)
    found = [dict(row._mapping) for row in await work.connection.execute(statement)]
    if found:
        person = {"expected_working_days": None, "set_by": None, "reason": None, "set_at": None}
        kept = ("first_received_on", *person)
        statement_in = upsert(work.dialect, data_source, keys=("source", "kind"), newer="last_received_at", keep=kept)
        rows = sorted(found, key=lambda row: (row["source"], row["kind"]))
        await work.connection.execute(statement_in, [{**row, **person} for row in rows])
    return len(found)


async def list_sources(connection: AsyncConnection, after: Sequence[str] | None, limit: int) -> Sequence[AnyRow]:
    statement = select(data_source).order_by(_source.source, _source.kind).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(_source.source, _source.kind) > tuple_(*after))
    return (await connection.execute(statement)).all()


async def last_days(connection: AsyncConnection, since: date) -> dict[str, tuple[date, str]]:
    """Of each authority the last day that brought rows of it, whoever sent them, and one who did."""
    newest = (
        select(_shared.authority_code, func.max(_shared.on_day).label("on_day"))
        .where(_shared.on_day >= since, _shared.authority_code != "")
        .group_by(_shared.authority_code)
        .subquery()
    )
    statement = (
        select(newest.c.authority_code, newest.c.on_day, func.min(_shared.source))
        .join(data_share, (_shared.on_day == newest.c.on_day) & (_shared.authority_code == newest.c.authority_code))
        .group_by(newest.c.authority_code, newest.c.on_day)
    )
    return {code: (on, source) for code, on, source in await connection.execute(statement)}


async def set_rhythm(work: UnitOfWork, source: str, kind: str, values: Mapping[str, Any]) -> bool:
    """Whether there is such a source."""
    mine = (_source.source == source) & (_source.kind == kind)
    changed = await work.connection.execute(update(data_source).where(mine).values(**values, set_at=work.now))
    return bool(changed.rowcount)


async def read_source(connection: AsyncConnection, source: str, kind: str) -> AnyRow | None:
    mine = (_source.source == source) & (_source.kind == kind)
    return (await connection.execute(select(data_source).where(mine))).one_or_none()


async def count_completeness(
    connection: AsyncConnection, first: date, last: date, working_days: Collection[date]
) -> Sequence[AnyRow]:
    """What each authority's records brought in the period, whoever sent them."""
    filled = func.count(func.distinct(_shared.on_day)).filter(_shared.on_day.in_(working_days))
    statement = (
        select(
            _shared.authority_code,
            *_sums(),
            filled.label("days_with_data"),
            func.max(_shared.on_day).label("last_received_on"),
        )
        .where(_shared.on_day.between(first, last))
        .group_by(_shared.authority_code)
        .order_by(_shared.authority_code)
    )
    return (await connection.execute(statement)).all()
