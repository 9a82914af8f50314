"""`/v1/reconciliations/{run_id}/approval`: two people decide about mending above the limit (guarantee G08)."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.sync.api.views import Desk, Operator, Reader
from services.sync.reconciliation import approvals
from services.sync.reconciliation.api.views import ApprovalView, approval_view
from shared.errors import SCOPE_MISSING, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.reasons import READABLE
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["reconciliations"])


class Step(StrEnum):
    """What somebody does about the mending that a run left to people."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"


class Decision(BaseModel):
    """The step and why. Who proposed cannot approve; approving and rejecting need the scope `sync:approve`."""

    model_config = ConfigDict(extra="forbid")
    step: Step
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=READABLE)]


_DECISION = TypeAdapter(Decision)


@router.post(
    "/reconciliations/{run_id}/approval",
    response_model=ApprovalView,
    summary="Propose, approve or reject mending",
    openapi_extra=documented(_DECISION, JSON),
)
async def post_approval(
    request: Request, run_id: str, caller: Operator, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """审批. Once approved, each difference is looked at again before its order is repeated: days may have passed."""
    body = await parsed(request, _DECISION)
    call = await changing_call(request, caller)
    if body.step is not Step.PROPOSE:
        _must_approve(caller)

    async def produce(work: UnitOfWork) -> Reply:
        if body.step is Step.PROPOSE:
            row = await approvals.propose(work, identifier(run_id), caller.client_id, body.reason)
        else:
            approve = body.step is Step.APPROVE
            row = await approvals.decide(work, identifier(run_id), caller.client_id, body.reason, approve=approve)
        return reply(200, approval_view(row))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/reconciliations/{run_id}/approval", summary="Proposals and decisions of a run, newest first")
async def get_approvals(run_id: str, _caller: Reader, desk: Desk) -> list[ApprovalView]:
    async with desk.database.reading() as connection:
        rows = await approvals.of_run(connection, identifier(run_id))
    return [approval_view(row) for row in rows]


def _must_approve(caller: Caller) -> None:
    if Scope.SYNC_APPROVE not in caller.scopes:
        raise Problem(
            SCOPE_MISSING,
            "Only a client with the scope sync:approve decides about proposed mending.",
            required_scope=Scope.SYNC_APPROVE,
        )
