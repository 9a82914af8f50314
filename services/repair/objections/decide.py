"""Decide an objection: uphold it with a remedy or reject it, alone or with a second person where the rules ask for two.

An upheld objection orders its remedy in the same transaction; whoever carries it out answers for this attempt. Serves
G14.
"""

from typing import Any

from services.repair.metrics import OBJECTIONS_ANSWERED
from services.repair.objections import store
from services.repair.objections.domain.decision import Decision
from services.repair.objections.domain.machine import Action, ObjectionState
from services.repair.objections.domain.rules import objection_rules
from shared.clock import legal_date
from shared.contracts.objections import ObjectionUpheld
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, SECOND_PERSON_NEEDED, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act
from shared.identifiers import find_citizen_numbers
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Severity
from shared.web.caller import Caller


async def decide(work: UnitOfWork, objection_id: str, decision: Decision, caller: Caller) -> ObjectionState:
    """Decided, or proposed to a second person. Raises `Problem` for a text that must not be public or a wrong state."""
    row = await store.lock(work, objection_id)
    caller.must_write_for(row.authority_code)
    _must_be_usable(work, decision)
    decision = decision.masked
    if row.state == ObjectionState.PROPOSED:
        raise Problem(CONFLICT, "A decision waits for a second person already.", state=row.state)
    severity = Severity(row.severity) if row.severity else None
    if not objection_rules().wants_two(decision, severity):
        return await _settle(work, row, decision, caller.client_id)
    values = {"decision": decision.model_dump_json(), "proposed_by": caller.client_id}
    state = await store.move(work, row, Action.PROPOSE, caller.client_id, decision.reason, **values)
    _keep(work, row, caller.client_id, decision.reason, {"step": Action.PROPOSE.value})
    return state


async def confirm(work: UnitOfWork, objection_id: str, agreed: bool, reason: str, caller: Caller) -> ObjectionState:
    """双人复核: another person agrees to what was proposed, or sends it back."""
    row = await store.lock(work, objection_id)
    caller.must_write_for(row.authority_code)
    if row.state != ObjectionState.PROPOSED:
        raise Problem(CONFLICT, "No decision waits for a second person.", state=row.state)
    if row.proposed_by == caller.client_id:
        detail = "Who proposed a decision cannot be the second person to agree to it."
        article = objection_rules().second_person_citation
        raise Problem(SECOND_PERSON_NEEDED, detail, proposed_by=row.proposed_by, article=article)
    if agreed:
        return await _settle(work, row, Decision.model_validate_json(row.decision), caller.client_id, reason)
    state = await store.move(work, row, Action.DECLINE, caller.client_id, reason)
    _keep(work, row, caller.client_id, reason, {"step": Action.DECLINE.value})
    return state


async def _settle(
    work: UnitOfWork, row: AnyRow, decision: Decision, decided_by: str, reason: str | None = None
) -> ObjectionState:
    attempt = row.attempt + 1 if decision.upheld else row.attempt
    values: dict[str, Any] = {
        "decision": decision.model_dump_json(),
        "decided_by": decided_by,
        "attempt": attempt,
        "outcome": None,
        "outcome_reasons": None,
        **store.due_values(None),
    }
    first = row.answered_at is None
    if first:
        in_time = row.due_at is None or work.now < row.due_at
        values |= {"answered_at": work.now, "in_time": in_time}
        OBJECTIONS_ANSWERED.labels("upheld" if decision.upheld else "rejected", "yes" if in_time else "no").inc()
    if not decision.upheld:
        values["closed_at"] = work.now
    action = Action.UPHOLD if decision.upheld else Action.REJECT
    state = await store.move(work, row, action, decided_by, reason or decision.reason, **values)
    told = {"step": action.value, "remedy": decision.remedy.value if decision.remedy else None, "attempt": attempt}
    _keep(work, row, decided_by, decision.reason, told)
    if decision.upheld:
        await store.insert_sanctions(work, row.objection_id, [(one.measure, one.holder) for one in decision.sanctions])
        work.tell(_order(row, decision, attempt, decided_by))
    return state


def _order(row: AnyRow, decision: Decision, attempt: int, decided_by: str) -> ObjectionUpheld:
    if decision.remedy is None:
        raise ValueError("an upheld objection has a remedy")
    return ObjectionUpheld(
        objection_id=row.objection_id,
        record_id=row.record_id,
        attempt=attempt,
        remedy=decision.remedy,
        corrected=decision.corrected,
        withdrawal=decision.withdrawal,
        reclassification=decision.reclassification,
        decided_by=decided_by,
        reason=decision.reason,
    )


def _must_be_usable(work: UnitOfWork, decision: Decision) -> None:
    """What is decided becomes public or is told to others; a withdrawal has a day from which its deadline counts."""
    errors = []
    if any(find_citizen_numbers(text) for text in decision.texts):
        errors.append({"field": "body", "reason": "no text may hold a citizen's number"})
    if decision.withdrawal and decision.withdrawal.withdrawn_on > legal_date(work.now):
        reason = f"not after today, {legal_date(work.now)}"
        errors.append({"field": "withdrawal.withdrawn_on", "reason": reason})
    if errors:
        raise Problem(MALFORMED, "The decision cannot be taken.", errors=errors)


def _keep(work: UnitOfWork, row: AnyRow, actor: str, reason: str, told: dict[str, Any]) -> None:
    work.audit(Act(Audited.OBJECTION_STEP_TAKEN, actor, row.objection_id, row.record_id, reason, payload=told))
