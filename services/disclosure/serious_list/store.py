"""Queries of the serious list: one statement for all entries of a step or a page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, update

from services.disclosure.objections.tables import objection_mark
from services.disclosure.serious_list.domain.entry import IN_FORCE, Action, Entry, EntryState
from services.disclosure.serious_list.people import SealedPerson
from services.disclosure.serious_list.tables import serious_entry, serious_person, serious_step
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import ListWindow, listing_as_json, listing_from_json
from shared.policy.list_rules import NoticeItem
from shared.policy.list_window import entry_facts_of
from shared.vocabulary import SubjectKind


@dataclass(frozen=True)
class Subject:
    """Whom an entry is about, as the public may see them (名称、登记注册地址、统一社会信用代码)."""

    kind: SubjectKind
    key: str
    name: str
    uscc: str | None
    address: str | None


@dataclass(frozen=True)
class Heading:
    """What stays the same through the life of an entry."""

    subject: Subject
    authority_code: str
    authority_name: str
    record_id: str | None


@dataclass(frozen=True)
class Which:
    """Which entries are meant: all, those in one state, those in force that wait for legal review, or those in force
    whose last day has come by a day."""

    state: EntryState | None = None
    unreviewed: bool = False
    closing_by: date | None = None


@dataclass(frozen=True)
class Taken:
    """A step as it is kept: who, why, on which day, with what."""

    action: Action
    from_state: EntryState | None
    actor: str
    reason: str
    on: date
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Locked:
    """An entry that this transaction may change."""

    entry: Entry
    authority_code: str
    subject_key: str


async def insert_entry(work: UnitOfWork, entry_id: str, heading: Heading, entry: Entry, taken: Taken) -> None:
    subject = heading.subject
    row = {
        "entry_id": entry_id,
        "subject_kind": subject.kind,
        "subject_key": subject.key,
        "subject_name": subject.name,
        "uscc": subject.uscc,
        "address": subject.address,
        "region": entry.authority_region,
        "authority_code": heading.authority_code,
        "authority_name": heading.authority_name,
        "record_id": heading.record_id,
        "document_number": taken.detail.get("document_number"),
        **_standing(work, entry, taken),
    }
    await work.connection.execute(serious_entry.insert(), row)
    await insert_steps(work, [(entry_id, entry, taken)])


async def insert_people(work: UnitOfWork, entry_id: str, people: Sequence[SealedPerson]) -> None:
    if people:
        rows = [{"entry_id": entry_id, **_columns(person)} for person in people]
        await work.connection.execute(serious_person.insert(), rows)


def _columns(person: SealedPerson) -> dict[str, Any]:
    return {
        "person_id": person.person_id,
        "role": person.role,
        "public_name": person.public_name,
        "public_number": person.public_number,
        "sealed": person.sealed,
    }


async def lock_entry(work: UnitOfWork, entry_id: str) -> Locked | None:
    statement = select(serious_entry).where(serious_entry.c.entry_id == entry_id).with_for_update()
    row = (await work.connection.execute(statement)).one_or_none()
    return None if row is None else _locked(row)


async def store_step(work: UnitOfWork, entry_id: str, entry: Entry, taken: Taken) -> None:
    changed = _standing(work, entry, taken)
    if number := taken.detail.get("document_number"):
        changed["document_number"] = number
    await work.connection.execute(update(serious_entry).where(serious_entry.c.entry_id == entry_id).values(**changed))
    await insert_steps(work, [(entry_id, entry, taken)])


async def insert_steps(work: UnitOfWork, steps: Sequence[tuple[str, Entry, Taken]]) -> None:
    rows = [
        {
            "entry_id": entry_id,
            "version": entry.version,
            "action": taken.action,
            "from_state": taken.from_state,
            "to_state": entry.state,
            "actor": taken.actor,
            "reason": taken.reason,
            "taken_on": taken.on,
            "taken_at": work.now,
            "detail": json.dumps(dict(taken.detail), ensure_ascii=False),
        }
        for entry_id, entry, taken in steps
    ]
    if rows:
        await work.connection.execute(serious_step.insert(), rows)


async def lock_over(work: UnitOfWork, today: date, limit: int) -> list[tuple[str, Locked]]:
    """Entries on the list whose last day is over."""
    columns = serious_entry.c
    statement = (
        select(serious_entry)
        .where(columns.state.in_(sorted(IN_FORCE)), columns.offline_on <= today)
        .order_by(columns.offline_on, columns.entry_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.entry_id, _locked(row)) for row in await work.connection.execute(statement)]


async def store_expired(work: UnitOfWork, steps: Sequence[tuple[str, Entry, Taken]]) -> None:
    statement = update(serious_entry).where(serious_entry.c.entry_id == bindparam("b_entry_id"))
    statement = statement.values(
        state=bindparam("b_state"),
        state_since_on=bindparam("b_since"),
        version=bindparam("b_version"),
        changed_at=bindparam("b_changed_at"),
    )
    rows = [
        {
            "b_entry_id": entry_id,
            "b_state": entry.state,
            "b_since": taken.on,
            "b_version": entry.version,
            "b_changed_at": work.now,
        }
        for entry_id, entry, taken in steps
    ]
    if rows:
        await work.connection.execute(statement, rows)
        await insert_steps(work, steps)


async def read_entry(connection: AsyncConnection, entry_id: str) -> AnyRow | None:
    return (await connection.execute(select(serious_entry).where(serious_entry.c.entry_id == entry_id))).one_or_none()


async def read_steps(connection: AsyncConnection, entry_id: str) -> Sequence[AnyRow]:
    statement = select(serious_step).where(serious_step.c.entry_id == entry_id).order_by(serious_step.c.version)
    return (await connection.execute(statement)).all()


async def read_people(connection: AsyncConnection, entry_ids: Sequence[str]) -> dict[str, list[AnyRow]]:
    """Role and public face of the persons of these entries; nothing sealed."""
    columns = serious_person.c
    statement = (
        select(columns.entry_id, columns.role, columns.public_name, columns.public_number)
        .where(columns.entry_id.in_(entry_ids))
        .order_by(columns.person_id)
    )
    people: dict[str, list[AnyRow]] = {entry_id: [] for entry_id in entry_ids}
    for row in await connection.execute(statement):
        people[row.entry_id].append(row)
    return people


async def read_entries(connection: AsyncConnection, which: Which, after: str | None, limit: int) -> Sequence[AnyRow]:
    statement = _page(all_of(which), after, limit)
    rows: Sequence[AnyRow] = (await connection.execute(statement)).all()
    return rows


def all_of(which: Which) -> Select[Any]:
    columns, statement = serious_entry.c, select(serious_entry)
    if which.state is not None:
        statement = statement.where(columns.state == which.state)
    if which.unreviewed or which.closing_by is not None:
        statement = statement.where(columns.state.in_(sorted(IN_FORCE)))
    if which.unreviewed:
        statement = statement.where(~columns.reviewed)
    return statement if which.closing_by is None else statement.where(columns.closes_on <= which.closing_by)


async def read_shown(
    connection: AsyncConnection, today: date, search: str | None, after: str | None, limit: int
) -> Sequence[AnyRow]:
    """What the public may see on a day, whether or not the timer has been there yet (guarantee G04); `objected_on` is
    the day since which the penalty behind an entry is marked (异议标注)."""
    columns, marks = serious_entry.c, objection_mark.c
    statement = (
        select(serious_entry, marks.since_on.label("objected_on"))
        .outerjoin(objection_mark, and_(marks.record_id == columns.record_id, marks.marked))
        .where(
            columns.state.in_(sorted(IN_FORCE)),
            columns.reviewed,
            columns.starts_on <= today,
            columns.offline_on > today,
        )
    )
    if search:
        statement = statement.where(
            columns.subject_name.contains(search, autoescape=True) | (columns.uscc == search.upper())
        )
    rows: Sequence[AnyRow] = (await connection.execute(_page(statement, after, limit))).all()
    return rows


def _page(statement: Select[Any], after: str | None, limit: int) -> Select[Any]:
    if after is not None:
        statement = statement.where(serious_entry.c.entry_id > after)
    return statement.order_by(serious_entry.c.entry_id).limit(limit)


def _locked(row: AnyRow) -> Locked:
    return Locked(entry_of(row), row.authority_code, row.subject_key)


def entry_of(row: AnyRow) -> Entry:
    window = window_of(row)
    return Entry(
        state=EntryState(row.state),
        version=row.version,
        authority_region=row.region,
        situation=row.situation,
        notice=frozenset(NoticeItem(item) for item in row.notice_items.split(",") if item),
        ban_until=row.ban_until,
        facts=entry_facts_of(window.provenance.inputs) if window else None,
        window=window,
        review_confirmed=row.reviewed and window is not None and window.needs_review,
    )


def window_of(row: AnyRow) -> ListWindow | None:
    return listing_from_json(json.loads(row.window)) if row.window else None


def _standing(work: UnitOfWork, entry: Entry, taken: Taken) -> dict[str, Any]:
    """The columns that a step may change."""
    window = entry.window
    standing: dict[str, Any] = {
        "version": entry.version,
        "state": entry.state,
        "situation": entry.situation,
        "notice_items": ",".join(sorted(entry.notice)),
        "ban_until": entry.ban_until,
        "reviewed": entry.review_confirmed or (window is not None and not window.needs_review),
        "changed_at": work.now,
    }
    if entry.state is not taken.from_state:
        standing["state_since_on"] = taken.on
    if window is not None:
        standing |= {
            "starts_on": window.starts_on,
            "closes_on": window.closes_on,
            "offline_on": window.offline_on,
            "early_removal_from_on": window.early_removal_from_on,
            "window": json.dumps(listing_as_json(window), ensure_ascii=False),
        }
    return standing
