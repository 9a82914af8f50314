"""`GET /v1/objections…`: what is open, what is overdue, and one objection with its history."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.repair.api.desk import Desk
from services.repair.applications.domain.rules import procedure_rules
from services.repair.objections import store
from services.repair.objections.api.bodies import (
    ObjectionSummary,
    ObjectionView,
    Reconsideration,
    SanctionView,
    StepView,
)
from services.repair.objections.domain.machine import Action, ObjectionState
from services.repair.objections.domain.rules import objection_rules
from services.repair.objections.file import sealed_as
from shared.clock import LEGAL_ZONE
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.identifiers import mask_free_text
from shared.sealing import Sealer
from shared.web.auth import requires
from shared.web.caller import EVERY_SUBJECT, Caller
from shared.web.identifier import identifier
from shared.web.instant import LocalInstant
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total
from shared.workdays import WorkCalendar

router = APIRouter(prefix="/v1/objections", tags=["objections"])

Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]
_MOST_DUE = 500
_NEAR = timedelta(days=1)
_BEING_DECIDED = frozenset({ObjectionState.PROPOSED, ObjectionState.REMEDY_REFUSED})
_AMONG_OFFICERS = frozenset({Action.ASK, Action.ANSWER, Action.PROPOSE, Action.DECLINE})


@dataclass(frozen=True)
class Moment:
    """When somebody asks, and the calendar of that moment."""

    now: datetime
    calendar: WorkCalendar

    def minutes_until(self, due_at: datetime | None) -> int | None:
        if due_at is None:
            return None
        here, end = self.now.astimezone(LEGAL_ZONE), due_at.astimezone(LEGAL_ZONE)
        return procedure_rules().office_hours.minutes_between(here, end, self.calendar)


@router.get("", summary="Objections that are open, or in one state")
async def get_objections(
    caller: Reader,
    desk: Desk,
    page: Paged,
    state: Annotated[ObjectionState | None, Query(description="Only those in this state; else every open one.")] = None,
    counted: Counted = False,
) -> CountedPage[ObjectionSummary]:
    """In the order in which they were filed. A company sees its own only."""
    after = str(page.after[0]) if page.after else None
    subjects = _subjects(caller)
    async with desk.database.reading() as connection:
        rows = await store.read_list(connection, state, subjects, after, page.fetch)
        moment = Moment(desk.clock.now(), await desk.calendars.current(connection))
        total = await total_of(connection, store.all_of(state, subjects)) if counted else None
    found = page_of(rows, page, position=lambda row: [row.objection_id], shown=lambda row: _summary(row, moment))
    return with_total(found, total)


@router.get("/counts", summary="Open objections by state")
async def get_counts(caller: Reader, desk: Desk) -> dict[ObjectionState, int]:
    """For officers; a company is told nothing of others."""
    if _subjects(caller) is not None:
        return {}
    async with desk.database.reading() as connection:
        return {ObjectionState(state): number for state, number in (await store.count_open(connection)).items()}


@router.get("/due", summary="Objections whose limit is over or ends soon")
async def get_due(
    caller: Reader,
    desk: Desk,
    until: Annotated[
        LocalInstant | None, Query(description="Limits that end before this instant; unset: within a day.")
    ] = None,
) -> list[ObjectionSummary]:
    """The earliest first; at most 500."""
    async with desk.database.reading() as connection:
        last = until or desk.clock.now() + _NEAR
        rows = await store.read_due(connection, last, _MOST_DUE, _subjects(caller))
        moment = Moment(desk.clock.now(), await desk.calendars.current(connection))
    return [_summary(row, moment) for row in rows]


@router.get("/{objection_id}", summary="One objection")
async def get_objection(objection_id: str, request: Request, caller: Reader, desk: Desk) -> ObjectionView:
    """With every step, the decision, what became of its remedy, and the sanctions that are to be undone."""
    wanted = identifier(objection_id)
    async with desk.database.reading() as connection:
        row = await store.read(connection, wanted)
        if row is None or not _may_see(caller, row):
            raise Problem(NOT_FOUND, f"There is no objection {objection_id}.")
        steps = await store.read_steps(connection, wanted)
        sanctions = await store.read_sanctions(connection, wanted)
        moment = Moment(desk.clock.now(), await desk.calendars.current(connection))
    sealer: Sealer = request.app.state.sealer
    text, contact = json.loads(sealer.open(row.sealed, sealed_as(wanted)))
    handles = caller.speaks_for(row.subject_key) or caller.may_write_for(row.authority_code)
    return ObjectionView(
        **_summary(row, moment).model_dump(),
        statement=mask_free_text(text),
        contact=contact if handles and Scope.REPAIR_WRITE in caller.scopes else None,
        decision=json.loads(row.decision) if row.decision and _is_told(caller, row) else None,
        proposed_by=row.proposed_by,
        decided_by=row.decided_by,
        answered_at=row.answered_at,
        in_time=row.in_time,
        outcome=row.outcome,
        outcome_reasons=json.loads(row.outcome_reasons) if row.outcome_reasons else [],
        reconsideration=_reconsideration(row),
        closed_at=row.closed_at,
        steps=[_step(one, told=_is_told(caller, row)) for one in steps],
        sanctions=[SanctionView.model_validate(one, from_attributes=True) for one in sanctions],
    )


def _subjects(caller: Caller) -> list[str] | None:
    """Whose objections the caller sees; None for everybody's."""
    if not caller.subjects or EVERY_SUBJECT in caller.subjects:
        return None
    return sorted(caller.subjects)


def _may_see(caller: Caller, row: AnyRow) -> bool:
    return not caller.subjects or caller.speaks_for(row.subject_key)


def _is_told(caller: Caller, row: AnyRow) -> bool:
    """A company reads a decision when it is one: not what somebody proposes, the first time or anew."""
    return not caller.subjects or (row.answered_at is not None and row.state not in _BEING_DECIDED)


def _step(row: AnyRow, *, told: bool) -> StepView:
    """One step; what officers say to each other before they decide is theirs until then."""
    step = StepView.model_validate(row, from_attributes=True)
    return step if told or step.action not in _AMONG_OFFICERS else step.model_copy(update={"reason": ""})


def _reconsideration(row: AnyRow) -> Reconsideration | None:
    rules = objection_rules()
    if row.state != ObjectionState.REJECTED:
        return None
    return Reconsideration(text=rules.reconsideration, citation=rules.reconsideration_citation)


def _summary(row: AnyRow, moment: Moment) -> ObjectionSummary:
    return ObjectionSummary(
        objection_id=row.objection_id,
        state=row.state,
        record_id=row.record_id,
        about=row.about,
        authority_code=row.authority_code,
        by_subject=row.by_subject,
        received_on=row.received_on,
        filed_at=row.filed_at,
        answer_due_at=row.due_at,
        provisional=row.due_provisional,
        is_overdue=row.due_at is not None and row.due_at <= moment.now,
        minutes_left=moment.minutes_until(row.due_at),
    )
