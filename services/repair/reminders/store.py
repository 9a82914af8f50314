"""Queries of reminders and their deliveries."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, tuple_, update

from services.repair.reminders.domain.notice import DeliveryState
from services.repair.reminders.tables import contact, reminder, reminder_delivery
from services.repair.tables import shown_record
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import EVERY_AUTHORITY, Caller

MOST_RETRIED = 2_000
_columns = reminder_delivery.c
_mine = and_(_columns.record_id == bindparam("of_record"), _columns.contact_id == bindparam("of_contact"))


async def any_due(connection: AsyncConnection, work_now: Any) -> bool:
    statement = select(exists().where(_columns.state == DeliveryState.WAITING, _columns.next_at <= work_now))
    return bool(await connection.scalar(statement))


async def claim(work: UnitOfWork, limit: int, lease: timedelta) -> Sequence[AnyRow]:
    """The next deliveries that are due, with what is sent and whether it still matters; nobody else takes them until
    the lease is over. An attempt is counted here, so that one that kills its process is not tried for ever."""
    due = (
        select(_columns.record_id, _columns.contact_id)
        .where(_columns.state == DeliveryState.WAITING, _columns.next_at <= work.now)
        .order_by(_columns.next_at, _columns.record_id, _columns.contact_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = [(row.record_id, row.contact_id) for row in (await work.connection.execute(due)).all()]
    if not keys:
        return []
    values = {"next_at": work.now + lease, "attempts": _columns.attempts + 1}
    await work.connection.execute(
        update(reminder_delivery).where(_mine).values(values),
        [{"of_record": record_id, "of_contact": contact_id} for record_id, contact_id in keys],
    )
    statement = (
        select(reminder, _columns.contact_id, _columns.channel, _columns.attempts, contact.c.sealed_address)
        .add_columns(contact.c.removed_at, still_shown().label("still_shown"))
        .join(reminder, reminder.c.record_id == _columns.record_id)
        .outerjoin(contact, contact.c.contact_id == _columns.contact_id)
        .where(tuple_(_columns.record_id, _columns.contact_id).in_(keys))
    )
    return (await work.connection.execute(statement)).all()


def still_shown() -> ColumnElement[bool]:
    """Whether anybody sees the record; one that repair has not heard of yet counts as shown."""
    shown = shown_record.c
    of_record = shown.record_id == reminder.c.record_id
    return or_(~exists().where(of_record), exists().where(of_record, shown.online))


async def note(work: UnitOfWork, results: Sequence[dict[str, Any]]) -> None:
    """What became of claimed deliveries: keys `of_record`, `of_contact`, and the new values."""
    if results:
        names = ("state", "next_at", "settled_at", "failure")
        values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
        statement = update(reminder_delivery).where(_mine, _columns.state == DeliveryState.WAITING).values(values)
        await work.connection.execute(statement, list(results))


async def count(connection: AsyncConnection) -> dict[str, int]:
    """How many wait, and how many were given up."""
    states = (DeliveryState.WAITING, DeliveryState.FAILED)
    statement = select(_columns.state, func.count().label("number")).where(_columns.state.in_(states))
    return {row.state: row.number for row in (await connection.execute(statement.group_by(_columns.state))).all()}


async def read_deliveries(
    connection: AsyncConnection,
    state: DeliveryState | None,
    record_id: str | None,
    after: Sequence[str] | None,
    limit: int,
) -> Sequence[AnyRow]:
    """With the masked address, by record and contact."""
    key = (_columns.record_id, _columns.contact_id)
    statement = (
        select(reminder_delivery, contact.c.shown_address, reminder.c.authority_code, reminder.c.uscc)
        .join(reminder, reminder.c.record_id == _columns.record_id)
        .outerjoin(contact, contact.c.contact_id == _columns.contact_id)
        .order_by(*key)
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(_columns.state == state)
    if record_id is not None:
        statement = statement.where(_columns.record_id == record_id)
    if after is not None:
        statement = statement.where(tuple_(*key) > tuple_(*after))
    rows: Sequence[AnyRow] = (await connection.execute(statement)).all()
    return rows


async def retry(work: UnitOfWork, record_ids: Collection[str] | None, caller: Caller) -> int:
    """Failed deliveries about records of the caller's authorities wait again with all their attempts, up to
    `MOST_RETRIED` at once; of these records, or all."""
    key = (_columns.record_id, _columns.contact_id)
    failed = select(*key).where(_columns.state == DeliveryState.FAILED).order_by(*key).limit(MOST_RETRIED)
    if record_ids is not None:
        failed = failed.where(_columns.record_id.in_(record_ids))
    if EVERY_AUTHORITY not in caller.authorities:
        theirs = reminder.c.authority_code.in_(sorted(caller.authorities))
        failed = failed.where(_columns.record_id.in_(select(reminder.c.record_id).where(theirs)))
    statement = update(reminder_delivery).where(tuple_(*key).in_(failed))
    values = {"state": DeliveryState.WAITING, "attempts": 0, "next_at": work.now, "settled_at": None, "failure": None}
    return (await work.connection.execute(statement.values(values))).rowcount
