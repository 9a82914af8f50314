"""Queries of the campaign: lists are formed, previewed and measured by one statement each."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, distinct, exists, func, insert, literal, select

from services.disclosure.campaign.domain.words import TO_CLEAR, Clearing, Group
from services.disclosure.campaign.tables import (
    campaign,
    campaign_act,
    campaign_contact,
    campaign_record,
    campaign_take_down,
    subject_registry,
)
from services.disclosure.domain.display import PublicationState
from services.disclosure.tables import disclosed_record, publication
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Audience, RecordKind, RegistryStatus, Severity, SubjectKind

_record, _shown, _listed = disclosed_record.c, publication.c, campaign_record.c
_is_online = _shown.state == PublicationState.ONLINE
_own = and_(_shown.record_id == _record.record_id, _shown.audience == Audience.OWN_COLUMN)


async def insert_campaign(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    await work.connection.execute(insert(campaign), {**row, "formed_at": work.now})


Statuses = Collection[RegistryStatus]
"""Those of the business register that make an abnormal operator, as the packs in force answer (Q23, Q24)."""


async def form_list(
    work: UnitOfWork, campaign_id: str, days: tuple[date, date], today: date, abnormal: Statuses
) -> None:
    """Every penalty of the window that was ever shown on the own column, with its group of today."""
    group = case(
        (~_is_online, Group.LEFT),
        (subject_registry.c.status.in_(sorted(abnormal)), Group.ABNORMAL),
        (_shown.offline_on <= today, Group.OVERDUE),
        (and_(_shown.repair_from_on <= today, ~_is_hindered(today)), Group.REPAIRABLE),
        else_=Group.RUNNING,
    )
    rows = (
        select(literal(campaign_id, String), _record.record_id, _record.subject_key, _record.region, group)
        .join(publication, _own)
        .outerjoin(subject_registry, subject_registry.c.subject_key == _record.subject_key)
        .where(
            _record.kind == RecordKind.PENALTY,
            _record.subject_kind != SubjectKind.NATURAL_PERSON,
            _record.decided_on.between(*days),
            _shown.state.in_([PublicationState.ONLINE, PublicationState.OFFLINE]),
        )
    )
    names = ["campaign_id", "record_id", "subject_key", "region", "cleanup_group"]
    await work.connection.execute(insert(campaign_record).from_select(names, rows))


async def read_campaign(connection: AsyncConnection, campaign_id: str) -> AnyRow | None:
    return (await connection.execute(select(campaign).where(campaign.c.campaign_id == campaign_id))).one_or_none()


async def list_campaigns(connection: AsyncConnection, after: str | None, limit: int) -> Sequence[AnyRow]:
    statement = all_campaigns().order_by(campaign.c.campaign_id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(campaign.c.campaign_id < after)
    return (await connection.execute(statement)).all()


def all_campaigns() -> Select[Any]:
    return select(campaign)


async def count_groups(connection: AsyncConnection, campaign_id: str) -> dict[str, tuple[int, int]]:
    """Records and subjects by group."""
    statement = (
        select(
            _listed.cleanup_group,
            func.count().label("records"),
            func.count(distinct(_listed.subject_key)).label("subjects"),
        )
        .where(_listed.campaign_id == campaign_id)
        .group_by(_listed.cleanup_group)
    )
    return {row.cleanup_group: (row.records, row.subjects) for row in await connection.execute(statement)}


async def list_subjects(
    connection: AsyncConnection, campaign_id: str, group: Group | None, after: str | None, limit: int
) -> Sequence[AnyRow]:
    """失信主体名单: the subjects with the number of their records."""
    statement = (
        select(
            _listed.subject_key,
            func.max(_record.subject_name).label("subject_name"),
            func.count().label("records"),
            func.min(_record.decided_on).label("first_decided_on"),
            func.max(_record.decided_on).label("last_decided_on"),
        )
        .join(disclosed_record, _record.record_id == _listed.record_id)
        .where(_of_group(campaign_id, group))
        .group_by(_listed.subject_key)
        .order_by(_listed.subject_key)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(_listed.subject_key > after)
    return (await connection.execute(statement)).all()


def all_subjects(campaign_id: str, group: Group | None) -> Select[Any]:
    """The same without an end, to be counted: the keys of the subjects."""
    return select(_listed.subject_key).where(_of_group(campaign_id, group)).distinct()


def _of_group(campaign_id: str, group: Group | None) -> ColumnElement[bool]:
    mine = _listed.campaign_id == campaign_id
    return mine if group is None else and_(mine, _listed.cleanup_group == group)


async def list_clearable(
    connection: AsyncConnection, campaign_id: str, what: Clearing, today: date, limit: int, abnormal: Statuses
) -> Sequence[AnyRow]:
    """The records of the list that an approval would take down now, with their region."""
    statement = (
        select(_listed.record_id, _listed.region)
        .where(*_clearable(campaign_id, what, today, abnormal))
        .order_by(_listed.record_id)
        .limit(limit)
    )
    if what is not Clearing.OVERDUE:
        statement = statement.where(_is_grave() if what is Clearing.GRAVE else ~_is_grave())
    return (await connection.execute(statement)).all()


async def count_held_back(connection: AsyncConnection, campaign_id: str, today: date, abnormal: Statuses) -> int:
    """Records of abnormal operators that stay until a person clears them apart: grave conduct is not cleared with the
    others (§2(4))."""
    which = (*_clearable(campaign_id, Clearing.ABNORMAL, today, abnormal), _is_grave())
    return await connection.scalar(select(func.count()).select_from(campaign_record).where(*which)) or 0


def _clearable(campaign_id: str, what: Clearing, today: date, abnormal: Statuses) -> tuple[ColumnElement[bool], ...]:
    # As an expression: SQLite would otherwise walk the index of all that is online for each record of the list.
    is_online = func.coalesce(_shown.state, "") == PublicationState.ONLINE
    online = (_shown.record_id == _listed.record_id, is_online)
    if what is Clearing.OVERDUE:
        return _listed.campaign_id == campaign_id, exists().where(*online, _shown.offline_on <= today)
    return _listed.campaign_id == campaign_id, exists().where(*online), _is_abnormal(abnormal)


def _is_abnormal(abnormal: Statuses) -> ColumnElement[bool]:
    registered = subject_registry.c
    return exists().where(registered.subject_key == _listed.subject_key, registered.status.in_(sorted(abnormal)))


def _is_hindered(today: date) -> ColumnElement[bool]:
    """Whether repair would refuse the record: somebody shows it who does not let it go yet, or whose class waits."""
    anywhere = publication.alias("anywhere").c
    is_ready = and_(func.coalesce(anywhere.repair_from_on <= today, False), anywhere.needs_confirmation.is_(False))
    # As an expression, like the one in `_clearable`.
    is_online = func.coalesce(anywhere.state, "") == PublicationState.ONLINE
    return exists().where(anywhere.record_id == _record.record_id, is_online, ~is_ready)


def _is_grave() -> ColumnElement[bool]:
    judged = publication.alias("judged").c
    return exists().where(judged.record_id == _listed.record_id, judged.severity == Severity.SERIOUS)


async def insert_act(work: UnitOfWork, act: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    await work.connection.execute(insert(campaign_act), {**act, "approved_at": work.now})
    await work.connection.execute(insert(campaign_take_down), list(rows))


async def is_listed(connection: AsyncConnection, campaign_id: str, subject_key: str) -> bool:
    statement = select(literal(1)).where(_listed.campaign_id == campaign_id, _listed.subject_key == subject_key)
    return (await connection.execute(statement.limit(1))).first() is not None


async def insert_contact(work: UnitOfWork, row: Mapping[str, Any]) -> None:
    await work.connection.execute(insert(campaign_contact), {**row, "logged_at": work.now})


async def list_contacts(
    connection: AsyncConnection, campaign_id: str, subject_key: str, after: str | None, limit: int
) -> Sequence[AnyRow]:
    logged = campaign_contact.c
    statement = select(campaign_contact).where(
        logged.campaign_id == campaign_id, logged.subject_key == subject_key, logged.contact_id > (after or "")
    )
    return (await connection.execute(statement.order_by(logged.contact_id).limit(limit))).all()


async def list_guidance(
    connection: AsyncConnection, campaign_id: str, today: date, after: str | None, limit: int, abnormal: Statuses
) -> Sequence[AnyRow]:
    """Whom to contact (A14): listed, still shown, minimum reached wherever it is shown, the class not waiting for a
    person (R07), and no abnormal operator; with the last contact."""
    logged = campaign_contact.c
    last = (
        select(logged.subject_key, func.max(logged.contact_id).label("contact_id"))
        .where(logged.campaign_id == campaign_id)
        .group_by(logged.subject_key)
        .subquery("last")
    )
    open_now = (
        all_guided(campaign_id, today, abnormal)
        .add_columns(
            func.max(_record.subject_name).label("subject_name"),
            func.count().label("records"),
            func.min(_shown.repair_from_on).label("repair_from_on"),
            func.max(_shown.closes_on).label("closes_on"),
        )
        .where(_listed.subject_key > (after or ""))
        .order_by(_listed.subject_key)
        .limit(limit)
        .subquery("open_now")
    )
    statement = (
        select(open_now, logged.contacted_on, logged.outcome)
        .outerjoin(last, last.c.subject_key == open_now.c.subject_key)
        .outerjoin(campaign_contact, logged.contact_id == last.c.contact_id)
        .order_by(open_now.c.subject_key)
    )
    return (await connection.execute(statement)).all()


def all_guided(campaign_id: str, today: date, abnormal: Statuses) -> Select[Any]:
    """The same without an end, to be counted: the keys of the subjects."""
    return (
        select(_listed.subject_key)
        .join(disclosed_record, _record.record_id == _listed.record_id)
        .join(publication, _own)
        .where(_listed.campaign_id == campaign_id, _is_online, ~_is_abnormal(abnormal))
        .where(_shown.repair_from_on <= today, _shown.offline_on > today, ~_is_hindered(today))
        .group_by(_listed.subject_key)
    )


async def count_progress(connection: AsyncConnection, campaign_id: str, today: date) -> dict[str, tuple[int, int]]:
    """By region: records to clear, and those of them that the own column no longer shows."""
    still_shown = and_(_is_online, _shown.offline_on > today)
    statement = (
        select(
            _listed.region,
            func.count().label("total"),
            func.sum(case((still_shown, 0), else_=1)).label("done"),
        )
        .join(publication, and_(_shown.record_id == _listed.record_id, _shown.audience == Audience.OWN_COLUMN))
        .where(_listed.campaign_id == campaign_id, _listed.cleanup_group.in_(TO_CLEAR))
        .group_by(_listed.region)
    )
    return {row.region: (row.total, int(row.done)) for row in await connection.execute(statement)}
