"""Revoke a repair that false papers had obtained (撤销修复): the record is shown again for what is left of its window.

A new application is barred for the time that the rules say; the clocks of the case end. Serves G10 and G06.
"""

from services.repair.applications import store
from services.repair.applications.domain.case import Action, ApplicationState, RecordOutcome
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.step import Asked, take_step
from shared.clock import legal_date
from shared.contracts.events import RepairRevoked
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


async def revoke(
    work: UnitOfWork, application_id: str, version: int, reason: str, caller: Caller, calendar: WorkCalendar
) -> ApplicationState:
    """The new state, or a `Problem`; then nothing changed."""
    rules, today = procedure_rules(), legal_date(work.now)
    until = rules.barred_until(today)
    asked = Asked(Action.REVOKE, version, reason, {"barred_until": until.isoformat(), "article": rules.bar_citation})
    stepped = await take_step(work, application_id, asked, caller, calendar)
    records = store.approved_records(await store.records_of(work.connection, [application_id]))
    rows = [
        {
            "record_id": one,
            "outcome": RecordOutcome.REVOKED,
            "reason": mask_free_text(reason),
            "is_open": False,
            "barred_until": until,
        }
        for one in records
    ]
    await store.set_outcomes(work, application_id, rows)
    work.tell(
        *(
            RepairRevoked(
                application_id=application_id,
                record_id=one,
                revoked_on=today,
                restores_display=rules.restores_display,
            )
            for one in records
        )
    )
    return stepped.case.state
