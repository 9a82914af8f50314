"""修复提醒: find the records whose repair has become possible, once each, and tell repair whom to remind of what.

Two level-driven halves: the first notes whom to remind, the second tells what waits. Whether it still matters is asked
when it is told; how a reminder leaves the house is repair's matter (G01).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.disclosure.metrics import NOTICES_SENT, NOTICES_WAITING
from services.disclosure.notices import store
from services.disclosure.notices.domain.compose import remind
from services.disclosure.notices.domain.letters import ReminderText
from shared.clock import Clock, legal_date
from shared.contracts.events import RepairBecamePossible
from shared.contracts.records import Record
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work

FOUND_AT_ONCE = 5_000
TOLD_AT_ONCE = 200
TOLD_TO = "repair"
SENT, NOT_NEEDED = "sent", "not_needed"


@dataclass(frozen=True)
class Mailroom:
    """What telling stands on."""

    database: Database
    clock: Clock
    text: ReminderText
    consultation: str


async def find_due(work: UnitOfWork, text: ReminderText) -> int:
    """Note whom to remind; none for the severities that the rule leaves out. Call again until it returns 0."""
    due = await store.find_due(work, legal_date(work.now), text.severities, FOUND_AT_ONCE)
    await store.insert_reminders(work, due)
    return len(due)


async def tell_waiting(mailroom: Mailroom) -> int:
    """Tell what waits; what was repaired, withdrawn or ended meanwhile needs no reminder any more."""
    async with mailroom.database.reading() as connection:
        rows = await store.read_waiting(connection, TOLD_AT_ONCE)
        online = await store.read_online(connection, [row.record_id for row in rows])
        NOTICES_WAITING.labels("repair").set(await store.count_waiting(connection))
    if not rows:
        return 0
    wanted = [row for row in rows if row.record_id in online and not row.withdrawn and not row.repaired]
    told = [_told(row, mailroom) for row in wanted]
    async with unit_of_work(mailroom.database, mailroom.clock) as work:
        work.tell(*told)
        await _settle(work, rows, wanted)
    NOTICES_SENT.labels("repair").inc(len(told))
    return len(rows)


async def _settle(work: UnitOfWork, rows: Sequence[AnyRow], told: Sequence[AnyRow]) -> None:
    told_ids = {row.record_id for row in told}
    others = {row.record_id for row in rows} - told_ids
    await store.settle(work, told_ids, outcome=SENT, channel=TOLD_TO, at=work.now)
    await store.settle(work, others, outcome=NOT_NEEDED, channel=None, at=work.now)


def _told(row: AnyRow, mailroom: Mailroom) -> RepairBecamePossible:
    record = Record.model_validate_json(row.body)
    return RepairBecamePossible(
        record_id=row.record_id,
        authority_code=record.issuing_authority.code,
        uscc=record.subject.uscc,
        subject=record.subject.name,
        document_number=record.document_number,
        repair_from_on=row.repair_from_on,
        title=mailroom.text.title,
        paragraphs=remind(record, row.repair_from_on, mailroom.text, mailroom.consultation),
    )
