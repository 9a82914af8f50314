"""Take one step on an application: lock it, ask the machine, move the clocks, keep who did it, why and when (G14)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from services.repair.applications import clocks, store
from services.repair.applications.domain.case import Action, ApplicationState, Case, Step, StepRefused
from services.repair.applications.domain.clocks import SUPPLEMENT
from services.repair.applications.domain.machine import TRANSITIONS, advance
from services.repair.applications.domain.rules import Generation, procedure_rules
from services.repair.applications.look_again import LOOKED_AT, as_of_today
from services.repair.materials.checklist import must_be_complete
from shared.clock import legal_date
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, SECOND_PERSON_NEEDED, STALE_VERSION, WRONG_STATE, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy.deadlines import deadlines
from shared.web.caller import Caller
from shared.workdays import WorkCalendar

BY_THE_APPLICANT = frozenset({Action.SUPPLEMENT, Action.WITHDRAW})
"""What the company itself may do; everything else is the authority's."""


@dataclass(frozen=True)
class Asked:
    """A step that a person asks for: on which version of the application, why, and what is kept of it."""

    action: Action
    version: int
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stepped:
    """An application after a step: the row as it was, and the case as it is."""

    row: AnyRow
    case: Case

    @property
    def application_id(self) -> str:
        return str(self.row.application_id)


async def take_step(
    work: UnitOfWork, application_id: str, asked: Asked, caller: Caller, calendar: WorkCalendar
) -> Stepped:
    """The application after the step, or a `Problem`: unknown, not yours, seen in an older version, not allowed now."""
    row = await lock_known(work, application_id, caller)
    _must_act_for(caller, row, asked.action)
    if row.version != asked.version:
        seen = f"The application has version {row.version}, not {asked.version}."
        raise Problem(STALE_VERSION, seen, version=row.version, state=row.state)
    before = store.case_of(row)
    if asked.action in LOOKED_AT:
        before = await as_of_today(work.connection, application_id, before, generation_of(row))
    if asked.action is Action.SUPPLEMENT:
        await _must_be_in_time(work, row)
    with allowed(before, generation_of(row)):
        after = advance(before, Step(action=asked.action, actor=caller.client_id))
    if asked.action is Action.ACCEPT:
        await must_be_complete(work.connection, application_id, "accepted")
    reason = mask_free_text(asked.reason)
    taken = store.Taken(application_id, asked.action, before, after, caller.client_id, reason, asked.detail)
    await store.store_steps(work, [taken])
    await _note(work, row, asked, after)
    limits = clocks.Limits(application_id, generation_of(row), legal_date(work.now), calendar)
    await clocks.follow(work, asked.action, limits)
    told = {"step": asked.action.value, "from": before.state.value, "to": after.state.value, "version": after.version}
    audited = _AUDITED.get(asked.action, Audited.REPAIR_STEP_TAKEN)
    work.audit(Act(audited, caller.client_id, application_id, None, reason, payload=told))
    return Stepped(row, after)


async def lock_known(work: UnitOfWork, application_id: str, caller: Caller) -> AnyRow:
    """The application, locked; one of another company is as unknown as one that does not exist."""
    row = await store.lock(work, application_id)
    if row is None or not may_see(caller, row):
        raise Problem(NOT_FOUND, f"There is no application {application_id[:64]}.")
    return row


def may_see(caller: Caller, row: AnyRow) -> bool:
    """An applicant sees its own applications; a token that names no company is an officer's."""
    return not caller.subjects or caller.speaks_for(row.subject_key) or caller.may_write_for(row.authority_code)


def generation_of(row: AnyRow) -> Generation:
    """The generation of the rules that was in force when it was filed (R02)."""
    rules = procedure_rules()
    return next((one for one in rules.generations if one.id == row.generation), rules.generation_on(row.filed_on))


@contextmanager
def allowed(before: Case, rules: Generation) -> Iterator[None]:
    """A step that the machine refuses becomes the answer to the caller, with the rule and what would be possible."""
    try:
        yield
    except StepRefused as refusal:
        if refusal.other_person is not None:
            members = {"proposed_by": refusal.other_person, "state": before.state, "article": rules.two_people_citation}
            raise Problem(SECOND_PERSON_NEEDED, refusal.reason, **members) from None
        about = {"state": before.state, "possible": possible_steps(before), "article": rules.citation}
        raise Problem(WRONG_STATE, refusal.reason, **about) from None


def possible_steps(case: Case) -> list[str]:
    """What a person may do next, whoever it is."""
    by_itself = (Action.LAPSE, Action.CLOSE)
    followed = [action for state, action in TRANSITIONS if state is case.state and action not in by_itself]
    return sorted(action for action in followed if not _ruled_out(case, action))


def _ruled_out(case: Case, action: Action) -> bool:
    early = case.two_people and case.state is ApplicationState.FIRST_REVIEWED
    return (
        (action is Action.REQUEST_SUPPLEMENT and case.supplement_requested)
        or (action is Action.SERVE and case.served)
        or (action in (Action.APPROVE, Action.REFUSE) and early)
    )


def _must_act_for(caller: Caller, row: AnyRow, action: Action) -> None:
    if action in BY_THE_APPLICANT and caller.speaks_for(row.subject_key):
        return
    caller.must_write_for(row.authority_code)


async def _must_be_in_time(work: UnitOfWork, row: AnyRow) -> None:
    """What comes after the last day of the supplement is too late, also before the timer has said so."""
    due_at = await clocks.due_of(work.connection, row.application_id, SUPPLEMENT)
    if due_at is not None and due_at <= work.now:
        article = deadlines()[SUPPLEMENT].citation
        raise Problem(
            WRONG_STATE, "The term for the supplement is over.", state=row.state, possible=[], article=article
        )


async def _note(work: UnitOfWork, row: AnyRow, asked: Asked, after: Case) -> None:
    """The columns that say when an act took place, and what ends with it."""
    if after.two_people and not row.two_people:
        await store.set_columns(work, [row.application_id], two_people=True)
    if columns := _NOTED.get(asked.action):
        await store.set_columns(work, [row.application_id], **columns(work))
    if after.state in _SETTLED:
        await store.settle_records(work, [row.application_id])


_SETTLED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN, ApplicationState.REFUSED, ApplicationState.REVOKED)

_NOTED: Mapping[Action, Callable[[UnitOfWork], dict[str, Any]]] = {
    Action.ACCEPT: lambda work: {"accepted_on": legal_date(work.now)},
    Action.REQUEST_SUPPLEMENT: lambda work: {"supplement_requested_on": legal_date(work.now)},
    Action.SUPPLEMENT: lambda work: {"supplemented_on": legal_date(work.now)},
    Action.SERVE: lambda work: {"served_on": legal_date(work.now)},
    Action.REVOKE: lambda _work: {"served_on": None},  # when the approval was served stands in its step
}

_AUDITED: Mapping[Action, Audited] = {
    Action.APPROVE: Audited.REPAIR_DECIDED,
    Action.REFUSE: Audited.REPAIR_DECIDED,
    Action.REVOKE: Audited.REPAIR_REVOKED,
}
