"""Order take-downs (下线): the window is over, the repair was approved, or the authority withdrew its decision."""

from collections.abc import Sequence
from datetime import date, datetime

from services.disclosure import store
from services.disclosure.calendar.store import note_due
from services.disclosure.metrics import OVERDUE
from services.disclosure.rules import Law
from shared.clock import legal_date, start_of_legal_day
from shared.contracts.events import PublicationOffline, RecordVoided, RepairApproved
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import TakeDownReason

EXPIRED_AT_ONCE = 5_000


async def expire(work: UnitOfWork) -> int:
    """Take down what may no longer be shown today (公示期满, guarantee G04); returns how many, at most 5,000.

    One statement selects, changes and numbers them. Call it again until it returns 0.
    """
    today = legal_date(work.now)
    OVERDUE.set(await store.count_overdue(work, today))
    taken = await store.expire(work, today, TakeDownReason.WINDOW_EXPIRED, limit=EXPIRED_AT_ONCE)
    _tell(work, taken, TakeDownReason.WINDOW_EXPIRED, today, None, None)
    return len(taken)


async def withdraw(work: UnitOfWork, voided: Sequence[RecordVoided], law: Law) -> None:
    """撤回已公开的决定: gone within three working days, with the reasons public (Penalty Law art. 48)."""
    await store.lock_records(work, {event.record_id for event in voided})
    await store.mark_withdrawn(work, {event.record_id: event.generation for event in voided})
    taken = await store.take_down(work, [event.record_id for event in voided], TakeDownReason.DECISION_WITHDRAWN)
    withdrawals = {event.record_id: event.withdrawal for event in voided}
    dues = [law.due("withdrawal", withdrawals[row.record_id].withdrawn_on) for row in taken]
    await note_due(work, [(row.record_id, row.audience, due) for row, due in zip(taken, dues, strict=True)])
    for row, due in zip(taken, dues, strict=True):
        statement = withdrawals[row.record_id].statement_of_reasons
        _tell(work, [row], TakeDownReason.DECISION_WITHDRAWN, legal_date(work.now), due.at, statement)


async def end_by_repair(work: UnitOfWork, approved: Sequence[RepairApproved], law: Law) -> None:
    """提前终止公示: an approved repair is a take-down order for every audience (guarantee G10)."""
    approvals = {event.record_id: event.approved_on for event in approved}
    await store.lock_records(work, approvals)
    await store.mark_repaired(work, approvals)
    taken = await store.take_down(work, approvals, TakeDownReason.REPAIR_APPROVED)
    dues = [law.due("repair", approvals[row.record_id]) for row in taken]
    await note_due(work, [(row.record_id, row.audience, due) for row, due in zip(taken, dues, strict=True)])
    for row, due in zip(taken, dues, strict=True):
        _tell(work, [row], TakeDownReason.REPAIR_APPROVED, legal_date(work.now), due.at, None)


def _tell(
    work: UnitOfWork,
    taken: Sequence[store.TakenDown],
    reason: TakeDownReason,
    offline_on: date,
    due_at: datetime | None,
    statement: str | None,
) -> None:
    """`offline_on` is the day of the act; a window that was over before it ended on its own day."""
    work.tell(
        *(
            PublicationOffline.model_construct(
                record_id=row.record_id,
                audience=row.audience,
                generation=row.generation,
                reason=reason,
                offline_on=min(row.offline_on or offline_on, offline_on),
                due_at=due_at or start_of_legal_day(min(row.offline_on or offline_on, offline_on)),
                public_statement=statement,
            )
            for row in taken
        )
    )
