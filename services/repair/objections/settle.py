"""What people note of an upheld objection: wrong sanctions are undone, or nothing is left to change.

Closed only when its remedy took effect and no wrong sanction stands; what became of the remedy is heard in `hear.py`.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import update

from services.repair.objections import store
from services.repair.objections.domain.machine import Action, ObjectionState
from services.repair.objections.domain.rules import objection_rules
from services.repair.objections.tables import objection_sanction
from shared.clock import legal_date
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, SECOND_PERSON_NEEDED, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller


@dataclass(frozen=True)
class Undone:
    """A wrong sanction that was undone: on which day, when its holder was told, and by which letter or entry."""

    undone_on: date
    told_on: date
    reference: str


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
        article = objection_rules().second_person_citation
        raise Problem(SECOND_PERSON_NEEDED, detail, proposed_by=caller.client_id, article=article)
    if open_ones := await store.open_sanctions(work, objection_id):
        raise Problem(CONFLICT, "Wrong sanctions stand; note first when they were undone.", open_sanctions=open_ones)
    state = await store.move(work, row, Action.CLOSE, caller.client_id, reason, closed_at=work.now)
    told = {"step": Action.CLOSE.value, "nothing_left": True}
    why = mask_free_text(reason)
    work.audit(Act(Audited.OBJECTION_STEP_TAKEN, caller.client_id, objection_id, row.record_id, why, payload=told))
    return state
