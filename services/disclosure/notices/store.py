"""Queries of notices: what a letter needs, talks and deliveries, and whom to remind."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, or_, select, update

from services.disclosure.domain.display import PublicationState
from services.disclosure.domain.graver import promised_repair_from
from services.disclosure.notices.domain.compose import GRAVITY, Site
from services.disclosure.notices.domain.letters import Letter
from services.disclosure.notices.tables import delivery, reminder, talk
from services.disclosure.rules import Law
from services.disclosure.tables import disclosed_record, explains, publication, publication_provenance
from shared.contracts.records import Record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import from_json
from shared.vocabulary import Audience, RecordKind, Severity, SubjectKind

_SHOWN = (PublicationState.ONLINE, PublicationState.OFFLINE)
_is_addressed = and_(
    disclosed_record.c.kind == RecordKind.PENALTY, disclosed_record.c.subject_kind != SubjectKind.NATURAL_PERSON
)
"""Penalties of organisations. Of a person whom the column shows masked (R11) no name to write to is known here."""


@dataclass(frozen=True)
class Disclosed:
    """A record as disclosure knows it, with the places where the public sees or saw it."""

    record: Record
    sites: tuple[Site, ...]


async def read_disclosed(connection: AsyncConnection, record_id: str, law: Law, today: date) -> Disclosed | None:
    """The record with its places; the day of repair is the one that repair itself holds (R07)."""
    columns, record = publication.c, disclosed_record.c
    body = await connection.scalar(select(record.body).where(record.record_id == record_id))
    if body is None:
        return None
    statement = (
        select(
            columns.audience, columns.state, columns.opens_on, columns.closes_on, publication_provenance.c.provenance
        )
        .join(publication_provenance, explains)
        .where(columns.record_id == record_id)
    )
    found = (await connection.execute(statement)).all()
    rows = {row.audience: row for row in found if row.state in _SHOWN and row.opens_on and row.closes_on}
    sites = tuple(_site(rows[audience], law, today) for audience in Audience if audience in rows)
    return Disclosed(Record.model_validate_json(body), sites)


def _site(row: AnyRow, law: Law, today: date) -> Site:
    window = from_json(json.loads(row.provenance))
    return Site(
        audience=Audience(row.audience),
        severity=window.severity,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        repair_from_on=promised_repair_from(window, law.evaluator, today),
        awaits_confirmation=window.needs_confirmation,
        has_minimum=_has_minimum(window.provenance.repair_rule_id, law),
    )


def _has_minimum(rule_id: str | None, law: Law) -> bool:
    """Whether the rule that gives repair wants a minimum (最短公示期); one that is in force no more is taken to."""
    rules = (rule for document in law.evaluator.packs.documents for rule in document.classes)
    found = next((rule for rule in rules if rule.rule_id == rule_id), None)
    return found is None or found.minimum is not None


async def insert_talk(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    await work.connection.execute(talk.insert(), dict(row))


async def insert_delivery(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    await work.connection.execute(delivery.insert(), dict(row))


async def read_talks(connection: AsyncConnection, record_id: str, after: str | None, limit: int) -> Sequence[AnyRow]:
    columns = talk.c
    statement = select(talk).where(columns.record_id == record_id).order_by(columns.talk_id).limit(limit)
    if after is not None:
        statement = statement.where(columns.talk_id > after)
    return (await connection.execute(statement)).all()


async def read_deliveries(
    connection: AsyncConnection, record_id: str, after: str | None, limit: int
) -> Sequence[AnyRow]:
    columns = delivery.c
    statement = select(delivery).where(columns.record_id == record_id).order_by(columns.delivery_id).limit(limit)
    if after is not None:
        statement = statement.where(columns.delivery_id > after)
    return (await connection.execute(statement)).all()


async def read_undelivered(
    connection: AsyncConnection, letters: Sequence[Letter], after: str | None, limit: int
) -> Sequence[AnyRow]:
    """Penalties that are shown, to which a letter belongs, and whose delivery nobody has noted; by identifier."""
    record = disclosed_record.c
    statement = (
        select(record.record_id, record.subject_name, record.region, record.decided_on)
        .where(
            _is_addressed,
            or_(*(_is_covered_by(letter) for letter in letters)),
            _has_shown(publication.c.state == PublicationState.ONLINE),
            ~exists().where(delivery.c.record_id == record.record_id),
        )
        .order_by(record.record_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(record.record_id > after)
    return (await connection.execute(statement)).all()


def _is_covered_by(letter: Letter) -> ColumnElement[bool]:
    """The same choice as `compose` makes: by the day of the decision and by the gravest severity of the record."""
    day, severity = disclosed_record.c.decided_on, publication.c.severity
    known = sorted(letter.severities, key=GRAVITY.index)
    graver = GRAVITY[GRAVITY.index(known[-1]) + 1 :]
    until = [] if letter.effective_to is None else [day <= letter.effective_to]
    return and_(
        day >= letter.effective_from, *until, _has_shown(severity.in_(known)), ~_has_shown(severity.in_(graver))
    )


def _has_shown(which: ColumnElement[bool]) -> ColumnElement[bool]:
    shown = publication.c
    return exists().where(shown.record_id == disclosed_record.c.record_id, shown.state.in_(_SHOWN), which)


async def find_due(work: UnitOfWork, today: date, severities: Collection[Severity], limit: int) -> list[dict[str, Any]]:
    """Penalties that may be repaired everywhere they are shown, of these severities only, and never reminded of.

    One pass over what is online: asking for each row whether another one hinders it was quadratic on SQLite.
    """
    shown, record = publication.c, disclosed_record.c
    settled = shown.needs_confirmation.is_(False)  # repair refuses what waits for a person's word on its class
    ready = and_(shown.repair_from_on <= today, shown.severity.in_(sorted(severities)), settled)
    statement = (
        select(shown.record_id, func.max(shown.repair_from_on).label("repair_from_on"))
        .join(disclosed_record, record.record_id == shown.record_id)
        .where(
            shown.state == PublicationState.ONLINE,
            shown.offline_on > today,
            _is_addressed,
            ~record.withdrawn,
            ~record.repaired,
            ~exists().where(reminder.c.record_id == shown.record_id),
        )
        .group_by(shown.record_id)
        .having(func.sum(case((ready, 1), else_=0)) == func.count())
        .order_by(shown.record_id)
        .limit(limit)
    )
    rows = await work.connection.execute(statement)
    return [{"record_id": row.record_id, "repair_from_on": row.repair_from_on} for row in rows]


async def insert_reminders(work: UnitOfWork, due: Sequence[Mapping[str, Any]]) -> None:
    """Two timers that found the same record make one reminder."""
    rows = [{**one, "created_at": work.now, "channel": None, "outcome": None, "settled_at": None} for one in due]
    if rows:
        await work.connection.execute(insert_new(work.dialect, reminder), rows)


async def read_waiting(connection: AsyncConnection, limit: int) -> Sequence[AnyRow]:
    """Reminders not yet sent, oldest first, with the record as it is now."""
    columns, record = reminder.c, disclosed_record.c
    statement = (
        select(columns.record_id, columns.repair_from_on, record.body, record.withdrawn, record.repaired)
        .join(disclosed_record, record.record_id == columns.record_id)
        .where(columns.settled_at.is_(None))
        .order_by(columns.created_at, columns.record_id)
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def count_waiting(connection: AsyncConnection) -> int:
    return await connection.scalar(select(func.count()).where(reminder.c.settled_at.is_(None))) or 0


async def read_online(connection: AsyncConnection, record_ids: Collection[str]) -> set[str]:
    """Those of the records that somebody still sees.

    The state is asked here and not in the statement: given both, SQLite goes through everything that is online.
    """
    columns = publication.c
    rows = await connection.execute(select(columns.record_id, columns.state).where(columns.record_id.in_(record_ids)))
    return {row.record_id for row in rows if row.state == PublicationState.ONLINE}


async def settle(
    work: UnitOfWork, record_ids: Collection[str], *, outcome: str, channel: str | None, at: datetime
) -> None:
    statement = update(reminder).where(
        reminder.c.record_id == bindparam("b_record_id"), reminder.c.settled_at.is_(None)
    )
    rows = [{"b_record_id": record_id} for record_id in sorted(record_ids)]
    if rows:
        await work.connection.execute(statement.values(outcome=outcome, channel=channel, settled_at=at), rows)


async def read_reminders(
    connection: AsyncConnection, record_id: str | None, after: str | None, limit: int
) -> Sequence[AnyRow]:
    statement = select(reminder).order_by(reminder.c.record_id).limit(limit)
    if record_id is not None:
        statement = statement.where(reminder.c.record_id == record_id)
    if after is not None:
        statement = statement.where(reminder.c.record_id > after)
    return (await connection.execute(statement)).all()
