"""Decide an application; an approval *is* the take-down order for every portal (guarantee G10)."""

from sqlalchemy import update

from services.repair import store
from services.repair.domain.procedure import AFTER_DECISION, ApplicationState, Decision
from services.repair.tables import application
from shared.clock import legal_date
from shared.contracts.events import RepairApproved
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork


async def decide(
    work: UnitOfWork, application_id: str, decision: Decision, *, decided_by: str, reason: str
) -> ApplicationState:
    """The new state. Raises `Problem` for an unknown or already decided application."""
    filed = await store.lock_application(work, application_id)
    if filed is None:
        raise Problem(NOT_FOUND, f"There is no application {application_id[:64]}.")
    if filed.state != ApplicationState.SUBMITTED:
        raise Problem(CONFLICT, f"The application is {filed.state} already.", state=filed.state)
    state = AFTER_DECISION[decision]
    await work.connection.execute(
        update(application)
        .where(application.c.application_id == application_id)
        .values(state=state, decided_by=decided_by, decided_at=work.now, reason=reason)
    )
    if decision is Decision.APPROVE:
        approved_on = legal_date(work.now)
        work.tell(RepairApproved(application_id=application_id, record_id=filed.record_id, approved_on=approved_on))
    return state
