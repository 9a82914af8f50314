"""`/v1/repair-applications`: file, decide, follow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import select

from services.repair.apply import apply
from services.repair.decide import decide
from services.repair.domain.procedure import ApplicationState, Decision
from services.repair.tables import application
from shared.calendars.book import CalendarBook
from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import NOT_FOUND, Problem
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN, identifier
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/repair-applications", tags=["repair"])


@dataclass(frozen=True)
class RepairDesk:
    """The parts of one running repair, put on `app.state`."""

    database: Database
    clock: Clock
    calendars: CalendarBook


def _desk(request: Request) -> RepairDesk:
    desk: RepairDesk = request.app.state.desk
    return desk


Desk = Annotated[RepairDesk, Depends(_desk)]
Clerk = Annotated[Caller, requires(Scope.REPAIR_WRITE)]
Approver = Annotated[Caller, requires(Scope.REPAIR_DECIDE)]
Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]
JsonOnly = Annotated[str, accepts(JSON)]


def _readable(text: str) -> str:
    """Without signs that a database refuses or a reader cannot see."""
    visible = strip_control(text).strip()
    if not visible:
        raise ValueError("a reason is needed")
    return visible


class ApplicationBody(BaseModel):
    """Which record the application is for."""

    model_config = ConfigDict(extra="forbid")
    record_id: str = Field(pattern=PATTERN)


class DecisionBody(BaseModel):
    """What was decided, and why."""

    model_config = ConfigDict(extra="forbid")
    decision: Decision
    reason: Annotated[str, Field(max_length=2000), AfterValidator(_readable)]


class ApplicationStatus(BaseModel):
    """An application and where it is."""

    application_id: str
    state: ApplicationState


class ApplicationView(BaseModel):
    """The whole of an application."""

    application_id: str
    record_id: str
    state: ApplicationState
    filed_at: datetime
    decided_at: datetime | None
    reason: str | None
    closed_at: datetime | None
    due_at: datetime | None = Field(description="By when the result is due, or the take-down after an approval.")
    due_provisional: bool = Field(description="A day of the term lies in a year that is not announced yet (暂定期限).")


_APPLICATION = TypeAdapter(ApplicationBody)
_DECISION = TypeAdapter(DecisionBody)


@router.post(
    "",
    status_code=201,
    response_model=ApplicationStatus,
    summary="File an application",
    openapi_extra=documented(_APPLICATION, JSON),
)
async def post_application(request: Request, caller: Clerk, desk: Desk, _media_type: JsonOnly) -> Response:
    """Answered at once: filed, or not yet possible and from which day it is."""
    body = await parsed(request, _APPLICATION)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        application_id = await apply(work, body.record_id, caller, await desk.calendars.current(work.connection))
        return reply(201, ApplicationStatus(application_id=application_id, state=ApplicationState.SUBMITTED))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/{application_id}/decision",
    response_model=ApplicationStatus,
    summary="Decide an application",
    openapi_extra=documented(_DECISION, JSON),
)
async def post_decision(
    application_id: str, request: Request, caller: Approver, desk: Desk, _media_type: JsonOnly
) -> Response:
    """An approval orders the take-down from every portal (提前终止公示)."""
    body = await parsed(request, _DECISION)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        calendar = await desk.calendars.current(work.connection)
        state = await decide(
            work, identifier(application_id), body.decision, caller=caller, reason=body.reason, calendar=calendar
        )
        return reply(200, ApplicationStatus(application_id=application_id, state=state))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/{application_id}", summary="One application")
async def get_application(application_id: str, _caller: Reader, desk: Desk) -> ApplicationView:
    """`closed` only when every portal was seen without the record."""
    statement = select(application).where(application.c.application_id == identifier(application_id))
    async with desk.database.reading() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise Problem(NOT_FOUND, f"There is no application {application_id}.")
    return ApplicationView.model_validate(dict(row._mapping))
