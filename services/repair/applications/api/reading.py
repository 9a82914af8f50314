"""`/v1/repair-applications` for readers: a list, what is due, one application. An applicant sees its own only."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.repair.api.desk import Desk
from services.repair.applications import clocks, limits, store
from services.repair.applications.api.views import (
    ApplicationSummary,
    ApplicationView,
    application_view,
    summary,
)
from services.repair.applications.domain.case import ApplicationState
from services.repair.applications.portals import effects
from services.repair.applications.step import may_see
from shared.errors import NOT_FOUND, Problem
from shared.web.auth import requires
from shared.web.caller import EVERY_SUBJECT, Caller
from shared.web.identifier import PATTERN, identifier
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/repair-applications", tags=["repair"])

Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]
MOST_DUE = 500


class DueView(BaseModel):
    """A limit that runs, with the application that it belongs to."""

    application_id: str
    clock: str
    started_on: date
    due_at: datetime
    due_provisional: bool
    warned_at: datetime | None
    missed_at: datetime | None
    state: ApplicationState
    authority_code: str
    region: str


@router.get("", summary="Applications, newest first")
async def get_applications(
    caller: Reader,
    desk: Desk,
    page: Paged,
    state: Annotated[ApplicationState | None, Query()] = None,
    record_id: Annotated[str | None, Query(pattern=PATTERN)] = None,
) -> Page[ApplicationSummary]:
    """An applicant's token finds the applications of its companies only."""
    wanted = store.Wanted(state, record_id, _own(caller))
    after = str(page.after[0]) if page.after else None
    async with desk.database.reading() as connection:
        rows = await store.page(connection, wanted, after, page.fetch)
    return page_of(rows, page, position=lambda row: [row.application_id], shown=summary)


@router.get("/due", summary="Limits that run, the earliest first")
async def get_due(
    caller: Reader, desk: Desk, limit: Annotated[int, Query(ge=1, le=MOST_DUE, description="Limits at most.")] = 100
) -> list[DueView]:
    """临期、超期: `warned_at` when it came near, `missed_at` when it was missed."""
    if _own(caller) is not None:
        return []
    async with desk.database.reading() as connection:
        rows = await limits.read_due(connection, limit)
    return [DueView(**{name: getattr(row, name) for name in DueView.model_fields}) for row in rows]


@router.get("/{application_id}", summary="One application")
async def get_application(application_id: str, caller: Reader, desk: Desk) -> ApplicationView:
    """`closed` only when it was served and every portal was seen without its approved records."""
    async with desk.database.reading() as connection:
        row = await store.read(connection, identifier(application_id))
        if row is None or not may_see(caller, row):
            raise Problem(NOT_FOUND, f"There is no application {application_id}.")
        records = await store.records_of(connection, [application_id])
        steps = await store.steps_of(connection, application_id)
        running = await clocks.read(connection, [application_id])
        shown = await effects(connection, store.approved_records(records))
    return application_view(row, records, steps, running, shown)


def _own(caller: Caller) -> frozenset[str] | None:
    """The companies to which a list is narrowed; an officer's token, and a site that speaks for all, sees every one."""
    return caller.subjects if caller.subjects and EVERY_SUBJECT not in caller.subjects else None
