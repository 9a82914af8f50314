"""`POST /v1/objections…`: file, check with another unit, decide, confirm, undo, retract."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.repair.api.desk import Desk
from services.repair.objections import decide as decisions
from services.repair.objections import verify
from services.repair.objections.api.bodies import (
    CHECK,
    CONFIRMATION,
    DECISION,
    OBJECTION,
    TEXT,
    UNDONE,
    FiledObjection,
    ObjectionStatus,
)
from services.repair.objections.domain.machine import ObjectionState
from services.repair.objections.file import Statement, file
from services.repair.objections.settle import Undone, give_up, undo
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/objections", tags=["objections"])

Objector = Annotated[Caller, requires(Scope.REPAIR_WRITE)]
Clerk = Annotated[Caller, requires(Scope.REPAIR_HANDLE)]
Reviewer = Annotated[Caller, requires(Scope.REPAIR_REVIEW)]
Approver = Annotated[Caller, requires(Scope.REPAIR_DECIDE)]
JsonOnly = Annotated[str, accepts(JSON)]


@router.post(
    "",
    status_code=201,
    response_model=FiledObjection,
    summary="File an objection",
    openapi_extra=documented(OBJECTION, JSON),
)
async def post_objection(request: Request, caller: Objector, desk: Desk, _media_type: JsonOnly) -> Response:
    """By the company that is concerned, or by the bureau for it. The record is marked at once (异议标注)."""
    body = await parsed(request, OBJECTION)
    call = await changing_call(request, caller)
    said = Statement(body.about, body.statement, body.contact, body.received_on)

    async def produce(work: UnitOfWork) -> Reply:
        calendar = await desk.calendars.current(work.connection)
        filed = await file(work, body.record_id, said, caller, calendar, request.app.state.sealer)
        answer = FiledObjection(
            objection_id=filed.objection_id,
            state=ObjectionState.FILED,
            answer_due_at=filed.answer.at,
            provisional=filed.answer.provisional,
        )
        return reply(201, answer)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/{objection_id}/checks",
    response_model=FiledObjection,
    summary="Ask another unit to check",
    openapi_extra=documented(CHECK, JSON),
)
async def post_check(objection_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly) -> Response:
    """协查: the longer limit counts, from the same day of receipt."""
    body = await parsed(request, CHECK)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        calendar = await desk.calendars.current(work.connection)
        wanted = identifier(objection_id)
        state, limit = await verify.ask(work, wanted, body.unit, body.question, caller, calendar)
        answer = FiledObjection(objection_id=wanted, state=state, answer_due_at=limit.at, provisional=limit.provisional)
        return reply(200, answer)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/{objection_id}/check-answers",
    response_model=ObjectionStatus,
    summary="Note what the other unit answered",
    openapi_extra=documented(TEXT, JSON),
)
async def post_check_answer(
    objection_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly
) -> Response:
    body = await parsed(request, TEXT)
    return await _step(
        request, caller, desk, objection_id, lambda work, one: verify.answer(work, one, body.reason, caller)
    )


@router.post(
    "/{objection_id}/decision",
    response_model=ObjectionStatus,
    summary="Decide an objection, or propose to a second person",
    openapi_extra=documented(DECISION, JSON),
)
async def post_decision(
    objection_id: str, request: Request, caller: Reviewer, desk: Desk, _media_type: JsonOnly
) -> Response:
    """Upheld with one remedy, or rejected. What the rules want two people for becomes `proposed`."""
    body = await parsed(request, DECISION)
    return await _step(request, caller, desk, objection_id, lambda work, one: decisions.decide(work, one, body, caller))


@router.post(
    "/{objection_id}/confirmation",
    response_model=ObjectionStatus,
    summary="Agree to a proposed decision as the second person, or send it back",
    openapi_extra=documented(CONFIRMATION, JSON),
)
async def post_confirmation(
    objection_id: str, request: Request, caller: Approver, desk: Desk, _media_type: JsonOnly
) -> Response:
    """双人复核: never by the person who proposed."""
    body = await parsed(request, CONFIRMATION)
    return await _step(
        request,
        caller,
        desk,
        objection_id,
        lambda work, one: decisions.confirm(work, one, body.agreed, body.reason, caller),
    )


@router.post(
    "/{objection_id}/retraction",
    response_model=ObjectionStatus,
    summary="Take an objection back",
    openapi_extra=documented(TEXT, JSON),
)
async def post_retraction(
    objection_id: str, request: Request, caller: Objector, desk: Desk, _media_type: JsonOnly
) -> Response:
    """By the objector, before it was answered; the mark goes."""
    body = await parsed(request, TEXT)
    return await _step(
        request, caller, desk, objection_id, lambda work, one: verify.retract(work, one, body.reason, caller)
    )


@router.post(
    "/{objection_id}/sanctions/{number}",
    response_model=ObjectionStatus,
    summary="Note that a wrong sanction was undone",
    openapi_extra=documented(UNDONE, JSON),
)
async def post_undone(
    objection_id: str, number: int, request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly
) -> Response:
    """解除错误惩戒: what was undone, and when its holder was told. The last one closes the case."""
    body = await parsed(request, UNDONE)
    undone = Undone(body.undone_on, body.told_on, body.reference)
    return await _step(request, caller, desk, objection_id, lambda work, one: undo(work, one, number, undone, caller))


@router.post(
    "/{objection_id}/closing",
    response_model=ObjectionStatus,
    summary="Close a case in which nothing is left to change, as the second person",
    openapi_extra=documented(TEXT, JSON),
)
async def post_closing(
    objection_id: str, request: Request, caller: Approver, desk: Desk, _media_type: JsonOnly
) -> Response:
    """已无可更正: the remedy could not be carried out and no other would change anything; never by who decided it."""
    body = await parsed(request, TEXT)
    return await _step(request, caller, desk, objection_id, lambda work, one: give_up(work, one, body.reason, caller))


Do = Callable[[UnitOfWork, str], Awaitable[ObjectionState]]


async def _step(request: Request, caller: Caller, desk: Desk, objection_id: str, do: Do) -> Response:
    """One step in one transaction, once however often it is sent."""
    call = await changing_call(request, caller)
    wanted = identifier(objection_id)

    async def produce(work: UnitOfWork) -> Reply:
        return reply(200, ObjectionStatus(objection_id=wanted, state=await do(work, wanted)))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))
