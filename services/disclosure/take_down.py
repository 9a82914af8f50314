"""Order take-downs (下线): the window is over, the repair was approved, or the authority withdrew its decision."""

from collections.abc import Sequence
from datetime import date, datetime

from services.disclosure import store
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
    taken = await store.expire(work, today, TakeDownReason.WINDOW_EXPIRED, limit=EXPIRED_AT_ONCE)
    _tell(work, taken, TakeDownReason.WINDOW_EXPIRED, today, None, None)
    return len(taken)


async def withdraw(work: UnitOfWork, voided: Sequence[RecordVoided], law: Law) -> None:
    """撤回已公开的决定: gone within three working days, with the reasons public (Penalty Law art. 48)."""
    await store.mark_withdrawn(work, {event.record_id: event.generation for event in voided})
    taken = await store.take_down(work, [event.record_id for event in voided], TakeDownReason.DECISION_WITHDRAWN)
    withdrawals = {event.record_id: event.withdrawal for event in voided}
    for row in taken:
        withdrawal = withdrawals[row.record_id]
        _tell(
            work,
            [row],
            TakeDownReason.DECISION_WITHDRAWN,
            legal_date(work.now),
            law.due_at("withdrawal", withdrawal.withdrawn_on),
            withdrawal.statement_of_reasons,
        )


async def end_by_repair(work: UnitOfWork, approved: Sequence[RepairApproved], law: Law) -> None:
    """提前终止公示: an approved repair is a take-down order for every audience (guarantee G10)."""
    record_ids = sorted({event.record_id for event in approved})
    await store.mark_repaired(work, record_ids)
    taken = await store.take_down(work, record_ids, TakeDownReason.REPAIR_APPROVED)
    due_at = law.due_at("repair", min(event.approved_on for event in approved))
    _tell(work, taken, TakeDownReason.REPAIR_APPROVED, legal_date(work.now), due_at, None)


def _tell(
    work: UnitOfWork,
    taken: Sequence[store.TakenDown],
    reason: TakeDownReason,
    offline_on: date,
    due_at: datetime | None,
    statement: str | None,
) -> None:
    work.tell(
        *(
            PublicationOffline.model_construct(
                record_id=row.record_id,
                audience=row.audience,
                generation=row.generation,
                reason=reason,
                offline_on=row.offline_on or offline_on,
                due_at=due_at or start_of_legal_day(row.offline_on or offline_on),
                public_statement=statement,
            )
            for row in taken
        )
    )
