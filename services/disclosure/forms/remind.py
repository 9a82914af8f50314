"""Remind of the monthly forms (填报提醒): once a form and month, on the last working day before it is due.

Level-driven, in two halves like the reminders of repair: first it is noted what is due, then what waits is sent outside
of any transaction. A form that was filed meanwhile needs no reminder. Serves G16.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.disclosure.forms import store
from services.disclosure.forms.domain.duty import duties_of, is_to_be_reminded
from services.disclosure.forms.domain.form import FormKind, unit_name
from services.disclosure.forms.domain.layout import Layout, load_layout
from services.disclosure.forms.domain.period import parse_month, period_of
from services.disclosure.metrics import FORMS_OVERDUE, NOTICES_FAILED, NOTICES_SENT, NOTICES_WAITING
from services.disclosure.notices.channel import FormReminder, ReminderChannel
from services.disclosure.rules import LawInForce
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work

SENT, NOT_NEEDED = "sent", "not_needed"


@dataclass(frozen=True)
class FormRoom:
    """What reminding of forms stands on. `units` are the division codes whose forms this bureau files."""

    database: Database
    clock: Clock
    law: LawInForce
    channel: ReminderChannel
    units: tuple[str, ...]


async def remind_of_forms(room: FormRoom) -> int:
    """Note what is due, send what waits; returns how many reminders were settled."""
    await _note_due(room)
    async with room.database.reading() as connection:
        waiting = await store.read_waiting(connection)
        NOTICES_WAITING.labels("form").set(len(waiting))
        FORMS_OVERDUE.set(await store.count_overdue(connection, legal_date(room.clock.now())))
    if not waiting:
        return 0
    wanted = [row for row in waiting if row.filed_at is None]
    await _send(room.channel, [_reminder(row, load_layout()) for row in wanted])
    async with unit_of_work(room.database, room.clock) as work:
        await store.settle(work, wanted, outcome=SENT, channel=room.channel.name)
        await store.settle(work, [row for row in waiting if row.filed_at], outcome=NOT_NEEDED, channel=None)
    return len(waiting)


async def _note_due(room: FormRoom) -> None:
    today = legal_date(room.clock.now())
    async with room.database.reading() as connection:
        law = await room.law.current(connection)
        duties = [
            duty
            for duty in duties_of(today, room.units, load_layout().due_days, law.calendar)
            if is_to_be_reminded(duty, today)
        ]
        known = await store.read_reminded(connection, {duty.month for duty in duties}) if duties else set()
    new = [duty for duty in duties if (duty.form, duty.unit, duty.month) not in known]
    if new:
        async with unit_of_work(room.database, room.clock) as work:
            await store.insert_reminders(work, new)


async def _send(channel: ReminderChannel, reminders: Sequence[FormReminder]) -> None:
    try:
        await channel.send(reminders)
    except Exception:
        NOTICES_FAILED.labels("form").inc(len(reminders))
        raise
    NOTICES_SENT.labels("form").inc(len(reminders))


def _reminder(row: AnyRow, layout: Layout) -> FormReminder:
    year, month = parse_month(row.month) or (0, 0)
    period = period_of(year, month, layout.cutoff_day, layout.stock)
    values = {
        "unit": unit_name(FormKind(row.form), row.unit) or row.unit,
        "form": row.form,
        "month": row.month,
        "due_on": row.due_on.isoformat(),
        "starts_on": period.starts_on.isoformat(),
        "ends_on": period.ends_on.isoformat(),
    }
    return FormReminder(
        form=row.form,
        unit=row.unit,
        month=row.month,
        due_on=row.due_on.isoformat(),
        title=layout.reminder_title,
        paragraphs=tuple(text.format(**values) for text in layout.reminder_text),
    )
