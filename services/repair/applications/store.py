"""Queries of applications: one statement for all of a step, whatever their number."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, update

from services.repair.applications.domain.case import OPEN_STATES, Action, ApplicationState, Case, RecordOutcome
from services.repair.applications.tables import application, application_record, application_step
from shared.clock import legal_date
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Taken:
    """One step as it is kept: which application came from where to where, by whom and why."""

    application_id: str
    action: Action
    before: Case | None
    after: Case
    actor: str
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def case_of(row: AnyRow) -> Case:
    """A row of `application` as the value that the machine knows."""
    return Case(
        state=ApplicationState(row.state),
        version=row.version,
        two_people=row.two_people,
        resumes=ApplicationState(row.resumes) if row.resumes else None,
        supplement_requested=row.supplement_requested_on is not None,
        first_reviewer=row.first_reviewer,
        served=row.served_on is not None,
    )


async def insert(work: UnitOfWork, row: Mapping[str, Any], records: Sequence[Mapping[str, Any]], taken: Taken) -> None:
    """A new application with its records. A second open one for a record breaks the unique index."""
    await work.connection.execute(application.insert(), dict(row))
    await work.connection.execute(application_record.insert(), [dict(one) for one in records])
    await _insert_steps(work, [taken])


async def lock(work: UnitOfWork, application_id: str) -> AnyRow | None:
    statement = select(application).where(application.c.application_id == application_id).with_for_update()
    return (await work.connection.execute(statement)).one_or_none()


async def lock_approved(work: UnitOfWork, record_ids: Collection[str]) -> list[AnyRow]:
    """Approved applications for these records; one that is just being decided is waited for.

    What a case needs comes in by several ways at once. Each first writes its part and then locks here, so that the last
    of them sees all parts.
    """
    theirs = select(application_record.c.application_id).where(
        application_record.c.record_id.in_(record_ids), application_record.c.is_open
    )
    statement = (
        select(application)
        .where(application.c.application_id.in_(theirs), application.c.state.in_(sorted(OPEN_STATES)))
        .order_by(application.c.application_id)
        .with_for_update()
    )
    rows = (await work.connection.execute(statement)).all()
    return [row for row in rows if row.state == ApplicationState.APPROVED]


async def lock_some(work: UnitOfWork, application_ids: Sequence[str]) -> list[AnyRow]:
    """These applications, but for those that somebody else holds."""
    statement = select(application).where(application.c.application_id.in_(application_ids))
    ordered = statement.order_by(application.c.application_id).with_for_update(skip_locked=True)
    return list((await work.connection.execute(ordered)).all())


async def store_steps(work: UnitOfWork, steps: Sequence[Taken]) -> None:
    """Where these applications are now, and the steps that led there."""
    if not steps:
        return
    statement = (
        update(application)
        .where(application.c.application_id == bindparam("of_application"))
        .values(
            state=bindparam("to_state"),
            state_since=work.now,
            version=bindparam("to_version"),
            resumes=bindparam("to_resume"),
            first_reviewer=bindparam("reviewed_by"),
        )
    )
    await work.connection.execute(statement, [_standing(one) for one in steps])
    await _insert_steps(work, steps)


async def set_columns(work: UnitOfWork, application_ids: Collection[str], **values: Any) -> None:
    await work.connection.execute(
        update(application).where(application.c.application_id.in_(application_ids)).values(**values)
    )


async def settle_records(work: UnitOfWork, application_ids: Collection[str]) -> None:
    """Nothing of these applications is open any more."""
    which = application_record.c.application_id.in_(application_ids)
    await work.connection.execute(update(application_record).where(which).values(is_open=False))


async def set_outcomes(work: UnitOfWork, application_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """`rows` hold record_id, outcome, reason, is_open and barred_until."""
    statement = (
        update(application_record)
        .where(
            application_record.c.application_id == application_id,
            application_record.c.record_id == bindparam("of_record"),
        )
        .values(
            outcome=bindparam("to_outcome"),
            reason=bindparam("why"),
            is_open=bindparam("stays_open"),
            barred_until=bindparam("bar"),
        )
    )
    await work.connection.execute(
        statement,
        [
            {
                "of_record": row["record_id"],
                "to_outcome": row["outcome"],
                "why": row["reason"],
                "stays_open": row["is_open"],
                "bar": row.get("barred_until"),
            }
            for row in rows
        ],
    )


async def records_of(connection: AsyncConnection, application_ids: Collection[str]) -> Sequence[AnyRow]:
    statement = select(application_record).where(application_record.c.application_id.in_(application_ids))
    ordered = statement.order_by(application_record.c.application_id, application_record.c.record_id)
    return (await connection.execute(ordered)).all()


async def open_for(connection: AsyncConnection, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """Open applications for these records: a second one is refused."""
    columns = application_record.c
    statement = select(columns.record_id, columns.application_id).where(
        columns.record_id.in_(record_ids), columns.is_open
    )
    return (await connection.execute(statement)).all()


async def bars_on(connection: AsyncConnection, record_ids: Collection[str]) -> Sequence[AnyRow]:
    """Bars on a new application after a revocation, the longest last."""
    columns = application_record.c
    statement = select(columns.record_id, columns.barred_until).where(
        columns.record_id.in_(record_ids), columns.barred_until.is_not(None)
    )
    return (await connection.execute(statement.order_by(columns.barred_until))).all()


async def read(connection: AsyncConnection, application_id: str) -> AnyRow | None:
    statement = select(application).where(application.c.application_id == application_id)
    return (await connection.execute(statement)).one_or_none()


async def steps_of(connection: AsyncConnection, application_id: str) -> Sequence[AnyRow]:
    statement = select(application_step).where(application_step.c.application_id == application_id)
    return (await connection.execute(statement.order_by(application_step.c.version))).all()


@dataclass(frozen=True)
class Wanted:
    """What of the applications a list is to show; None does not narrow it."""

    state: str | None = None
    record_id: str | None = None
    subjects: frozenset[str] | None = None


async def page(connection: AsyncConnection, wanted: Wanted, after: str | None, limit: int) -> Sequence[AnyRow]:
    """Newest first."""
    return (await connection.execute(_narrowed(wanted, after).limit(limit))).all()


def _narrowed(wanted: Wanted, after: str | None) -> Select[*tuple[Any, ...]]:
    statement = select(application).order_by(application.c.application_id.desc())
    conditions = []
    if wanted.state is not None:
        conditions.append(application.c.state == wanted.state)
    if wanted.subjects is not None:
        conditions.append(application.c.subject_key.in_(sorted(wanted.subjects)))
    if wanted.record_id is not None:
        theirs = select(application_record.c.application_id).where(application_record.c.record_id == wanted.record_id)
        conditions.append(application.c.application_id.in_(theirs))
    if after is not None:
        conditions.append(application.c.application_id < after)
    return statement.where(and_(True, *conditions))


def _standing(one: Taken) -> dict[str, Any]:
    return {
        "of_application": one.application_id,
        "to_state": one.after.state,
        "to_version": one.after.version,
        "to_resume": one.after.resumes,
        "reviewed_by": one.after.first_reviewer,
    }


async def _insert_steps(work: UnitOfWork, steps: Iterable[Taken]) -> None:
    rows = [
        {
            "application_id": one.application_id,
            "version": one.after.version,
            "action": one.action,
            "from_state": one.before.state if one.before else None,
            "to_state": one.after.state,
            "actor": one.actor,
            "reason": mask_free_text(one.reason),
            "taken_on": legal_date(work.now),
            "taken_at": work.now,
            "detail": json.dumps(dict(one.detail), ensure_ascii=False),
        }
        for one in steps
    ]
    await work.connection.execute(application_step.insert(), rows)


def approved_records(rows: Iterable[AnyRow]) -> list[str]:
    return [row.record_id for row in rows if row.outcome == RecordOutcome.APPROVED]
