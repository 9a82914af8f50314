"""Take what disclosure tells: keep each reminder once, and give every contact that it concerns its own delivery."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from services.repair.reminders.catch_up import lock_taking
from services.repair.reminders.domain.notice import Channel, DeliveryState, Party
from services.repair.reminders.tables import contact, reminder, reminder_delivery
from shared.contracts.events import RepairBecamePossible
from shared.database.types import AnyRow
from shared.database.upsert import insert_new
from shared.evidence.actions import Action
from shared.evidence.entry import act_on, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork

FILE_OUTBOX = "file"
"""Stands for the file outbox among the contacts."""


async def take(work: UnitOfWork, told: Sequence[RepairBecamePossible]) -> None:
    """What was told before changes nothing, however often it is told."""
    await lock_taking(work)
    newest = {one.record_id: one for one in told}
    ordered = [newest[record_id] for record_id in sorted(newest)]
    known = await _known(work, list(newest))
    new = [one for one in ordered if one.record_id not in known]
    if not new:
        return
    await work.connection.execute(insert_new(work.dialect, reminder), [_row(work, one) for one in new])
    contacts = await _contacts(work, new)
    deliveries = [row for one in new for row in _deliveries(work, one, contacts)]
    await work.connection.execute(insert_new(work.dialect, reminder_delivery), deliveries)
    ids = [one.record_id for one in new]
    work.audit(
        act_on(Action.REMINDERS_TAKEN, system("repair.reminders"), ids, effect_of(ids), many=f"{len(ids)} reminders")
    )


async def _known(work: UnitOfWork, record_ids: Sequence[str]) -> set[str]:
    statement = select(reminder.c.record_id).where(reminder.c.record_id.in_(record_ids))
    return set(await work.connection.scalars(statement))


def _row(work: UnitOfWork, told: RepairBecamePossible) -> dict[str, Any]:
    values = told.model_dump(exclude={"paragraphs"})
    return {**values, "paragraphs": json.dumps(told.paragraphs, ensure_ascii=False), "told_at": work.now}


async def _contacts(work: UnitOfWork, told: Sequence[RepairBecamePossible]) -> dict[tuple[str, str], list[AnyRow]]:
    columns = contact.c
    codes = sorted({one.uscc for one in told if one.uscc})
    authorities = sorted({one.authority_code for one in told})
    concerned = or_(
        and_(columns.party == Party.SUBJECT, columns.party_key.in_(codes)),
        and_(columns.party == Party.BUREAU, columns.party_key.in_(authorities)),
    )
    statement = select(columns.contact_id, columns.party, columns.party_key, columns.channel)
    rows = await work.connection.execute(statement.where(columns.removed_at.is_(None), concerned))
    found: dict[tuple[str, str], list[AnyRow]] = defaultdict(list)
    for row in rows:
        found[row.party, row.party_key].append(row)
    return found


def _deliveries(
    work: UnitOfWork, told: RepairBecamePossible, contacts: dict[tuple[str, str], list[AnyRow]]
) -> list[dict[str, Any]]:
    concerned = [
        *contacts.get((Party.SUBJECT, told.uscc or ""), ()),
        *contacts.get((Party.BUREAU, told.authority_code), ()),
    ]
    ways = [(FILE_OUTBOX, Channel.FILE.value), *((row.contact_id, row.channel) for row in concerned)]
    return [
        {
            "record_id": told.record_id,
            "contact_id": contact_id,
            "channel": channel,
            "state": DeliveryState.WAITING,
            "attempts": 0,
            "next_at": work.now,
        }
        for contact_id, channel in ways
    ]
