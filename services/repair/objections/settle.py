"""What becomes of an upheld objection: its remedy took effect or could not, wrong sanctions are undone, it is closed.

Closed only when both are done, never before: an answer to an older attempt changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import update

from services.repair.measures.end import Because, end_measures
from services.repair.objections import store
from services.repair.objections.domain.decision import Decision
from services.repair.objections.domain.machine import Action, ObjectionState
from services.repair.objections.tables import objection_sanction
from shared.clock import legal_date
from shared.contracts.objections import CorrectionSettled, ReclassificationSettled
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, SECOND_PERSON_NEEDED, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act, system
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Remedy, RemedyOutcome
from shared.web.caller import Caller

log = structlog.get_logger()

Answer = CorrectionSettled | ReclassificationSettled
_NO_EFFECT = "What was stated changes neither the class nor the window of the record."


@dataclass(frozen=True)
class Undone:
    """A wrong sanction that was undone: on which day, when its holder was told, and by which letter or entry."""

    undone_on: date
    told_on: date
    reference: str


async def hear_answers(work: UnitOfWork, answers: Sequence[Answer]) -> None:
    """Each is about one person's decision and is taken by itself."""
    for one in answers:
        await _hear(work, one)


async def _hear(work: UnitOfWork, answer: Answer) -> None:
    try:
        row = await store.lock(work, answer.objection_id)
    except Problem:
        log.warning("answer_to_no_objection", objection_id=answer.objection_id)
        return
    if row.attempt != answer.attempt or row.outcome is not None or row.state != ObjectionState.UPHELD:
        return
    decision = Decision.model_validate_json(row.decision)
    failed = answer.outcome is RemedyOutcome.REFUSED
    reasons = list(answer.reasons)
    if decision.remedy is Remedy.RECLASSIFY and answer.outcome is RemedyOutcome.UNCHANGED:
        failed, reasons = True, [_NO_EFFECT]
    actor = system("repair.remedies")
    action = Action.FAIL if failed else Action.SETTLE
    values = {"outcome": answer.outcome, "outcome_reasons": json.dumps(reasons, ensure_ascii=False)}
    await store.move(work, row, action, actor, "; ".join(reasons)[:2000], **values)
    told = {"outcome": answer.outcome.value, "attempt": answer.attempt}
    work.audit(Act(Audited.OBJECTION_SETTLED, actor, row.objection_id, row.record_id, payload=told))
    if failed:
        return
    if decision.remedy is Remedy.WITHDRAW:  # nothing may rest on a record that should not have been
        await end_measures(work, [row.record_id], Because.OBJECTION, row.objection_id)
    await _close(work, row.objection_id, actor)


async def undo(work: UnitOfWork, objection_id: str, number: int, undone: Undone, caller: Caller) -> ObjectionState:
    """Note that a wrong sanction was undone and whom that was told."""
    row = await store.lock(work, objection_id)
    caller.must_write_for(row.authority_code)
    sanctions = {one.number: one for one in await store.read_sanctions(work.connection, objection_id)}
    if number not in sanctions:
        raise Problem(NOT_FOUND, f"The objection names no sanction {number}.")
    if sanctions[number].undone_on is not None:
        raise Problem(CONFLICT, "The sanction is undone already.", undone_on=sanctions[number].undone_on.isoformat())
    _must_be_possible(row, undone, legal_date(work.now))
    reason = f"{sanctions[number].measure} ({sanctions[number].holder}): {undone.reference}"
    state = await store.move(work, row, Action.UNDO, caller.client_id, reason)
    columns = objection_sanction.c
    await work.connection.execute(
        update(objection_sanction)
        .where(columns.objection_id == objection_id, columns.number == number)
        .values(
            undone_on=undone.undone_on,
            told_on=undone.told_on,
            reference=mask_free_text(undone.reference),
            noted_by=caller.client_id,
            noted_at=work.now,
        )
    )
    told = {"number": number, "undone_on": undone.undone_on.isoformat(), "told_on": undone.told_on.isoformat()}
    act = Act(Audited.SANCTION_UNDONE, caller.client_id, objection_id, row.record_id, undone.reference, payload=told)
    work.audit(act)
    return await _close(work, objection_id, caller.client_id) or state


def _must_be_possible(row: AnyRow, undone: Undone, today: date) -> None:
    first = legal_date(row.answered_at)
    days = {"undone_on": undone.undone_on, "told_on": undone.told_on}
    reason = f"from the day of the decision, {first}, to today, {today}"
    errors = [{"field": name, "reason": reason} for name, day in days.items() if not first <= day <= today]
    if errors:
        raise Problem(MALFORMED, "The note cannot be taken.", errors=errors)


async def _close(work: UnitOfWork, objection_id: str, actor: str) -> ObjectionState | None:
    """办结 when the remedy took effect and no wrong sanction stands; None when something is missing."""
    row = await store.lock(work, objection_id)
    if row.state != ObjectionState.UPHELD or row.outcome is None or await store.open_sanctions(work, objection_id):
        return None
    return await store.move(work, row, Action.CLOSE, actor, "", closed_at=work.now)


async def give_up(work: UnitOfWork, objection_id: str, reason: str, caller: Caller) -> ObjectionState:
    """Close a case whose remedy cannot be carried out and where nothing is left to change (已无可更正): a second
    person, with the reason. The mark goes; no wrong sanction may stand."""
    row = await store.lock(work, objection_id)
    caller.must_write_for(row.authority_code)
    if row.state != ObjectionState.REMEDY_REFUSED:
        detail = "Only a case whose remedy could not be carried out is closed like this."
        raise Problem(CONFLICT, detail, state=row.state)
    if caller.client_id in (row.decided_by, row.proposed_by):
        detail = "Who decided on the remedy cannot be the person who finds that nothing is left to change."
        raise Problem(SECOND_PERSON_NEEDED, detail, proposed_by=caller.client_id)
    if open_ones := await store.open_sanctions(work, objection_id):
        raise Problem(CONFLICT, "Wrong sanctions stand; note first when they were undone.", open_sanctions=open_ones)
    state = await store.move(work, row, Action.CLOSE, caller.client_id, reason, closed_at=work.now)
    told = {"step": Action.CLOSE.value, "nothing_left": True}
    why = mask_free_text(reason)
    work.audit(Act(Audited.OBJECTION_STEP_TAKEN, caller.client_id, objection_id, row.record_id, why, payload=told))
    return state
