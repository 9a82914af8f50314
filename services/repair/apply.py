"""File an application (申请信用修复): possible from the day after the minimum term, and once at a time."""

from services.repair import store
from services.repair.domain.procedure import ApplicationState, possible_from
from services.repair.tables import application
from shared.calendars.dues import due
from shared.clock import legal_date
from shared.errors import CONFLICT, NOT_FOUND, NOT_REPAIRABLE, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


async def apply(work: UnitOfWork, record_id: str, caller: Caller, calendar: WorkCalendar) -> str:
    """The new application's id, or a `Problem` that says why not and from when."""
    shown = await store.lock_shown(work, record_id)
    if not shown:
        raise Problem(NOT_FOUND, f"Repair knows no shown record {record_id}.")
    online = [row for row in shown if row.online]
    if not online:
        raise Problem(NOT_REPAIRABLE, "The record is not shown anywhere any more.", possible_from=None)
    authority_code = online[0].authority_code
    caller.must_write_for(authority_code)
    first_day = possible_from([row.repair_from_on for row in online])
    if first_day is None:
        raise Problem(NOT_REPAIRABLE, "The law gives no repair for this record.", possible_from=None)
    if legal_date(work.now) < first_day:
        detail = f"The minimum term is not over; an application is possible from {first_day}."
        raise Problem(NOT_REPAIRABLE, detail, possible_from=first_day.isoformat())
    if await store.open_application_of(work, record_id):
        raise Problem(CONFLICT, "There is an open application for this record already.")
    return await _file(work, record_id, authority_code, caller.client_id, calendar)


async def _file(work: UnitOfWork, record_id: str, authority_code: str, filed_by: str, calendar: WorkCalendar) -> str:
    application_id = new_id()
    await work.connection.execute(
        application.insert(),
        {
            "application_id": application_id,
            "record_id": record_id,
            "authority_code": authority_code,
            "state": ApplicationState.SUBMITTED,
            "filed_by": filed_by,
            "filed_at": work.now,
            **store.due_values(due(calendar, "repair_result", legal_date(work.now))),
        },
    )
    work.audit(Act(Action.REPAIR_FILED, filed_by, application_id, record_id))
    return application_id
