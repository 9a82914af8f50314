"""Give an application to somebody to handle (领办、交办). It says who does the work; who may act is asked elsewhere."""

from services.repair.applications.domain.case import OPEN_STATES, ApplicationState
from services.repair.applications.step import lock_known
from services.repair.applications.tables import application_assignee
from shared.database.upsert import insert_for
from shared.errors import WRONG_STATE, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller

_HANDLED = OPEN_STATES | {ApplicationState.DECLINED, ApplicationState.REFUSED}

ASSIGNEE = r"^[\w.:@-]{1,120}$"
"""How a person is named: the account or client that does the work."""


async def assign(work: UnitOfWork, application_id: str, assignee: str, reason: str, caller: Caller) -> None:
    """From now on `assignee` handles the application; the one before is in the audit log."""
    row = await lock_known(work, application_id, caller)
    caller.must_write_for(row.authority_code)
    if row.state not in _HANDLED:
        raise Problem(WRONG_STATE, f"An application that is {row.state} needs nobody any more.", state=row.state)
    why = mask_free_text(reason)
    given = {"assignee": assignee, "assigned_by": caller.client_id, "reason": why, "assigned_at": work.now}
    statement = insert_for(work.dialect, application_assignee)
    kept = statement.on_conflict_do_update(
        index_elements=["application_id"], set_={name: statement.excluded[name] for name in given}
    )
    await work.connection.execute(kept, {"application_id": application_id, **given})
    work.audit(Act(Action.REPAIR_ASSIGNED, caller.client_id, application_id, None, why, payload={"to": assignee}))
