"""`/v1/duties`: which department answers for what (职责分工, B14)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.ingest.api.desk import Desk
from services.ingest.duties import store
from services.ingest.duties.domain.duty import Duty, packaged
from services.ingest.duties.set_duties import DutiesBody, set_duties
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/duties", tags=["duties"])

_BODY = TypeAdapter(DutiesBody)


class DepartmentView(BaseModel):
    """One department (处室); by whom, when and why its duties were set, or nothing where the packaged table counts."""

    department: str
    county: str | None = Field(default=None, description="Division of the county for whose own records it answers.")
    duties: list[Duty]
    set_by: str | None = None
    set_at: datetime | None = None
    reason: str | None = None


class DutiesView(BaseModel):
    """The whole table, and the text from which the packaged part of it was read."""

    citation: str
    items: list[DepartmentView]


@router.get("", summary="The table of duties")
async def get_duties(_caller: Annotated[Caller, requires(Scope.DATA_SHARING_READ)], desk: Desk) -> DutiesView:
    """By department."""
    async with desk.database.reading() as connection:
        duties = await store.read_duties(connection)
        changed = {row.department: row for row in await store.read_set(connection)}
    whose = packaged().counties
    items = [
        DepartmentView(department=name, county=whose.get(name), duties=sorted(theirs))
        for name, theirs in sorted(duties.items())
    ]
    for item in items:
        if row := changed.get(item.department):
            item.set_by, item.set_at, item.reason = row.set_by, row.set_at, row.reason
    return DutiesView(citation=packaged().source.citation, items=items)


@router.put(
    "", response_model=DutiesBody, summary="Set the duties of a department", openapi_extra=documented(_BODY, JSON)
)
async def put_duties(
    request: Request,
    caller: Annotated[Caller, requires(Scope.INGEST_SOURCES)],
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """Counts at once."""
    body = await parsed(request, _BODY)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await set_duties(work, body.department, body.duties, caller.client_id, body.reason)
        return reply(200, body)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))
