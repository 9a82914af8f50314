"""Decide an application, record by record; an approval *is* the take-down order for every portal (guarantee G10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from services.repair.applications import store
from services.repair.applications.close import close_finished
from services.repair.applications.domain.case import Action, ApplicationState, RecordOutcome
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.look_again import must_still_be_possible
from services.repair.applications.step import Asked, lock_known, take_step
from services.repair.applications.tables import regrading
from services.repair.materials.checklist import must_be_complete
from services.repair.measures.end import Because, end_measures
from shared.clock import legal_date
from shared.contracts.events import RepairApproved
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


class Decision(StrEnum):
    """What the determining authority may decide of a record."""

    APPROVE = "approve"  # 准予
    REFUSE = "refuse"  # 不予


@dataclass(frozen=True)
class Decided:
    """What a person decides: of all records, and of some of them otherwise, each with its reason (部分准予)."""

    decision: Decision
    version: int
    reason: str
    otherwise: Mapping[str, str]

    def of(self, record_id: str) -> Decision:
        if record_id not in self.otherwise:
            return self.decision
        return Decision.REFUSE if self.decision is Decision.APPROVE else Decision.APPROVE

    def reason_of(self, record_id: str) -> str:
        return mask_free_text(self.otherwise.get(record_id, self.reason))


async def decide(
    work: UnitOfWork, application_id: str, decided: Decided, caller: Caller, calendar: WorkCalendar
) -> ApplicationState:
    """The new state, or a `Problem`; then nothing changed.

    A record whose window ended meanwhile may be gone from every portal by now; nothing would tell of it again.
    """
    await lock_known(work, application_id, caller)
    records = [row.record_id for row in await store.records_of(work.connection, [application_id])]
    if foreign := sorted(set(decided.otherwise) - set(records)):
        errors = [{"field": "otherwise", "reason": f"the application is not about {one}"} for one in foreign[:20]]
        raise Problem(MALFORMED, "The decision names records of no part of the application.", errors=errors)
    approved = [one for one in records if decided.of(one) is Decision.APPROVE]
    action = Action.APPROVE if approved else Action.REFUSE
    asked = Asked(action, decided.version, decided.reason, _detail(approved, records, decided))
    stepped = await take_step(work, application_id, asked, caller, calendar)
    columns = {"decided_by": caller.client_id, "decided_at": work.now, "reason": mask_free_text(decided.reason)}
    await store.set_columns(work, [application_id], **columns)
    await store.set_outcomes(work, application_id, [_outcome(one, decided) for one in records])
    if approved:
        await must_still_be_possible(work, approved)
        await must_be_complete(work.connection, application_id, "approved", approved)
        await _take_effect(work, stepped.row, approved)
        await close_finished(work, approved)
    return stepped.case.state


async def _take_effect(work: UnitOfWork, row: AnyRow, approved: Sequence[str]) -> None:
    """E08: display stops everywhere, sharing and joint sanctions end, the grade is looked at anew the next day."""
    today = legal_date(work.now)
    work.tell(
        *(RepairApproved(application_id=row.application_id, record_id=one, approved_on=today) for one in approved)
    )
    await end_measures(work, approved, Because.REPAIRED, row.application_id)
    rules = procedure_rules()
    if rules.wants_regrading(row.region):
        due_on = today + timedelta(days=rules.regrading_after_days)
        values = {"application_id": row.application_id, "subject_key": row.subject_key, "region": row.region}
        await work.connection.execute(regrading.insert(), {**values, "due_on": due_on})


def _detail(approved: Sequence[str], records: Sequence[str], decided: Decided) -> dict[str, Any]:
    refused = [one for one in records if one not in approved]
    detail: dict[str, Any] = {"approved": list(approved), "refused": refused}
    return detail | ({"way_to_object": procedure_rules().way_to_object} if refused else {})


def _outcome(record_id: str, decided: Decided) -> dict[str, Any]:
    approved = decided.of(record_id) is Decision.APPROVE
    return {
        "record_id": record_id,
        "outcome": RecordOutcome.APPROVED if approved else RecordOutcome.REFUSED,
        "reason": decided.reason_of(record_id),
        "is_open": approved,
    }
