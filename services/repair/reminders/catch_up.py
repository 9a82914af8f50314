"""A contact that comes late is told of what may be repaired already, each record once for one address.

Taking reminders and entering contacts do not overlap: whichever is stored first, the other one sees it.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select, text

from services.repair.reminders.domain.notice import Channel, DeliveryState, Party
from services.repair.reminders.store import still_shown
from services.repair.reminders.tables import contact, reminder, reminder_delivery
from shared.messaging.unit_of_work import UnitOfWork

MOST = 2_000
"""Reminders for one new contact, the newest first; an authority with more finds them all in the file outbox."""

_NAME = "hashtextextended(current_schema() || ' reminders', 0)"
_ALONE = text(f"SELECT pg_advisory_xact_lock({_NAME})")
_BESIDE_OTHERS = text(f"SELECT pg_advisory_xact_lock_shared({_NAME})")


@dataclass(frozen=True)
class Late:
    """A new contact: whose it is, and by which digest its address is recognised."""

    contact_id: str
    party: Party
    party_key: str
    channel: Channel
    address_digest: str


async def lock_taking(work: UnitOfWork) -> None:
    """Until the commit no contact is entered; on SQLite all writers queue anyway."""
    if work.dialect == "postgresql":
        await work.connection.execute(_BESIDE_OTHERS)


async def catch_up(work: UnitOfWork, late: Late, most: int = MOST) -> int:
    """Give the contact a delivery of every reminder that still matters and that its address was not sent before;
    how many there are."""
    if work.dialect == "postgresql":
        await work.connection.execute(_ALONE)
    statement = (
        select(reminder.c.record_id)
        .where(_concerns(late), still_shown(), ~_was_sent(late))
        .order_by(reminder.c.repair_from_on.desc(), reminder.c.record_id)
        .limit(most)
    )
    record_ids = (await work.connection.scalars(statement)).all()
    rows = [
        {
            "record_id": one,
            "contact_id": late.contact_id,
            "channel": late.channel,
            "state": DeliveryState.WAITING,
            "attempts": 0,
            "next_at": work.now,
        }
        for one in record_ids
    ]
    if rows:
        await work.connection.execute(reminder_delivery.insert(), rows)
    return len(rows)


def _concerns(late: Late) -> ColumnElement[bool]:
    mine = reminder.c.uscc if late.party is Party.SUBJECT else reminder.c.authority_code
    return mine == late.party_key


def _was_sent(late: Late) -> ColumnElement[bool]:
    """By a contact with the same address, such as one that was removed by mistake."""
    columns, former = reminder_delivery.c, contact.c
    return exists().where(
        columns.record_id == reminder.c.record_id,
        columns.state == DeliveryState.SENT,
        columns.contact_id == former.contact_id,
        former.party == late.party,
        former.party_key == late.party_key,
        former.address_digest == late.address_digest,
    )
