"""`/v1/repair-applications`: file an application and take its steps. Each route needs the scope of its role."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from services.repair.api.desk import Desk, RepairDesk
from services.repair.applications.api.bodies import (
    ACCEPTANCE,
    APPLICATION,
    DECISION,
    SERVICE,
    STEP,
    ApplicationBody,
    StepBody,
)
from services.repair.applications.api.views import ApplicationStatus, FiledStatus
from services.repair.applications.decide import Decided, decide
from services.repair.applications.domain.case import Action, ApplicationState
from services.repair.applications.file import file
from services.repair.applications.revoke import revoke
from services.repair.applications.serve import serve
from services.repair.applications.step import Asked, take_step
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.scopes import Scope
from shared.workdays import WorkCalendar

router = APIRouter(prefix="/v1/repair-applications", tags=["repair"])

Applicant = Annotated[Caller, requires(Scope.REPAIR_WRITE)]
Clerk = Annotated[Caller, requires(Scope.REPAIR_HANDLE)]
Reviewer = Annotated[Caller, requires(Scope.REPAIR_REVIEW)]
Approver = Annotated[Caller, requires(Scope.REPAIR_DECIDE)]
JsonOnly = Annotated[str, accepts(JSON)]

Body = TypeVar("Body", bound=ApplicationBody | StepBody)
_ONE = "/{application_id}"


def _documented(summary: str, adapter: TypeAdapter[Any]) -> dict[str, Any]:
    return {
        "response_model": ApplicationStatus,
        "summary": summary,
        "openapi_extra": documented(adapter, JSON),
    }


@router.post(
    "",
    status_code=201,
    response_model=FiledStatus,
    summary="File an application",
    openapi_extra=documented(APPLICATION, JSON),
)
async def post_application(request: Request, caller: Applicant, desk: Desk, _media_type: JsonOnly) -> Response:
    """Answered at once: filed, or not possible, why, by which article and from which day it is."""

    async def act(work: UnitOfWork, calendar: WorkCalendar, body: ApplicationBody) -> Reply:
        new = await file(work, body.wanted, caller, calendar, body.reason or "")
        status = FiledStatus(
            application_id=new.application_id,
            state=ApplicationState.SUBMITTED,
            version=1,
            tracking_number=new.tracking_number,
        )
        return reply(201, status)

    return await _once(request, desk, caller, APPLICATION, act)


@router.post(_ONE + "/acceptance", **_documented("Accept or decline an application", ACCEPTANCE))
async def post_acceptance(
    application_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly
) -> Response:
    """受理 or 不予受理, within three working days where the rules say so."""
    body = await parsed(request, ACCEPTANCE)
    action = Action.ACCEPT if body.accepted else Action.DECLINE
    return await _step(application_id, action, request, desk, caller, ACCEPTANCE)


@router.post(_ONE + "/supplement-request", **_documented("Ask the applicant once for what is missing", STEP))
async def post_supplement_request(
    application_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly
) -> Response:
    """一次性告知: the clocks stand still until it is supplemented. The reason names everything that is missing."""
    return await _step(application_id, Action.REQUEST_SUPPLEMENT, request, desk, caller)


@router.post(_ONE + "/supplement", **_documented("Hand in what was asked for", STEP))
async def post_supplement(
    application_id: str, request: Request, caller: Applicant, desk: Desk, _media_type: JsonOnly
) -> Response:
    """补正: the clocks go on where they stood."""
    return await _step(application_id, Action.SUPPLEMENT, request, desk, caller)


@router.post(_ONE + "/first-review", **_documented("Make the first review", STEP))
async def post_first_review(
    application_id: str, request: Request, caller: Reviewer, desk: Desk, _media_type: JsonOnly
) -> Response:
    """初审. The reason says what was found."""
    return await _step(application_id, Action.FIRST_REVIEW, request, desk, caller)


@router.post(_ONE + "/second-review", **_documented("Make the second review, as another person", STEP))
async def post_second_review(
    application_id: str, request: Request, caller: Reviewer, desk: Desk, _media_type: JsonOnly
) -> Response:
    """复审, by somebody else than the first."""
    return await _step(application_id, Action.SECOND_REVIEW, request, desk, caller)


@router.post(_ONE + "/decision", **_documented("Decide an application", DECISION))
async def post_decision(
    application_id: str, request: Request, caller: Approver, desk: Desk, _media_type: JsonOnly
) -> Response:
    """An approval orders the take-down from every portal (提前终止公示); single records may be decided otherwise."""
    body = await parsed(request, DECISION)
    otherwise = {one.record_id: one.reason for one in body.otherwise}
    decided = Decided(body.decision, body.version, body.reason, otherwise)

    async def act(work: UnitOfWork, calendar: WorkCalendar, _body: StepBody) -> Reply:
        state = await decide(work, identifier(application_id), decided, caller, calendar)
        return _status(application_id, state, body.version + 1)

    return await _once(request, desk, caller, DECISION, act)


@router.post(_ONE + "/service", **_documented("Serve the result on the applicant", SERVICE))
async def post_service(
    application_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly
) -> Response:
    """送达. A case whose records were seen to be gone everywhere closes with it."""
    body = await parsed(request, SERVICE)

    async def act(work: UnitOfWork, calendar: WorkCalendar, _body: StepBody) -> Reply:
        asked = (identifier(application_id), body.version, body.reason, body.way)
        state = await serve(work, *asked, caller, calendar)
        return _status(application_id, state, body.version + 1 + (state is ApplicationState.CLOSED))

    return await _once(request, desk, caller, SERVICE, act)


@router.post(_ONE + "/withdrawal", **_documented("Withdraw an application", STEP))
async def post_withdrawal(
    application_id: str, request: Request, caller: Applicant, desk: Desk, _media_type: JsonOnly
) -> Response:
    """申请人撤回, while nothing is decided."""
    return await _step(application_id, Action.WITHDRAW, request, desk, caller)


@router.post(_ONE + "/revocation", **_documented("Revoke a repair that false papers obtained", STEP))
async def post_revocation(
    application_id: str, request: Request, caller: Approver, desk: Desk, _media_type: JsonOnly
) -> Response:
    """撤销修复: the records are shown again for what is left of their windows, a new application is barred."""
    body = await parsed(request, STEP)

    async def act(work: UnitOfWork, calendar: WorkCalendar, _body: StepBody) -> Reply:
        state = await revoke(work, identifier(application_id), body.version, body.reason, caller, calendar)
        return _status(application_id, state, body.version + 1)

    return await _once(request, desk, caller, STEP, act)


async def _step(
    application_id: str,
    action: Action,
    request: Request,
    desk: RepairDesk,
    caller: Caller,
    adapter: TypeAdapter[Any] = STEP,
) -> Response:
    """A step that changes nothing but the application and its clocks."""

    async def act(work: UnitOfWork, calendar: WorkCalendar, body: StepBody) -> Reply:
        asked = Asked(action, body.version, body.reason)
        stepped = await take_step(work, identifier(application_id), asked, caller, calendar)
        return _status(application_id, stepped.case.state, stepped.case.version)

    return await _once(request, desk, caller, adapter, act)


async def _once(
    request: Request,
    desk: RepairDesk,
    caller: Caller,
    adapter: TypeAdapter[Body],
    act: Callable[[UnitOfWork, WorkCalendar, Body], Awaitable[Reply]],
) -> Response:
    body = await parsed(request, adapter)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        return await act(work, await desk.calendars.current(work.connection), body)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


def _status(application_id: str, state: ApplicationState, version: int) -> Reply:
    return reply(200, ApplicationStatus(application_id=application_id, state=state, version=version))
