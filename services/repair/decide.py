"""Decide an application; an approval *is* the take-down order for every portal (guarantee G10)."""

from sqlalchemy import update

from services.repair import store
from services.repair.close import close_finished
from services.repair.domain.procedure import AFTER_DECISION, ApplicationState, Decision
from services.repair.tables import application
from shared.calendars.dues import due
from shared.clock import legal_date
from shared.contracts.events import RepairApproved
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


async def decide(
    work: UnitOfWork,
    application_id: str,
    decision: Decision,
    *,
    caller: Caller,
    reason: str,
    calendar: WorkCalendar,
) -> ApplicationState:
    """The new state. Raises `Problem` for an unknown, foreign or already decided application.

    A record whose window ended meanwhile may be gone from every portal by now; nothing would tell of it again.
    """
    filed = await store.lock_application(work, application_id)
    if filed is None:
        raise Problem(NOT_FOUND, f"There is no application {application_id}.")
    caller.must_write_for(filed.authority_code)
    if filed.state != ApplicationState.SUBMITTED:
        raise Problem(CONFLICT, f"The application is {filed.state} already.", state=filed.state)
    state = AFTER_DECISION[decision]
    today = legal_date(work.now)
    next_due = due(calendar, "repair", today) if decision is Decision.APPROVE else None
    await work.connection.execute(
        update(application)
        .where(application.c.application_id == application_id)
        .values(state=state, decided_by=caller.client_id, decided_at=work.now, reason=reason)
        .values(store.due_values(next_due))
    )
    told = {"decision": decision.value}
    work.audit(Act(Action.REPAIR_DECIDED, caller.client_id, application_id, filed.record_id, reason, payload=told))
    if decision is Decision.REFUSE:
        return state
    work.tell(RepairApproved(application_id=application_id, record_id=filed.record_id, approved_on=today))
    return ApplicationState.CLOSED if await close_finished(work, [filed.record_id]) else state
