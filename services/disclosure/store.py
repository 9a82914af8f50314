"""Queries of disclosure: one statement for all records of a message."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.disclosure.domain.display import PublicationState
from services.disclosure.metrics import TAKEN_DOWN
from services.disclosure.tables import disclosed_record, publication
from shared.contracts.events import RecordAdmitted, RecordAmended
from shared.database.types import AnyRow
from shared.database.upsert import insert_for, upsert
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Window, as_json
from shared.vocabulary import Audience, TakeDownReason


@dataclass(frozen=True)
class KnownRecord:
    """What must be known of a record before it is judged anew."""

    source_generation: int
    withdrawn: bool
    repaired: bool


@dataclass(frozen=True)
class StoredPublication:
    """One audience of one record as it stands."""

    generation: int
    state: PublicationState
    reason: str | None


@dataclass(frozen=True)
class PublicationChange:
    """One audience of one record as it shall stand."""

    record_id: str
    generation: int
    state: PublicationState
    window: Window
    reason: TakeDownReason | None


@dataclass(frozen=True)
class TakenDown:
    """A publication that has just gone offline, with its new generation."""

    record_id: str
    audience: Audience
    generation: int
    offline_on: date | None


async def find_records(work: UnitOfWork, record_ids: Iterable[str]) -> dict[str, KnownRecord]:
    """Locked in order of their id, so that two messages about the same record queue up."""
    columns = disclosed_record.c
    statement = (
        select(columns.record_id, columns.source_generation, columns.withdrawn, columns.repaired)
        .where(columns.record_id.in_(list(record_ids)))
        .order_by(columns.record_id)
        .with_for_update()
    )
    return {
        row.record_id: KnownRecord(row.source_generation, row.withdrawn, row.repaired)
        for row in await work.connection.execute(statement)
    }


async def find_publications(work: UnitOfWork, record_ids: Sequence[str]) -> dict[tuple[str, str], StoredPublication]:
    columns = publication.c
    statement = select(columns.record_id, columns.audience, columns.generation, columns.state, columns.reason).where(
        columns.record_id.in_(record_ids)
    )
    return {
        (row.record_id, row.audience): StoredPublication(row.generation, PublicationState(row.state), row.reason)
        for row in await work.connection.execute(statement)
    }


async def store_records(work: UnitOfWork, told: Sequence[RecordAdmitted | RecordAmended]) -> None:
    if not told:
        return
    rows = [
        {
            "record_id": event.record_id,
            "source_generation": event.generation,
            "kind": event.record.kind,
            "region": event.record.region,
            "decided_on": event.record.decided_on,
            "first_submitted_on": event.first_submitted_on,
            "withdrawn": False,
            "repaired": False,
            "body": event.record.model_dump_json(),
        }
        for event in sorted(told, key=lambda event: event.record_id)
    ]
    statement = upsert(work.dialect, disclosed_record, keys=("record_id",), keep=("withdrawn", "repaired"))
    await work.connection.execute(statement, rows)


async def store_publications(work: UnitOfWork, changes: Sequence[PublicationChange]) -> None:
    if not changes:
        return
    rows = [_row(work, change) for change in changes]
    rows.sort(key=lambda row: (row["record_id"], row["audience"]))
    await work.connection.execute(upsert(work.dialect, publication, keys=("record_id", "audience")), rows)


def _row(work: UnitOfWork, change: PublicationChange) -> dict[str, Any]:
    window = change.window
    return {
        "record_id": change.record_id,
        "audience": window.audience,
        "generation": change.generation,
        "state": change.state,
        "severity": window.severity,
        "needs_confirmation": window.needs_confirmation,
        "opens_on": window.opens_on,
        "closes_on": window.closes_on,
        "offline_on": window.offline_on,
        "repair_from_on": window.repair_from_on,
        "rule_id": window.provenance.rule_id,
        "provenance": json.dumps(as_json(window), ensure_ascii=False),
        "reason": change.reason,
        "changed_at": work.now,
    }


async def mark_withdrawn(work: UnitOfWork, generations: Mapping[str, int]) -> None:
    """Record id to the generation of the withdrawal. A record that has not arrived yet meets this row when it does."""
    statement = insert_for(work.dialect, disclosed_record)
    newer = case(
        (
            disclosed_record.c.source_generation < statement.excluded.source_generation,
            statement.excluded.source_generation,
        ),
        else_=disclosed_record.c.source_generation,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["record_id"], set_={"withdrawn": True, "source_generation": newer}
    )
    rows = [
        {"record_id": record_id, "source_generation": generation, "withdrawn": True, "repaired": False}
        for record_id, generation in sorted(generations.items())
    ]
    await work.connection.execute(statement, rows)


async def mark_repaired(work: UnitOfWork, record_ids: Collection[str]) -> None:
    await work.connection.execute(
        update(disclosed_record).where(disclosed_record.c.record_id.in_(record_ids)).values(repaired=True)
    )


async def take_down(work: UnitOfWork, record_ids: Collection[str], reason: TakeDownReason) -> list[TakenDown]:
    """Everything of these records that is still online goes offline."""
    return await _go_offline(work, publication.c.record_id.in_(record_ids), reason)


async def expire(work: UnitOfWork, today: date, reason: TakeDownReason, *, limit: int) -> list[TakenDown]:
    """What is online and may not be shown today."""
    due = (
        select(publication.c.record_id, publication.c.audience)
        .where(publication.c.state == PublicationState.ONLINE, publication.c.offline_on <= today)
        .order_by(publication.c.offline_on)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _go_offline(work, tuple_(publication.c.record_id, publication.c.audience).in_(due), reason)


async def _go_offline(work: UnitOfWork, which: ColumnElement[bool], reason: TakeDownReason) -> list[TakenDown]:
    statement = (
        update(publication)
        .where(and_(publication.c.state == PublicationState.ONLINE, which))
        .values(
            state=PublicationState.OFFLINE,
            reason=reason,
            generation=publication.c.generation + 1,
            changed_at=work.now,
        )
        .returning(publication.c.record_id, publication.c.audience, publication.c.generation, publication.c.offline_on)
    )
    rows = (await work.connection.execute(statement)).all()
    TAKEN_DOWN.labels(reason).inc(len(rows))
    return [TakenDown(row.record_id, Audience(row.audience), row.generation, row.offline_on) for row in rows]


async def read_publications(connection: AsyncConnection, record_id: str) -> Sequence[AnyRow]:
    statement = select(publication).where(publication.c.record_id == record_id).order_by(publication.c.audience)
    return (await connection.execute(statement)).all()


async def count_publications(connection: AsyncConnection) -> Sequence[AnyRow]:
    columns = publication.c
    statement = select(columns.audience, columns.state, func.count().label("number")).group_by(
        columns.audience, columns.state
    )
    return (await connection.execute(statement)).all()


async def count_expiring(connection: AsyncConnection, by: date) -> dict[str, int]:
    columns = publication.c
    statement = (
        select(columns.audience, func.count().label("number"))
        .where(columns.state == PublicationState.ONLINE, columns.offline_on <= by)
        .group_by(columns.audience)
    )
    return {row.audience: row.number for row in await connection.execute(statement)}
