"""Which step may follow which on an application, and who may take it: the explicit state machine. Pure.

An application and a step in, the next application out, or `StepRefused`. Serves G10 and G14.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from services.repair.applications.domain.case import UNDECIDED, Action, ApplicationState, Case, Step, StepRefused

_S, _A = ApplicationState, Action

TRANSITIONS: Mapping[tuple[ApplicationState, Action], ApplicationState | None] = MappingProxyType(
    {
        (_S.SUBMITTED, _A.ACCEPT): _S.ACCEPTED,
        (_S.SUBMITTED, _A.DECLINE): _S.DECLINED,
        (_S.SUBMITTED, _A.REQUEST_SUPPLEMENT): _S.SUPPLEMENTING,
        (_S.ACCEPTED, _A.REQUEST_SUPPLEMENT): _S.SUPPLEMENTING,
        (_S.SUPPLEMENTING, _A.SUPPLEMENT): None,  # back to where the request was made
        (_S.SUPPLEMENTING, _A.LAPSE): _S.LAPSED,
        (_S.ACCEPTED, _A.FIRST_REVIEW): _S.FIRST_REVIEWED,
        (_S.FIRST_REVIEWED, _A.SECOND_REVIEW): _S.SECOND_REVIEWED,
        # Without a second review only where the rules are content with one.
        (_S.FIRST_REVIEWED, _A.APPROVE): _S.APPROVED,
        (_S.FIRST_REVIEWED, _A.REFUSE): _S.REFUSED,
        (_S.SECOND_REVIEWED, _A.APPROVE): _S.APPROVED,
        (_S.SECOND_REVIEWED, _A.REFUSE): _S.REFUSED,
        (_S.DECLINED, _A.SERVE): _S.DECLINED,
        (_S.APPROVED, _A.SERVE): _S.APPROVED,
        (_S.REFUSED, _A.SERVE): _S.REFUSED,
        (_S.APPROVED, _A.CLOSE): _S.CLOSED,
        (_S.APPROVED, _A.REVOKE): _S.REVOKED,
        (_S.CLOSED, _A.REVOKE): _S.REVOKED,
        (_S.REVOKED, _A.SERVE): _S.REVOKED,  # the revocation is a decision of its own and is served too
        **{(state, _A.WITHDRAW): _S.WITHDRAWN for state in UNDECIDED},
    }
)
"""Everything that may happen to an application that was filed."""


def filed(*, two_people: bool) -> Case:
    """A new application."""
    return Case(_S.SUBMITTED, 1, two_people)


def advance(case: Case, step: Step) -> Case:
    """The application after this step."""
    known = (case.state, step.action)
    if known not in TRANSITIONS:
        raise StepRefused(f"An application that is {case.state} does not allow {step.action}.")
    after = _PARTS.get(step.action, _no_more)(case, step)
    state = TRANSITIONS[known] or case.resumes
    if state is None:
        raise ValueError("an application that waits for a supplement does not say where it goes on")
    return replace(after, state=state, version=case.version + 1)


def _no_more(case: Case, _step: Step) -> Case:
    return case


def _request(case: Case, _step: Step) -> Case:
    if case.supplement_requested:
        raise StepRefused("A supplement was requested before; one request has to name everything that is missing.")
    return replace(case, supplement_requested=True, resumes=case.state)


def _supplement(case: Case, _step: Step) -> Case:
    return replace(case, resumes=None)


def _first(case: Case, step: Step) -> Case:
    return replace(case, first_reviewer=step.actor)


def _second(case: Case, step: Step) -> Case:
    _other_than_first(case, step, "The second review belongs to another person than the first.")
    return case


def _decide(case: Case, step: Step) -> Case:
    if case.two_people:
        if case.state is not _S.SECOND_REVIEWED:
            raise StepRefused("The rules want a second review before the decision.")
        _other_than_first(case, step, "Whoever made the first review does not decide.")
    return case


def _serve(case: Case, _step: Step) -> Case:
    if case.served:
        raise StepRefused("The result was served already.")
    return replace(case, served=True)


def _close(case: Case, _step: Step) -> Case:
    if not case.served:
        raise StepRefused("The result was not served on the applicant yet.")
    return case


def _revoke(case: Case, _step: Step) -> Case:
    return replace(case, served=False)


def _other_than_first(case: Case, step: Step, reason: str) -> None:
    if step.actor == case.first_reviewer:
        raise StepRefused(reason, other_person=case.first_reviewer)


_PARTS: Mapping[Action, Callable[[Case, Step], Case]] = MappingProxyType(
    {
        _A.REQUEST_SUPPLEMENT: _request,
        _A.SUPPLEMENT: _supplement,
        _A.FIRST_REVIEW: _first,
        _A.SECOND_REVIEW: _second,
        _A.APPROVE: _decide,
        _A.REFUSE: _decide,
        _A.SERVE: _serve,
        _A.CLOSE: _close,
        _A.REVOKE: _revoke,
    }
)
