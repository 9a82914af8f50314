"""`/v1/repair-queue`: who must decide what, and by when; the least remaining working time first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from services.repair.api.desk import Desk
from services.repair.applications import queue, store
from services.repair.applications.api.bodies import Body, Reason
from services.repair.applications.api.queue_rows import QueueRow, queue_rows
from services.repair.applications.assign import ASSIGNEE, assign
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.queue import Tab, Wanted
from services.repair.applications.step import may_see
from services.repair.eligibility.domain.verdict import Ground, Known, judge_record
from services.repair.eligibility.look import find_known
from shared.clock import LEGAL_ZONE, legal_date
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import Audience
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import EVERY_SUBJECT, Caller
from shared.web.idempotency import Reply, changing_call, once
from shared.web.identifier import identifier
from shared.web.pagination import Paged, encoded
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of

router = APIRouter(prefix="/v1/repair-queue", tags=["repair"])

Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]
Clerk = Annotated[Caller, requires(Scope.REPAIR_HANDLE)]
Hours = Annotated[int, Query(ge=1, le=40, description="Working hours left at most.")]
_AHEAD = timedelta(days=60)
"""Longer than any row of days off: what ends later has more working time left than can be asked for."""


class QueueCounts(BaseModel):
    """Applications of each tab, and those of which a limit of ours ends within so many working hours or is over."""

    tabs: dict[Tab, int]
    within_hours: int
    hurried: int
    overdue: int


class ConditionView(BaseModel):
    """One condition of one record (条件核对): met or not, and the article behind it."""

    record_id: str
    ground: Ground
    met: bool
    possible_from: date | None
    sentence: str
    article: str | None
    audience: Audience | None


class QueueItem(QueueRow):
    """One application as it stands in the queue, with the conditions of its records."""

    conditions: list[ConditionView]


class AssignmentBody(Body):
    """Who handles it from now on, and why; nobody named means the caller."""

    assignee: Annotated[str | None, Field(pattern=ASSIGNEE)] = None
    reason: Reason


_ASSIGNMENT = TypeAdapter(AssignmentBody)


@router.get("", summary="Applications by what they wait for")
async def get_queue(
    caller: Reader,
    desk: Desk,
    page: Paged,
    tab: Annotated[Tab, Query(description="What they wait for.")] = Tab.OPEN,
    assignee: Annotated[str | None, Query(max_length=120, description="Only of this person.")] = None,
    counted: Counted = False,
) -> CountedPage[QueueRow]:
    """The least remaining time first; finished ones newest first. A company sees its own only."""
    wanted = Wanted(tab, assignee, _own(caller))
    async with desk.database.reading() as connection:
        calendar = await desk.calendars.current(connection)
        rows = await queue.page(connection, wanted, page.after, page.fetch)
        shown = await queue_rows(connection, rows[: page.limit], desk.clock.now(), calendar)
        total = await total_of(connection, queue.all_of(wanted)) if counted else None
    following = encoded(queue.position_of(rows[page.limit - 1])) if len(rows) > page.limit else None
    return CountedPage(items=shown, next=following, total=total)


@router.get("/counts", summary="How many wait for what")
async def get_counts(caller: Reader, desk: Desk, within_hours: Hours = 4) -> QueueCounts:
    """For officers; a company is told nothing of other applications."""
    if _own(caller) is not None:
        return QueueCounts(tabs=dict.fromkeys(Tab, 0), within_hours=within_hours, hurried=0, overdue=0)
    now = desk.clock.now()
    async with desk.database.reading() as connection:
        calendar = await desk.calendars.current(connection)
        tabs = await queue.count(connection)
        ends = await queue.limits_of_officers(connection, now + _AHEAD)
    hours = procedure_rules().office_hours
    here = now.astimezone(LEGAL_ZONE)
    left = [(hours.minutes_between(here, row.due_at.astimezone(LEGAL_ZONE), calendar), row) for row in ends]
    return QueueCounts(
        tabs=tabs,
        within_hours=within_hours,
        hurried=sum(row.number for minutes, row in left if minutes < within_hours * 60 and row.due_at > now),
        overdue=sum(row.number for _, row in left if row.due_at <= now),
    )


@router.get("/{application_id}", summary="One application as it stands in the queue")
async def get_item(application_id: str, caller: Reader, desk: Desk) -> QueueItem:
    """With the conditions of its records as they are today."""
    now = desk.clock.now()
    async with desk.database.reading() as connection:
        row = await queue.one(connection, identifier(application_id))
        if row is None or not may_see(caller, row):
            raise Problem(NOT_FOUND, f"There is no application {application_id}.")
        calendar = await desk.calendars.current(connection)
        [shown] = await queue_rows(connection, [row], now, calendar)
        records = [one.record_id for one in await store.records_of(connection, [application_id])]
        known = await find_known(connection, records)
    return QueueItem(**shown.model_dump(), conditions=_conditions(records, known, legal_date(now)))


@router.post(
    "/{application_id}/assignment",
    status_code=204,
    response_class=Response,
    summary="Give an application to somebody to handle",
    openapi_extra=documented(_ASSIGNMENT, JSON),
)
async def post_assignment(
    application_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """领办、交办: says who does the work, never who may."""
    body = await parsed(request, _ASSIGNMENT)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await assign(work, identifier(application_id), body.assignee or caller.client_id, body.reason, caller)
        return Reply(204)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


def _conditions(records: Sequence[str], known: Mapping[str, Known], today: date) -> list[ConditionView]:
    """Without the hindrance that this very application is."""
    judged = [
        judge_record(one, replace(known[one], has_open_application=False) if one in known else None, today)
        for one in records
    ]
    return [
        ConditionView(
            record_id=one.record_id,
            ground=why.ground,
            met=why.ground is Ground.POSSIBLE,
            possible_from=one.possible_from,
            sentence=why.sentence,
            article=why.article,
            audience=why.audience,
        )
        for one in judged
        for why in one.reasons
    ]


def _own(caller: Caller) -> frozenset[str] | None:
    """The companies to which a list is narrowed; an officer's token, and a site that speaks for all, sees every one."""
    return caller.subjects if caller.subjects and EVERY_SUBJECT not in caller.subjects else None
