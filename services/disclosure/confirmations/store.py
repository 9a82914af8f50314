"""Queries about what people decided, and about what waits for them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, or_, select, union_all, update

from services.disclosure.confirmations.tables import approval, confirmation
from services.disclosure.domain.display import ENDED, Approval, PublicationState
from services.disclosure.tables import (
    NEEDS_CONFIRMATION,
    disclosed_record,
    explained_publication,
    foreseen_end,
    foresees,
    publication,
)
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork

_PUBLIC = (disclosed_record.c.body.is_not(None), ~disclosed_record.c.withdrawn, ~disclosed_record.c.repaired)


@dataclass(frozen=True)
class Decision:
    """Who decided, and why."""

    decided_by: str
    reason: str


async def find_stated(work: UnitOfWork, record_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The facts that people added, by record; of one fact the newest counts."""
    columns = confirmation.c
    statement = (
        select(columns.record_id, columns.facts)
        .where(columns.record_id.in_(record_ids))
        .order_by(columns.decided_at, columns.confirmation_id)
    )
    stated: dict[str, dict[str, Any]] = {}
    for row in await work.connection.execute(statement):
        stated.setdefault(row.record_id, {}).update(json.loads(row.facts))
    return stated


async def add_confirmation(work: UnitOfWork, record_id: str, facts: Mapping[str, Any], by: Decision) -> None:
    row = {
        "confirmation_id": new_id(),
        "record_id": record_id,
        "facts": json.dumps(facts, ensure_ascii=False),
        "decided_by": by.decided_by,
        "reason": by.reason,
        "decided_at": work.now,
    }
    await work.connection.execute(confirmation.insert(), row)


async def find_approvals(work: UnitOfWork, record_ids: Sequence[str]) -> dict[str, Approval]:
    """For each of these records, which are not shown without a person's word, what was decided last."""
    if not record_ids:
        return {}
    columns = approval.c
    statement = (
        select(columns.record_id, columns.approved)
        .where(columns.record_id.in_(record_ids))
        .order_by(columns.decided_at, columns.approval_id)
    )
    decided = {
        row.record_id: Approval.GRANTED if row.approved else Approval.REFUSED
        for row in await work.connection.execute(statement)
    }
    return dict.fromkeys(record_ids, Approval.WAITING) | decided


async def add_approval(work: UnitOfWork, record_id: str, approved: bool, by: Decision) -> None:
    row = {
        "approval_id": new_id(),
        "record_id": record_id,
        "approved": approved,
        "decided_by": by.decided_by,
        "reason": by.reason,
        "decided_at": work.now,
    }
    await work.connection.execute(approval.insert(), row)


async def awaiting_confirmation(
    connection: AsyncConnection, after: tuple[date, str] | None, limit: int
) -> Sequence[AnyRow]:
    """Records of which some audience waits for a person: not shown until then, shown by the milder class, or about to
    end by a later version unless a graver class is confirmed before. First what is not shown, then what ends first:
    `until` is the first day on which it is too late."""
    record, waiting = disclosed_record.c, _until().subquery("waiting")
    until = waiting.c.until
    statement = (
        select(record.record_id, record.region, record.decided_on, record.body, until)
        .join_from(waiting, disclosed_record, record.record_id == waiting.c.record_id)
        .where(*_PUBLIC)
        .order_by(until, record.record_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(or_(until > after[0], and_(until == after[0], record.record_id > after[1])))
    return (await connection.execute(statement)).all()


def all_to_confirm() -> Select[Any]:
    """The same without an end, to be counted: identifiers."""
    return _records(disclosed_record.c.record_id.in_(select(_until().subquery().c.record_id)))


async def to_confirm(connection: AsyncConnection) -> AnyRow:
    """How many records wait (`records`), how many of them are shown meanwhile (`shown`), and the first day on which it
    is too late for one of these (`until`)."""
    waiting = _until().subquery("waiting")
    shown = case((waiting.c.until > date.min, waiting.c.until), else_=None)
    counted = select(func.count().label("records"), func.count(shown).label("shown"), func.min(shown).label("until"))
    joined = counted.join_from(waiting, disclosed_record, disclosed_record.c.record_id == waiting.c.record_id)
    found: AnyRow = (await connection.execute(joined.where(*_PUBLIC))).one()
    return found


def _until() -> Select[Any]:
    """Each record that waits, with the earliest end of its audiences; the beginning of time where one is not shown.
    Three ways and no OR over them, whose rows no planner can foretell."""
    columns, never = publication.c, literal(date.min, Date)
    milder = case(
        (columns.state == PublicationState.ONLINE, func.coalesce(columns.offline_on, literal(date.max, Date))),
        else_=never,
    )
    ways = union_all(
        select(columns.record_id, never.label("until")).where(columns.state == PublicationState.AWAITING_CONFIRMATION),
        select(columns.record_id, milder).where(NEEDS_CONFIRMATION, columns.state.not_in(ENDED)),
        select(columns.record_id, foreseen_end.c.ends_on)
        .join_from(foreseen_end, publication, foresees)
        .where(foreseen_end.c.unless_confirmed, columns.state == PublicationState.ONLINE),
    ).subquery("ways")
    return select(ways.c.record_id, func.min(ways.c.until).label("until")).group_by(ways.c.record_id)


async def awaiting_approval(
    connection: AsyncConnection, today: date, after: str | None, limit: int
) -> Sequence[AnyRow]:
    """Records that only wait for a person's word; one whose window is over meanwhile needs none."""
    return await _waiting(connection, all_to_approve(today), after, limit)


def all_to_approve(today: date) -> Select[Any]:
    """The same without an end, to be counted: identifiers."""
    columns = publication.c
    waits = and_(columns.state == PublicationState.AWAITING_APPROVAL, columns.offline_on > today)
    return _records(disclosed_record.c.record_id.in_(select(columns.record_id).where(waits)))


def _records(waits: ColumnElement[bool]) -> Select[Any]:
    return select(disclosed_record.c.record_id).where(waits, *_PUBLIC)


async def _waiting(connection: AsyncConnection, chosen: Select[Any], after: str | None, limit: int) -> Sequence[AnyRow]:
    record = disclosed_record.c
    statement = (
        chosen.add_columns(record.region, record.decided_on, record.body).order_by(record.record_id).limit(limit)
    )
    if after is not None:
        statement = statement.where(record.record_id > after)
    return (await connection.execute(statement)).all()


async def find_record(connection: AsyncConnection, record_id: str) -> AnyRow | None:
    columns = disclosed_record.c
    statement = select(columns.body, columns.first_submitted_on, columns.withdrawn, columns.repaired)
    return (await connection.execute(statement.where(columns.record_id == record_id))).one_or_none()


async def set_facts(work: UnitOfWork, record_id: str, facts: str, evaluated_on: date, revision: int) -> None:
    await work.connection.execute(
        update(disclosed_record)
        .where(disclosed_record.c.record_id == record_id)
        .values(facts=facts, evaluated_on=evaluated_on, law_revision=revision)
    )


async def waits_for_approval(connection: AsyncConnection, record_id: str) -> bool:
    statement = select(publication.c.audience).where(
        publication.c.record_id == record_id, publication.c.state == PublicationState.AWAITING_APPROVAL
    )
    return (await connection.execute(statement.limit(1))).one_or_none() is not None


async def how_ended(connection: AsyncConnection, record_id: str) -> Sequence[AnyRow]:
    """How each audience of a record has ended; empty while one of them is not offline."""
    statement = explained_publication.where(publication.c.record_id == record_id).order_by(publication.c.audience)
    rows = (await connection.execute(statement)).all()
    return [] if any(row.state != PublicationState.OFFLINE for row in rows) else rows


async def publications_of(connection: AsyncConnection, record_ids: Sequence[str]) -> dict[str, list[AnyRow]]:
    """Each with its foreseen end, and whether that depends on a confirmation."""
    foreseen = foreseen_end.c.ends_on, foreseen_end.c.unless_confirmed
    statement = (
        explained_publication.add_columns(*foreseen)
        .outerjoin(foreseen_end, foresees)
        .where(publication.c.record_id.in_(record_ids))
        .order_by(publication.c.record_id, publication.c.audience)
    )
    found: dict[str, list[AnyRow]] = {}
    for row in await connection.execute(statement):
        found.setdefault(row.record_id, []).append(row)
    return found


async def decisions_about(connection: AsyncConnection, record_id: str) -> Sequence[AnyRow]:
    """What people decided about a record, the oldest first."""
    statement = select(confirmation).where(confirmation.c.record_id == record_id)
    return (await connection.execute(statement.order_by(confirmation.c.decided_at))).all()
