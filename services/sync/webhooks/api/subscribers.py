"""`/v1/subscribers`: who is told, where and of what."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from services.sync.api.views import Desk, Reader
from services.sync.webhooks import keys, subscribers
from services.sync.webhooks.api.views import (
    Because,
    ChangedSubscriber,
    KeyTold,
    Manager,
    NewSubscriber,
    Rotation,
    StateView,
    SubscriberView,
    Tested,
    TheSubscriptions,
)
from services.sync.webhooks.keys import NewKey
from services.sync.webhooks.subscribers import Backlog, Reasoned
from shared.database.types import AnyRow
from shared.errors import NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.reasons import READABLE
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier

router = APIRouter(prefix="/v1", tags=["subscribers"])

_NEW, _CHANGED = TypeAdapter(NewSubscriber), TypeAdapter(ChangedSubscriber)
_WHY, _ROTATION = TypeAdapter(Because), TypeAdapter(Rotation)
JsonBody = Annotated[str, accepts(JSON)]


@router.get("/subscribers", summary="Who is told of changes")
async def get_subscribers(_caller: Reader, desk: Desk) -> list[SubscriberView]:
    """With the health of each endpoint and how much waits for it."""
    async with desk.database.reading() as connection:
        rows = await subscribers.read(connection)
        backlog = await subscribers.read_backlog(connection)
    return [_view(row, backlog, []) for row in rows]


@router.get("/subscribers/{subscriber_id}", summary="One subscriber")
async def get_subscriber(subscriber_id: str, _caller: Reader, desk: Desk) -> SubscriberView:
    """Also with the public keys that may be met in its signatures now."""
    async with desk.database.reading() as connection:
        rows = await subscribers.read(connection, identifier(subscriber_id))
        backlog = await subscribers.read_backlog(connection)
        public = await keys.public_keys(connection, subscriber_id, desk.clock.now())
    if not rows:
        raise Problem(NOT_FOUND, "There is no subscriber with this identifier.")
    return _view(rows[0], backlog, public)


@router.post(
    "/subscribers",
    status_code=201,
    response_model=KeyTold,
    summary="Enter a subscriber",
    openapi_extra=documented(_NEW, JSON),
)
async def post_subscriber(
    request: Request, caller: Manager, desk: Desk, subscriptions: TheSubscriptions, _media_type: JsonBody
) -> Response:
    """The answer holds the secret, once. A repetition with the same key is told the rest without it."""
    body = await parsed(request, _NEW)

    async def make(work: UnitOfWork) -> tuple[str, NewKey]:
        return await subscribers.enter(
            work,
            body.wanted(),
            body.signature,
            subscriptions.rules,
            subscriptions.keys,
            subscriptions.most,
            caller.client_id,
        )

    return await _with_key(request, caller, desk, 201, make)


@router.put(
    "/subscribers/{subscriber_id}",
    response_model=StateView,
    summary="Change what a subscriber wants",
    openapi_extra=documented(_CHANGED, JSON),
)
async def put_subscriber(
    subscriber_id: str,
    request: Request,
    caller: Manager,
    desk: Desk,
    subscriptions: TheSubscriptions,
    _media_type: JsonBody,
) -> Response:
    """What was dealt out before stays as it is, and goes to the new address."""
    body = await parsed(request, _CHANGED)
    act = Reasoned(caller.client_id, body.reason)
    return await _changing(
        request,
        caller,
        desk,
        subscriber_id,
        lambda work, one: subscribers.change(work, one, body.wanted(), subscriptions.rules, act),
    )


@router.delete("/subscribers/{subscriber_id}", response_model=StateView, summary="Remove a subscriber")
async def delete_subscriber(
    subscriber_id: str,
    request: Request,
    caller: Manager,
    desk: Desk,
    reason: Annotated[str, Query(min_length=1, max_length=300, pattern=READABLE)],
) -> Response:
    """It hears nothing more; its deliveries are deleted in the background."""
    act = Reasoned(caller.client_id, reason)
    return await _changing(
        request, caller, desk, subscriber_id, lambda work, one: subscribers.remove(work, one, act), state="removed"
    )


@router.post(
    "/subscribers/{subscriber_id}/rotate",
    response_model=KeyTold,
    summary="Give a subscriber a new key",
    openapi_extra=documented(_ROTATION, JSON),
)
async def post_rotation(
    subscriber_id: str,
    request: Request,
    caller: Manager,
    desk: Desk,
    subscriptions: TheSubscriptions,
    _media_type: JsonBody,
) -> Response:
    """While the old key is still valid both sign; the answer holds the new secret, once."""
    body = await parsed(request, _ROTATION)
    one = identifier(subscriber_id)

    async def make(work: UnitOfWork) -> tuple[str, NewKey]:
        act = Reasoned(caller.client_id, body.reason)
        overlap = timedelta(hours=body.overlap_hours)
        return one, await subscribers.rotate(work, one, subscriptions.keys, overlap, act)

    return await _with_key(request, caller, desk, 200, make)


@router.post(
    "/subscribers/{subscriber_id}/pause",
    response_model=StateView,
    summary="Send a subscriber nothing for a while",
    openapi_extra=documented(_WHY, JSON),
)
async def post_pause(
    subscriber_id: str, request: Request, caller: Manager, desk: Desk, _media_type: JsonBody
) -> Response:
    """Events go on being kept and numbered."""
    act = Reasoned(caller.client_id, (await parsed(request, _WHY)).reason)
    return await _changing(
        request, caller, desk, subscriber_id, lambda work, one: subscribers.pause(work, one, act), state="paused"
    )


@router.post(
    "/subscribers/{subscriber_id}/resume",
    response_model=StateView,
    summary="Send a subscriber everything that waits",
    openapi_extra=documented(_WHY, JSON),
)
async def post_resume(
    subscriber_id: str, request: Request, caller: Manager, desk: Desk, _media_type: JsonBody
) -> Response:
    """From the oldest on, in order."""
    act = Reasoned(caller.client_id, (await parsed(request, _WHY)).reason)
    return await _changing(
        request, caller, desk, subscriber_id, lambda work, one: subscribers.resume(work, one, act), state="active"
    )


@router.post("/subscribers/{subscriber_id}/test", response_model=Tested, summary="Send a subscriber a test event")
async def post_test(subscriber_id: str, request: Request, caller: Manager, desk: Desk) -> Response:
    """It takes a number like any other event; the deliveries show what came of it."""
    one = identifier(subscriber_id)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        sequence = await subscribers.test(work, one, caller.client_id)
        return reply(200, Tested(subscriber_id=one, sequence=sequence))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


async def _changing(
    request: Request,
    caller: Manager,
    desk: Desk,
    subscriber_id: str,
    act: Callable[[UnitOfWork, str], Awaitable[None]],
    *,
    state: str = "changed",
) -> Response:
    one = identifier(subscriber_id)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        await act(work, one)
        return reply(200, StateView(subscriber_id=one, state=state))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


async def _with_key(
    request: Request,
    caller: Manager,
    desk: Desk,
    status: int,
    make: Callable[[UnitOfWork], Awaitable[tuple[str, NewKey]]],
) -> Response:
    """The stored answer, which a repetition gets, holds no secret: nothing unsealed lies in the database."""
    call = await changing_call(request, caller)
    told: list[KeyTold] = []

    async def produce(work: UnitOfWork) -> Reply:
        subscriber_id, made = await make(work)
        told.append(KeyTold(subscriber_id=subscriber_id, secret=made.secret, public_key=made.public_key))
        return reply(status, told[0].model_copy(update={"secret": None}))

    async with unit_of_work(desk.database, desk.clock) as work:
        answer = await once(work, call, lambda: produce(work))
    return Response(told[0].model_dump_json(), status, media_type=JSON) if told else answer


def _view(row: AnyRow, backlog: Mapping[str, Backlog], public: list[str]) -> SubscriberView:
    known = backlog.get(row.subscriber_id, Backlog())
    lists = {name: subscribers.values_of(getattr(row, name)) for name in ("types", "kinds", "regions")}
    return SubscriberView.model_validate(
        dict(row._mapping)
        | lists
        | {"last_sequence": row.last, "settled_through": row.last if known.first is None else known.first - 1}
        | {"waiting": known.waiting, "oldest_waiting_at": known.oldest_at, "failed": known.failed}
        | {"public_keys": public}
    )
