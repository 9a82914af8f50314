"""Order take-downs (下线): the window is over, the repair was approved, or the authority withdrew its decision."""

from collections.abc import Collection, Sequence
from datetime import date

from services.disclosure import store
from services.disclosure.calendar.store import note_due
from services.disclosure.metrics import OVERDUE
from services.disclosure.performances.tasks import close_withdrawn
from services.disclosure.rules import Law
from services.disclosure.statements.explain import explain_withdrawals
from services.disclosure.sweep import end_overdue
from shared.calendars.dues import Due
from shared.clock import legal_date
from shared.contracts.events import PublicationOffline, RecordVoided, RepairApproved
from shared.evidence.actions import Action
from shared.evidence.entry import Act, act_on, effect_of, system
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import TakeDownReason

EXPIRED_AT_ONCE = 15_000
"""A slice holds its rows for a fifth of a second, so that a repair or an amendment never waits long."""

_COUNTED = 1_000
"""The gauge says at most this: an alert asks whether anything is overdue, and a count of the slice reads it twice."""


async def expire(work: UnitOfWork, at_once: int = EXPIRED_AT_ONCE) -> int:
    """Take down what may no longer be shown today (公示期满, guarantee G04); returns how many, at most `at_once`.

    Call it again, in a transaction of its own, until it returns 0: whoever is killed loses one slice, and the next one
    finds it still due.
    """
    today = legal_date(work.now)
    OVERDUE.set(await store.count_overdue(work, today, _COUNTED))
    effect = await end_overdue(work, today, at_once)
    if effect.rows:
        work.audit(Act(Action.WINDOWS_EXPIRED, system("disclosure.expire"), today.isoformat(), effect=effect))
    return effect.rows


async def withdraw(work: UnitOfWork, voided: Sequence[RecordVoided], law: Law) -> None:
    """撤回已公开的决定: gone within three working days, with the reasons public (Penalty Law art. 48)."""
    await store.lock_records(work, {event.record_id for event in voided})
    await store.mark_withdrawn(work, {event.record_id: event.generation for event in voided})
    ids = [event.record_id for event in voided]
    await store.end_waiting(work, ids, TakeDownReason.DECISION_WITHDRAWN)
    taken = await store.take_down(work, ids, TakeDownReason.DECISION_WITHDRAWN)
    await close_withdrawn(work, ids)
    withdrawals = {event.record_id: event.withdrawal for event in voided}
    today = legal_date(work.now)
    seen = {row.record_id for row in taken if row.offline_on is None or today < row.offline_on}
    await explain_withdrawals(work, seen, withdrawals)
    _audit(work, Action.DISPLAY_ENDED_BY_WITHDRAWAL, withdrawals, taken)
    dues = [law.due("withdrawal", withdrawals[row.record_id].withdrawn_on) for row in taken]
    await note_due(work, [(row.record_id, row.audience, due) for row, due in zip(taken, dues, strict=True)])
    for row, due in zip(taken, dues, strict=True):
        statement = mask_free_text(withdrawals[row.record_id].statement_of_reasons)
        _tell(work, [row], TakeDownReason.DECISION_WITHDRAWN, today, due, statement)


async def end_by_repair(work: UnitOfWork, approved: Sequence[RepairApproved], law: Law) -> None:
    """提前终止公示: an approved repair is a take-down order for every audience (guarantee G10)."""
    approvals = {event.record_id: event.approved_on for event in approved}
    await store.lock_records(work, approvals)
    await store.mark_repaired(work, approvals)
    await store.end_waiting(work, approvals, TakeDownReason.REPAIR_APPROVED)
    taken = await store.take_down(work, approvals, TakeDownReason.REPAIR_APPROVED)
    _audit(work, Action.DISPLAY_ENDED_BY_REPAIR, approvals, taken)
    dues = [law.due("repair", approvals[row.record_id]) for row in taken]
    await note_due(work, [(row.record_id, row.audience, due) for row, due in zip(taken, dues, strict=True)])
    for row, due in zip(taken, dues, strict=True):
        _tell(work, [row], TakeDownReason.REPAIR_APPROVED, legal_date(work.now), due, None)


def _audit(work: UnitOfWork, action: Action, asked: Collection[str], taken: Sequence[store.TakenDown]) -> None:
    effect = effect_of(f"{row.record_id} {row.audience} {row.generation}" for row in taken)
    if asked:
        work.audit(act_on(action, system("disclosure.events"), asked, effect, many=f"{len(asked)} records"))


def _tell(
    work: UnitOfWork,
    taken: Sequence[store.TakenDown],
    reason: TakeDownReason,
    offline_on: date,
    due: Due,
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
                due_at=due.at,
                term=due.term,
                public_statement=statement,
            )
            for row in taken
        )
    )
