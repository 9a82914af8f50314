"""Queries of the certificates: what each portal shows of one record, on what evidence, and what was issued."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from services.sync.certificates.domain.statement import Look, Standing
from services.sync.certificates.tables import certificate
from services.sync.portals.base import Sight
from services.sync.tables import content, observation, placement
from shared.contracts.records import Record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal, TakeDownReason


async def lock_standings(work: UnitOfWork, record_id: str) -> list[Standing]:
    """How one record stands everywhere, kept from other writers, so that no look comes between it and a signature."""
    rows = (await work.connection.execute(_entries_of(record_id).with_for_update())).all()
    return await _standings(work.connection, rows)


async def read_standings(connection: AsyncConnection, record_id: str) -> list[Standing]:
    return await _standings(connection, (await connection.execute(_entries_of(record_id))).all())


def _entries_of(record_id: str) -> Select[Any]:
    """The placements of a record and of its former entries, in the sequence in which every writer locks them."""
    columns = placement.c
    former = and_(columns.former_of.is_not(None), columns.former_of == record_id)
    mine = or_(columns.record_id == record_id, former)
    return select(placement).where(mine).order_by(columns.record_id, columns.portal)


async def _standings(connection: AsyncConnection, rows: Sequence[AnyRow]) -> list[Standing]:
    looks = await _newest_absences(connection, {row.record_id for row in rows})
    found = [_standing(row, looks.get((row.portal, row.record_id))) for row in rows]
    return sorted(found, key=lambda one: (one.former, one.portal, one.entry))


async def _newest_absences(connection: AsyncConnection, entries: Collection[str]) -> dict[tuple[str, str], Look]:
    """The newest look at each portal that saw each of these entries gone as it was wanted to be."""
    columns = observation.c
    newest = (
        select(func.max(columns.observation_id))
        .where(columns.record_id.in_(entries), columns.as_wanted, columns.sight == Sight.ABSENT)
        .group_by(columns.portal, columns.record_id)
    )
    statement = select(observation).where(columns.observation_id.in_(newest))
    return {
        (row.portal, row.record_id): Look(row.observation_id, row.generation, row.observed_at)
        for row in await connection.execute(statement)
    }


def _standing(row: AnyRow, look: Look | None) -> Standing:
    return Standing(
        portal=Portal(row.portal),
        entry=row.record_id,
        former=row.former_of is not None,
        take_down=row.take_down,
        ground=TakeDownReason(row.reason) if row.reason else None,
        generation=row.generation,
        observed_generation=row.observed_generation,
        observed=row.observed,
        observed_at=row.observed_at,
        ordered_at=row.wanted_at,
        acknowledged_at=row.acknowledged_at,
        named=row.portal_key is not None,
        look=look,
    )


async def seen_since(connection: AsyncConnection, entries: Collection[str]) -> Sequence[AnyRow]:
    """Every look that saw one of these entries, newest first; a certificate takes those after its own."""
    columns = observation.c
    told = columns.observation_id, columns.record_id, columns.portal, columns.generation, columns.observed_at
    mine = select(*told).where(columns.record_id.in_(entries), columns.sight == Sight.PRESENT)
    return (await connection.execute(mine.order_by(columns.observation_id.desc()))).all()


async def read_content(connection: AsyncConnection, record_id: str) -> Record | None:
    """What the record said, whichever audience heard it last."""
    columns = content.c
    newest = select(columns.body).where(columns.record_id == record_id)
    body = await connection.scalar(newest.order_by(columns.source_generation.desc(), columns.audience).limit(1))
    return Record.model_validate_json(body) if body else None


async def newest_of(connection: AsyncConnection, record_id: str) -> AnyRow | None:
    statement = select(certificate).where(certificate.c.record_id == record_id)
    return (await connection.execute(statement.order_by(certificate.c.certificate_id.desc()).limit(1))).one_or_none()


async def read(connection: AsyncConnection, certificate_id: str) -> AnyRow | None:
    statement = select(certificate).where(certificate.c.certificate_id == certificate_id)
    return (await connection.execute(statement)).one_or_none()


async def insert(work: UnitOfWork, row: dict[str, object]) -> None:
    await work.connection.execute(certificate.insert(), row)
