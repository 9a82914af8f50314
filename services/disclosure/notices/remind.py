"""修复提醒: find the records whose repair has become possible, once each, and hand the reminders to the channel.

Two level-driven halves: the first notes whom to remind, the second sends what waits, outside of any transaction. A
process that dies between sending and noting sends once more, which the channel makes harmless (G01).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.disclosure.metrics import NOTICES_FAILED, NOTICES_SENT, NOTICES_WAITING
from services.disclosure.notices import store
from services.disclosure.notices.channel import Reminder, ReminderChannel
from services.disclosure.notices.domain.compose import remind
from services.disclosure.notices.domain.letters import ReminderText
from shared.clock import Clock, legal_date
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

FOUND_AT_ONCE = 5_000
SENT_AT_ONCE = 200
SENT, NOT_NEEDED = "sent", "not_needed"


@dataclass(frozen=True)
class Mailroom:
    """What sending stands on."""

    database: Database
    clock: Clock
    text: ReminderText
    channel: ReminderChannel
    consultation: str


async def find_due(work: UnitOfWork, text: ReminderText) -> int:
    """Note whom to remind; none for the severities that the rule leaves out. Call again until it returns 0."""
    due = await store.find_due(work, legal_date(work.now), text.severities, FOUND_AT_ONCE)
    await store.insert_reminders(work, due)
    return len(due)


async def send_waiting(mailroom: Mailroom) -> int:
    """Send what waits; what was repaired, withdrawn or ended meanwhile needs no reminder any more."""
    async with mailroom.database.reading() as connection:
        rows = await store.read_waiting(connection, SENT_AT_ONCE)
        online = await store.read_online(connection, [row.record_id for row in rows])
        NOTICES_WAITING.labels("repair").set(await store.count_waiting(connection))
    if not rows:
        return 0
    wanted = [row for row in rows if row.record_id in online and not row.withdrawn and not row.repaired]
    await _send(mailroom, [_reminder(row, mailroom) for row in wanted])
    async with unit_of_work(mailroom.database, mailroom.clock) as work:
        await _settle(work, rows, wanted, mailroom.channel.name)
    return len(rows)


async def _send(mailroom: Mailroom, reminders: Sequence[Reminder]) -> None:
    try:
        await mailroom.channel.send(reminders)
    except Exception:
        NOTICES_FAILED.labels("repair").inc(len(reminders))
        raise
    NOTICES_SENT.labels("repair").inc(len(reminders))


async def _settle(work: UnitOfWork, rows: Sequence[AnyRow], sent: Sequence[AnyRow], channel: str) -> None:
    sent_ids = {row.record_id for row in sent}
    others = {row.record_id for row in rows} - sent_ids
    await store.settle(work, sent_ids, outcome=SENT, channel=channel, at=work.now)
    await store.settle(work, others, outcome=NOT_NEEDED, channel=None, at=work.now)


def _reminder(row: AnyRow, mailroom: Mailroom) -> Reminder:
    record = Record.model_validate_json(row.body)
    return Reminder(
        record_id=row.record_id,
        title=mailroom.text.title,
        subject=record.subject.name,
        uscc=record.subject.uscc,
        document_number=record.document_number,
        repair_from_on=row.repair_from_on.isoformat(),
        paragraphs=remind(record, row.repair_from_on, mailroom.text, mailroom.consultation),
    )
