"""Queries of the self-check. They only read, but for the night's one row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from services.disclosure.column.tables import column_entry
from services.disclosure.domain.display import ENDED, PublicationState
from services.disclosure.forms.domain.buckets import What
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.policy.tables import adoption, pack_file
from services.disclosure.restorations.tables import restored_publication
from services.disclosure.self_check.tables import self_check
from services.disclosure.tables import disclosed_record, explains, publication, publication_provenance
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Audience, RecordKind, SubjectKind, TakeDownReason

_shown, _record, _entered = publication.c, disclosed_record.c, ledger_entry.c
_is_online = _shown.state == PublicationState.ONLINE
_TIDIED_WITHIN = timedelta(days=1)


async def newest(connection: AsyncConnection) -> AnyRow | None:
    statement = select(self_check).order_by(self_check.c.checked_on.desc()).limit(1)
    return (await connection.execute(statement)).one_or_none()


async def read_windows(connection: AsyncConnection, after: str, records: int) -> Sequence[AnyRow]:
    """The publications of the next records, in the order of their identifiers."""
    chosen = (
        select(_record.record_id).where(_record.record_id > after).order_by(_record.record_id).limit(records).subquery()
    )
    statement = (
        select(
            chosen.c.record_id,
            _shown.audience,
            publication_provenance.c.provenance,
            publication_provenance.c.basis,
            _shown.opens_on,
            _shown.closes_on,
            _shown.offline_on,
            _shown.repair_from_on,
        )
        .outerjoin_from(chosen, publication, _shown.record_id == chosen.c.record_id)
        .outerjoin(publication_provenance, explains)
        .order_by(chosen.c.record_id)
    )
    return (await connection.execute(statement)).all()


async def read_packs(connection: AsyncConnection) -> dict[str, dict[str, str]]:
    """The texts of every adoption by their version, the newest adoption of a version."""
    statement = select(adoption.c.version, pack_file.c.name, pack_file.c.text).join(
        pack_file, pack_file.c.revision == adoption.c.revision
    )
    texts: dict[str, dict[str, str]] = {}
    for row in await connection.execute(statement.order_by(adoption.c.revision)):
        texts.setdefault(row.version, {})[row.name] = row.text
    return texts


async def count_ledger_differences(connection: AsyncConnection, now: datetime) -> int:
    """Penalties shown and never entered, ended and not entered so, and rows of the search index without display.

    A row whose window ended within the last day is not one: the index is tidied afterwards.

    A record that a person showed again stays entered as ended: it counts once (ruling R35).
    """
    return sum([await _count(connection, which) for which in (_not_entered(), _not_ended(), _not_shown(now))])


async def _count(connection: AsyncConnection, statement: Any) -> int:
    return await connection.scalar(select(func.count()).select_from(statement.subquery())) or 0


def _not_entered() -> Any:
    return (
        select(_shown.record_id)
        .join(disclosed_record, _record.record_id == _shown.record_id)
        .where(
            _shown.audience == Audience.OWN_COLUMN,
            _is_online,
            _record.kind == RecordKind.PENALTY,
            _record.subject_kind != SubjectKind.NATURAL_PERSON,
            ~_is_entered(_shown.record_id, What.PUBLISHED),
        )
    )


def _not_ended() -> Any:
    """Entered as published, and whether it has ended is not what the column says."""
    restored = exists().where(
        restored_publication.c.record_id == _entered.record_id,
        restored_publication.c.audience == Audience.OWN_COLUMN,
    )
    return (
        select(_entered.record_id)
        .join(publication, and_(_shown.record_id == _entered.record_id, _shown.audience == Audience.OWN_COLUMN))
        .where(
            _entered.what == What.PUBLISHED,
            _shown.state.in_(ENDED) != _is_entered(_entered.record_id, What.EXITED),
            ~restored,
        )
    )


def _not_shown(now: datetime) -> Any:
    own = and_(_shown.record_id == column_entry.c.record_id, _shown.audience == Audience.OWN_COLUMN)
    just_ended = and_(_shown.reason == TakeDownReason.WINDOW_EXPIRED, _shown.changed_at > now - _TIDIED_WITHIN)
    return select(column_entry.c.record_id).where(~exists().where(own, or_(_is_online, just_ended)))


def _is_entered(record_id: ColumnElement[Any], what: What) -> ColumnElement[bool]:
    other = ledger_entry.alias(f"as_{what}").c
    return exists().where(other.record_id == record_id, other.what == what)


async def insert_result(work: UnitOfWork, row: dict[str, object]) -> None:
    """Two processes that checked in the same night leave one row."""
    await work.connection.execute(insert_new(work.dialect, self_check), {**row, "finished_at": work.now})


async def list_results(connection: AsyncConnection, limit: int) -> Sequence[AnyRow]:
    return (await connection.execute(select(self_check).order_by(self_check.c.checked_on.desc()).limit(limit))).all()
