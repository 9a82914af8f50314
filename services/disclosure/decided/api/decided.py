"""`/v1/decided`: what was decided of every record, for a service that compares it with what it was told (告知核对)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.desk import Desk
from services.disclosure.decided import store
from services.disclosure.decided.repeat import repeat_orders
from shared.contracts.decided import Decided, Stretch, digest_of
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import Audience
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1/decided", tags=["decided"])

A_STRETCH, A_PAGE = 1_000, 20_000
"""Entries: a page is read and fixed in a tenth of a second, a stretch that differs is an answer of 100 kB."""
MOST_RECORDS = 500

Reader = Annotated[Caller, requires(Scope.DECIDED_READ)]
Repeater = Annotated[Caller, requires(Scope.DECIDED_REPEAT)]
RecordId = Annotated[str, Field(pattern=PATTERN)]
After = Annotated[str, Query(pattern="^([0-9a-f]{32})?$", description="Behind this record; empty: from the first on.")]


class StretchView(BaseModel):
    """Records behind `after` up to `through`, the last stretch of all without an end: how much was decided of them and
    told, and its digest."""

    after: str
    through: str | None
    entries: int
    digest: str


class StretchesView(BaseModel):
    """`next` is the `after` of the next page, null on the last one. Everything told before `told_until` has left for
    the broker."""

    stretches: list[StretchView]
    next: str | None
    told_until: datetime


class EntryView(BaseModel):
    """One audience of one record by its newest order."""

    record_id: str
    audience: Audience
    generation: int
    shown: bool


class EntriesView(BaseModel):
    """`next` is the `after` of the next page, null on the last one."""

    entries: list[EntryView]
    next: str | None


class RepeatBody(BaseModel):
    """The records whose newest orders are given once more. The reason is kept beside who asked and when."""

    model_config = ConfigDict(extra="forbid")
    record_ids: Annotated[list[RecordId], Field(min_length=1, max_length=MOST_RECORDS)]
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class Repeated(BaseModel):
    """How many orders were given again."""

    orders: int


_BODY = TypeAdapter(RepeatBody)


@router.get("/stretches", summary="Digests of what was decided, stretch by stretch")
async def get_stretches(_caller: Reader, desk: Desk, after: After = "") -> StretchesView:
    """Only what was told to portals: a record that was never shown is not in it. Each call begins a page."""
    async with desk.database.reading() as connection:
        until = await store.told_until(connection, desk.clock)
        found = await store.read_decided(connection, Stretch(after, None), A_PAGE)
    more = len(found) > A_PAGE - len(Audience)
    stretches = await asyncio.to_thread(_stretches, after, found, more=more)
    return StretchesView(stretches=stretches, next=stretches[-1].through, told_until=until)


@router.get("/entries", summary="What was decided within one stretch")
async def get_entries(
    _caller: Reader,
    desk: Desk,
    after: After = "",
    through: Annotated[str | None, Query(pattern=PATTERN, description="Up to this record.")] = None,
) -> EntriesView:
    """For a stretch whose digest differs."""
    async with desk.database.reading() as connection:
        found = await store.read_decided(connection, Stretch(after, through), 2 * A_STRETCH)
    more = len(found) > 2 * A_STRETCH - len(Audience)
    return EntriesView(entries=[_view(one) for one in found], next=found[-1].record_id if more else None)


@router.post(
    "/repetitions",
    status_code=201,
    response_model=Repeated,
    summary="Give orders once more that a service has not heard",
    openapi_extra=documented(_BODY, JSON),
)
async def post_repetition(
    request: Request, caller: Repeater, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Of the same generation: whoever has heard one refuses it, and nothing changes."""
    body = await parsed(request, _BODY)
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            law = await desk.law.current(work.connection)
            orders = await repeat_orders(work, set(body.record_ids), law, caller.client_id, body.reason)
            return reply(201, Repeated(orders=orders))

        return await once(work, call, produce)


def _stretches(after: str, found: Sequence[Decided], *, more: bool) -> list[StretchView]:
    """Cut between records; without more behind it the last one is open, so that every identifier lies in one."""
    cut: list[list[Decided]] = [[]]
    for _, group in groupby(found, key=lambda one: one.record_id):
        if len(cut[-1]) >= A_STRETCH:
            cut.append([])
        cut[-1] += group
    views: list[StretchView] = []
    for entries in cut:
        last = entries is cut[-1] and not more
        through = None if last else entries[-1].record_id
        views.append(StretchView(after=after, through=through, entries=len(entries), digest=digest_of(entries)))
        after = through or ""
    return views


def _view(one: Decided) -> EntryView:
    return EntryView(
        record_id=one.record_id, audience=Audience(one.audience), generation=one.generation, shown=one.shown
    )
