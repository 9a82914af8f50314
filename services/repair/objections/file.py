"""File an objection (提出异议), by the company concerned or by the bureau for it; the record is marked at once."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from services.repair.objections import store
from services.repair.objections.domain.machine import About, Action, ObjectionState
from services.repair.objections.domain.rules import gravest
from services.repair.objections.marks import mark
from services.repair.objections.tables import objection, objection_step
from shared.calendars.dues import Due, due
from shared.clock import legal_date
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.sealing import Sealer
from shared.web.caller import Caller
from shared.workdays import WorkCalendar


@dataclass(frozen=True)
class Statement:
    """What is objected to and why, as the objector says it. `contact` is how he is told the answer."""

    about: About
    text: str
    contact: str
    received_on: date | None = None


@dataclass(frozen=True)
class Filed:
    """A new objection, and by when it is answered."""

    objection_id: str
    answer: Due


async def file(
    work: UnitOfWork, record_id: str, said: Statement, caller: Caller, calendar: WorkCalendar, sealer: Sealer
) -> Filed:
    """Store it, mark the record and start the clock, or raise the `Problem` that says why not."""
    rows = await _may_object(work, record_id, caller)
    by_subject = caller.speaks_for(rows[0].subject_key or "")
    received_on = _received_on(said, rows, legal_date(work.now), by_subject=by_subject)
    new = Filed(new_id(), due(calendar, "objection_answer", received_on))
    row = _row(work, new, rows, said, received_on)
    row |= {
        "by_subject": by_subject,
        "filed_by": caller.client_id,
        "mark_due_at": due(calendar, "objection_mark", received_on).at,
        "sealed": sealer.seal(json.dumps([said.text, said.contact], ensure_ascii=False), sealed_as(new.objection_id)),
    }
    try:
        await work.connection.execute(objection.insert(), row)
    except IntegrityError:
        detail = f"There is an open objection against the {said.about} of this record already."
        raise Problem(CONFLICT, detail, record_id=record_id) from None
    await work.connection.execute(objection_step.insert(), _first_step(row))
    await mark(work, record_id)
    told = {"about": said.about.value, "by_subject": by_subject}
    work.audit(Act(Audited.OBJECTION_FILED, caller.client_id, new.objection_id, record_id, payload=told))
    return new


def sealed_as(objection_id: str) -> str:
    """The context under which the words of an objector are sealed."""
    return f"objection {objection_id}"


async def _may_object(work: UnitOfWork, record_id: str, caller: Caller) -> list[AnyRow]:
    """What is shown of the record. An applicant learns of another's record nothing, not even that there is one."""
    rows = list(await store.shown(work, record_id))
    known = bool(rows) and bool(rows[0].authority_code)
    ours = known and (caller.speaks_for(rows[0].subject_key or "") or caller.may_write_for(rows[0].authority_code))
    if not known or (caller.subjects and not ours):
        raise Problem(NOT_FOUND, "Repair knows no shown record of yours by this identifier.", record_id=record_id)
    if not ours:
        caller.must_write_for(rows[0].authority_code)
    if not any(row.online for row in rows):
        raise Problem(CONFLICT, "The record is not shown anywhere any more; there is nothing to mark.")
    return rows


def _received_on(said: Statement, rows: list[AnyRow], today: date, *, by_subject: bool) -> date:
    """The day from which the clocks run. A company files on the day itself; the bureau notes when the letter came."""
    if said.received_on is None:
        return today
    earliest = max((row.decided_on for row in rows if row.decided_on), default=said.received_on)
    if said.received_on > today or said.received_on < earliest or (by_subject and said.received_on != today):
        reason = f"from the day of the decision, {earliest}, to today, {today}; of a company always today"
        raise Problem(MALFORMED, "The objection cannot be taken.", errors=[{"field": "received_on", "reason": reason}])
    return said.received_on


def _row(work: UnitOfWork, new: Filed, rows: list[AnyRow], said: Statement, received_on: date) -> dict[str, Any]:
    online = [row for row in rows if row.online]
    return {
        "objection_id": new.objection_id,
        "version": 1,
        "record_id": rows[0].record_id,
        "subject_key": rows[0].subject_key or "",
        "authority_code": rows[0].authority_code,
        "severity": gravest([row.severity for row in online]),
        "about": said.about,
        "state": ObjectionState.FILED,
        "is_open": True,
        "filed_at": work.now,
        "received_on": received_on,
        "other_unit": False,
        "attempt": 0,
        **store.due_values(new.answer),
    }


def _first_step(row: dict[str, Any]) -> dict[str, Any]:
    taken_at: datetime = row["filed_at"]
    return {
        "objection_id": row["objection_id"],
        "version": 1,
        "action": Action.FILE,
        "from_state": None,
        "to_state": ObjectionState.FILED,
        "actor": row["filed_by"],
        "reason": "",
        "taken_at": taken_at,
    }
