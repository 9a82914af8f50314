"""Queries of restorations: which publications were judged last under a revision, and what persons showed again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, tuple_

from services.disclosure.domain.display import PublicationState
from services.disclosure.domain.settle import settled_from
from services.disclosure.policy.tables import adoption
from services.disclosure.restorations.domain.restorable import Hidden
from services.disclosure.restorations.tables import restoration, restored_publication
from services.disclosure.tables import disclosed_record, explains, publication, publication_provenance
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import TakeDownReason

_record, _shown = disclosed_record.c, publication.c
_origin = publication_provenance.c
_HIDDEN = (PublicationState.OFFLINE, PublicationState.EXEMPT)


async def read_adoption(connection: AsyncConnection, revision: int) -> AnyRow | None:
    statement = select(adoption).where(adoption.c.revision == revision)
    return (await connection.execute(statement)).one_or_none()


async def read_facts(connection: AsyncConnection, record_ids: Sequence[str]) -> dict[str, AnyRow]:
    """Facts and ends of these records, by identifier."""
    statement = select(_record.record_id, _record.facts, _record.withdrawn, _record.repaired).where(
        _record.record_id.in_(record_ids)
    )
    return {row.record_id: row for row in await connection.execute(statement)}


async def list_hidden(
    connection: AsyncConnection, version: str, after: tuple[str, str] | None, limit: int
) -> Sequence[AnyRow]:
    """Hidden publications judged last by packs of this version, by key.

    No index holds the version: an act for the rare day on which packs proved wrong may read the table in passing.
    """
    statement = (
        select(
            _shown.record_id,
            _shown.audience,
            _shown.state,
            _shown.reason,
            _origin.provenance,
            _origin.basis,
            _record.facts,
            _record.withdrawn,
            _record.repaired,
        )
        .join(disclosed_record, _record.record_id == _shown.record_id)
        .join(publication_provenance, explains)
        .where(_shown.state.in_(_HIDDEN), _record.facts.is_not(None), ~_record.withdrawn, ~_record.repaired)
        .where(_origin.provenance.contains(f'"pack_version": "{version}"', autoescape=True))
        .order_by(_shown.record_id, _shown.audience)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(_shown.record_id, _shown.audience) > after)
    return (await connection.execute(statement)).all()


def hidden_of(row: AnyRow) -> Hidden:
    """A row of `list_hidden` as the publication that it is."""
    settled = settled_from(json.loads(row.provenance), json.loads(row.basis) if row.basis else None)
    return Hidden(PublicationState(row.state), TakeDownReason(row.reason) if row.reason else None, settled)


async def insert_act(work: UnitOfWork, act: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    await work.connection.execute(restoration.insert(), {**act, "restored_at": work.now})
    await work.connection.execute(restored_publication.insert(), list(rows))


async def list_acts(connection: AsyncConnection, after: str | None, limit: int) -> Sequence[AnyRow]:
    """Newest first."""
    statement = select(restoration).order_by(restoration.c.restoration_id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(restoration.c.restoration_id < after)
    return (await connection.execute(statement)).all()
