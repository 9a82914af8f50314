"""Verify an objection with another unit (协查), and let the objector take it back (撤销异议)."""

from services.repair.objections import store
from services.repair.objections.domain.machine import Action, ObjectionState
from shared.calendars.dues import Due, due
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


async def ask(
    work: UnitOfWork, objection_id: str, unit: str, question: str, caller: Caller, calendar: WorkCalendar
) -> tuple[ObjectionState, Due]:
    """Another unit has to check: the longer limit counts, from the same day of receipt. A missed one stays missed."""
    row = await store.lock(work, objection_id)
    caller.must_write_for(row.authority_code)
    if row.due_at is not None and row.due_at <= work.now:
        detail = "The limit for an answer is over, and no check prolongs it any more; decide the objection."
        raise Problem(CONFLICT, detail, state=row.state, due_at=row.due_at.isoformat())
    limit = due(calendar, "objection_checked", row.received_on)
    reason = f"{unit}: {question}"
    values = {"other_unit": True, **store.due_values(limit)}
    state = await store.move(work, row, Action.ASK, caller.client_id, reason, **values)
    _keep(work, caller.client_id, objection_id, row.record_id, reason, Action.ASK)
    return state, limit


async def answer(work: UnitOfWork, objection_id: str, text: str, caller: Caller) -> ObjectionState:
    """The other unit has answered; the longer limit stays."""
    row = await store.lock(work, objection_id)
    caller.must_write_for(row.authority_code)
    state = await store.move(work, row, Action.ANSWER, caller.client_id, text)
    _keep(work, caller.client_id, objection_id, row.record_id, text, Action.ANSWER)
    return state


async def retract(work: UnitOfWork, objection_id: str, reason: str, caller: Caller) -> ObjectionState:
    """The objector takes it back before it was answered; the mark goes and nothing else changes."""
    row = await store.lock(work, objection_id)
    if caller.subjects and not caller.speaks_for(row.subject_key) and not caller.may_write_for(row.authority_code):
        raise Problem(NOT_FOUND, f"There is no objection {objection_id}.")
    if not caller.speaks_for(row.subject_key):
        caller.must_write_for(row.authority_code)
    values = {"closed_at": work.now, **store.due_values(None)}
    state = await store.move(work, row, Action.RETRACT, caller.client_id, reason, **values)
    _keep(work, caller.client_id, objection_id, row.record_id, reason, Action.RETRACT)
    return state


def _keep(work: UnitOfWork, actor: str, objection_id: str, record_id: str, reason: str, action: Action) -> None:
    told = {"step": action.value}
    work.audit(Act(Audited.OBJECTION_STEP_TAKEN, actor, objection_id, record_id, reason, payload=told))
