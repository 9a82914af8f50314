"""Queries of repair."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, select, update

from services.repair.domain.procedure import OPEN_STATES, ApplicationState
from services.repair.tables import absence, application, shown_record
from shared.calendars.dues import Due
from shared.database.types import AnyRow
from shared.database.upsert import upsert
from shared.messaging.unit_of_work import UnitOfWork


def due_values(due: Due | None) -> dict[str, Any]:
    """What an application keeps of the deadline of its next step; None ends the clock."""
    return {
        "due_at": due.at if due else None,
        "due_deadline": due.deadline if due else None,
        "due_from": due.counted_from if due else None,
        "due_provisional": due.provisional if due else False,
    }


async def note_shown(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the newest word of disclosure; an older one changes nothing."""
    statement = upsert(work.dialect, shown_record, keys=("record_id", "audience"), newer="generation")
    await work.connection.execute(statement, list(rows))


async def note_absences(work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    statement = upsert(work.dialect, absence, keys=("record_id", "portal"), newer="generation")
    await work.connection.execute(statement, list(rows))


async def shown(work: UnitOfWork, record_ids: Collection[str]) -> Sequence[AnyRow]:
    return (await work.connection.execute(_shown(record_ids))).all()


async def lock_shown(work: UnitOfWork, record_id: str) -> Sequence[AnyRow]:
    """The same for one record, so that two applications for it queue up."""
    return (await work.connection.execute(_shown([record_id]).with_for_update())).all()


def _shown(record_ids: Collection[str]) -> Select[*tuple[Any, ...]]:
    statement = select(shown_record).where(shown_record.c.record_id.in_(record_ids))
    return statement.order_by(shown_record.c.record_id, shown_record.c.audience)


async def absences(work: UnitOfWork, record_ids: Collection[str]) -> Sequence[AnyRow]:
    return (await work.connection.execute(select(absence).where(absence.c.record_id.in_(record_ids)))).all()


async def lock_application(work: UnitOfWork, application_id: str) -> AnyRow | None:
    statement = select(application).where(application.c.application_id == application_id).with_for_update()
    return (await work.connection.execute(statement)).one_or_none()


async def open_application_of(work: UnitOfWork, record_id: str) -> AnyRow | None:
    """An application for the record that is not decided against or closed: a second one is refused."""
    statement = select(application).where(application.c.record_id == record_id, application.c.state.in_(OPEN_STATES))
    return (await work.connection.execute(statement.limit(1))).one_or_none()


async def approved_of(work: UnitOfWork, record_ids: Collection[str]) -> list[AnyRow]:
    """Approved applications, locked; one that is just being decided is waited for.

    What a case needs comes in by three ways at once. Each first writes its part and then locks here, so that the last
    of them sees all parts.
    """
    statement = (
        select(application)
        .where(application.c.record_id.in_(record_ids), application.c.state.in_(OPEN_STATES))
        .order_by(application.c.application_id)
        .with_for_update()
    )
    rows = (await work.connection.execute(statement)).all()
    return [row for row in rows if row.state == ApplicationState.APPROVED]


async def close(work: UnitOfWork, application_ids: Collection[str]) -> None:
    if not application_ids:
        return
    await work.connection.execute(
        update(application)
        .where(application.c.application_id.in_(application_ids))
        .values(state=ApplicationState.CLOSED, closed_at=work.now)
    )
