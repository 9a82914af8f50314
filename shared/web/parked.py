"""`/v1/parked-events` of every service: events that wait for a person, and what a person decides about them (G01, G14).

Lists name the cause and what an event is about, never what it says. One event is opened with personal data removed, by
those who may settle, and each look is in the audit log. A retry is harmless; what is discarded never takes effect.
"""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.clock import Clock
from shared.database.engine import Database
from shared.errors import NOT_FOUND, SCOPE_MISSING, TOO_MANY_AT_ONCE, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging import metrics
from shared.messaging.parked_events import (
    CAUSE_CHARACTERS,
    Chosen,
    ParkedEvent,
    all_parked,
    by_cause,
    count_parked,
    list_parked,
)
from shared.messaging.settle_parked import Remedy, choose, settle, still_unreadable
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.observability.redaction import clean
from shared.reasons import READABLE
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN, identifier
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

BULK_LIMIT = 50
"""Events that an operator sends back alone; more need somebody with `events:approve`."""

Settler = Annotated[Caller, requires(Scope.EVENTS_SETTLE)]
_TEXT = r"^[^\x00]*$"
Queue = Annotated[str, Path(max_length=80, pattern=_TEXT)]
Kind = Annotated[str, Field(max_length=80, pattern=_TEXT)]
Cause = Annotated[str, Field(max_length=CAUSE_CHARACTERS, pattern=_TEXT)]
ParkedId = Annotated[str, Field(pattern=PATTERN)]


class ParkedGroup(BaseModel):
    """Events of one queue and type that failed for the same cause (搁置的事件)."""

    queue: str
    type: str
    cause: str
    events: int
    oldest_at: datetime
    newest_at: datetime


class ParkedView(BaseModel):
    """One event that was set aside, without what it says. `about` is the subject that it names."""

    parked_id: str
    queue: str
    type: str
    cause: str
    about: str | None
    parked_at: datetime


class ParkedDetail(ParkedView):
    """The same with the reason and the event itself; personal data and secrets are removed from both."""

    message_id: str
    position: int
    reason: str
    readable: bool
    event: Any


class ParkedSettlement(BaseModel):
    """What to do and why. Without `parked_ids` all events of queue, type and cause are meant, 1,000 a call. Try with
    `dry_run` first."""

    model_config = ConfigDict(extra="forbid")
    remedy: Remedy
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=READABLE)]
    type: Kind | None = None
    cause: Cause | None = None
    parked_ids: Annotated[list[ParkedId], Field(min_length=1, max_length=500)] | None = None
    dry_run: bool = False


class ParkedSettled(BaseModel):
    """How many events were settled, or would be; how many of them break their contract in this release too, so that a
    retry sets them aside again; how many more of the same choice are left."""

    events: int
    unreadable: int
    left: int
    dry_run: bool


_SETTLEMENT = TypeAdapter(ParkedSettlement)


def parked_router(database: Database, clock: Clock, scope: Scope) -> APIRouter:
    """The routes over the parked events of this service; `scope` is the one that reads it."""
    router = APIRouter(prefix="/v1/parked-events", tags=["parked-events"])
    _lists(router, database, scope)
    _opening(router, database, clock)
    _settling(router, database, clock)
    return router


def _lists(router: APIRouter, database: Database, scope: Scope) -> None:
    reader = Annotated[Caller, requires(scope)]

    @router.get("", summary="Events set aside for a person, by queue, type and cause")
    async def get_parked(_caller: reader) -> list[ParkedGroup]:
        """Set aside is not lost: mend the cause, then send them back to their queue."""
        async with database.reading() as connection:
            rows = await by_cause(connection)
        return [ParkedGroup.model_validate(dict(row._mapping)) for row in rows]

    @router.get("/{queue}", summary="The events of one queue that were set aside")
    async def get_events(
        queue: Queue,
        _caller: reader,
        page: Paged,
        kind: Annotated[Kind | None, Query(alias="type", description="Of this type only.")] = None,
        cause: Annotated[Cause | None, Query(description="Of this cause only.")] = None,
        counted: Counted = False,
    ) -> CountedPage[ParkedView]:
        """The oldest first. What an event says is not among it."""
        after = str(page.after[0]) if page.after else ""
        chosen = Chosen(queue, kind, cause)
        async with database.reading() as connection:
            rows = await list_parked(connection, chosen, limit=page.fetch, after=after)
            total = await total_of(connection, all_parked(connection, chosen)) if counted else None
        return with_total(page_of(rows, page, position=lambda row: [row.parked_id], shown=_shown), total)


def _opening(router: APIRouter, database: Database, clock: Clock) -> None:
    @router.get("/{queue}/{parked_id}", summary="One event that was set aside, and why")
    async def get_event(queue: Queue, parked_id: str, caller: Settler) -> ParkedDetail:
        """Personal data is removed; each look is kept in the audit log all the same."""
        async with unit_of_work(database, clock) as work:
            found = await list_parked(work.connection, Chosen(queue, parked_ids=[identifier(parked_id)]), limit=1)
            if not found:
                raise Problem(
                    NOT_FOUND, f"The queue {queue} has no parked event {parked_id}; it may be settled already."
                )
            work.audit(Act(Action.PARKED_EVENT_OPENED, caller.client_id, parked_id))
        return _opened(found[0])


def _settling(router: APIRouter, database: Database, clock: Clock) -> None:
    @router.post(
        "/{queue}",
        response_model=ParkedSettled,
        summary="Send events back to their queue, or discard them",
        openapi_extra=documented(_SETTLEMENT, JSON),
    )
    async def post_settlement(
        request: Request, queue: Queue, caller: Settler, _media_type: Annotated[str, accepts(JSON)]
    ) -> Response:
        """What was sent back is handled as new, by that queue only. To discard, and to settle more than 50, needs
        `events:approve`; a discarded event stays in the audit log as a digest."""
        body = await parsed(request, _SETTLEMENT)
        call = await changing_call(request, caller)
        settled: list[ParkedEvent] = []

        async def produce(work: UnitOfWork) -> Reply:
            chosen = Chosen(queue, body.type, body.cause, body.parked_ids)
            events = await choose(work, chosen)
            left = await count_parked(work.connection, chosen) - len(events)
            unreadable = still_unreadable(events)
            if not body.dry_run:
                _refuse(caller, body.remedy, len(events))
                await settle(work, events, body.remedy, actor=caller.client_id, reason=body.reason)
                settled[:] = events
            told = ParkedSettled(events=len(events), unreadable=unreadable, left=left, dry_run=body.dry_run)
            return reply(200, told)

        async with unit_of_work(database, clock) as work:
            response = await once(work, call, lambda: produce(work))
        metrics.PARKED_SETTLED.labels(body.remedy.value).inc(len(settled))
        return response


def _refuse(caller: Caller, remedy: Remedy, events: int) -> None:
    if Scope.EVENTS_APPROVE in caller.scopes:
        return
    if remedy is Remedy.DISCARD:
        sentence = "A discarded event never takes effect: it needs somebody with the scope events:approve."
        raise Problem(SCOPE_MISSING, sentence, required_scope=Scope.EVENTS_APPROVE.value)
    if events > BULK_LIMIT:
        raise Problem(
            TOO_MANY_AT_ONCE,
            f"{events} events are more than the {BULK_LIMIT} that one operator sends back alone: name some of them, or "
            "let somebody with the scope events:approve do it.",
        )


def _shown(event: ParkedEvent) -> ParkedView:
    return ParkedView(**_fields(event, _tree(event)))


def _opened(event: ParkedEvent) -> ParkedDetail:
    tree = _tree(event)
    return ParkedDetail(
        **_fields(event, tree),
        message_id=event.message_id,
        position=event.position,
        reason=clean(event.reason),
        readable=not still_unreadable([event]),
        event=clean(tree),
    )


def _fields(event: ParkedEvent, tree: Any) -> dict[str, Any]:
    subject = tree.get("subject") if isinstance(tree, dict) else None
    return {
        "parked_id": event.parked_id,
        "queue": event.queue,
        "type": event.type,
        "cause": event.cause,
        "about": clean(subject)[:80] if isinstance(subject, str) else None,
        "parked_at": event.parked_at,
    }


def _tree(event: ParkedEvent) -> Any:
    try:
        return json.loads(event.event)
    except (ValueError, RecursionError):
        return event.event
