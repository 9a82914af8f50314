"""`/v1/regradings`: companies whose grade is to be looked at anew after a repair (常应急〔2022〕19号 art. 9)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, TypeAdapter

from services.repair.api.desk import Desk
from services.repair.applications.api.bodies import Body, Reason
from services.repair.applications.regrade import note_regraded, read_due
from shared.clock import legal_date
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/regradings", tags=["repair"])

Officer = Annotated[Caller, requires(Scope.REPAIR_HANDLE)]


class RegradedBody(Body):
    """What came of it."""

    reason: Reason


class RegradingView(BaseModel):
    """A company whose grade is to be looked at anew, and the application behind it."""

    application_id: str
    subject_key: str
    region: str
    due_on: date


_BODY = TypeAdapter(RegradedBody)


@router.get("", summary="Grades that are to be looked at anew")
async def get_regradings(_caller: Officer, desk: Desk, page: Paged) -> Page[RegradingView]:
    """Due today or earlier, and not done."""
    today = legal_date(desk.clock.now())
    async with desk.database.reading() as connection:
        rows = await read_due(connection, today, str(page.after[0]) if page.after else None, page.fetch)
    return page_of(
        rows,
        page,
        position=lambda row: [row.application_id],
        shown=lambda row: RegradingView(**{name: getattr(row, name) for name in RegradingView.model_fields}),
    )


@router.post(
    "/{application_id}/done",
    status_code=204,
    response_class=Response,
    summary="Keep that a grade was looked at anew",
    openapi_extra=documented(_BODY, JSON),
)
async def post_done(
    application_id: str,
    request: Request,
    caller: Officer,
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """By whom, when, and what came of it."""
    body = await parsed(request, _BODY)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await note_regraded(work, identifier(application_id), body.reason, caller)
        return Reply(204)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))
