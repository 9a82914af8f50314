"""`/v1/subscribers/{id}/deliveries` and `/replay`: what was sent, what came of it, and sending it once more."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter

from services.sync.api.views import Desk, Reader
from services.sync.webhooks import deliveries, replay
from services.sync.webhooks.api.views import (
    AttemptView,
    DeliveryDetail,
    DeliveryView,
    Manager,
    ReplayAsked,
    ReplayView,
)
from services.sync.webhooks.deliveries import webhook_id
from services.sync.webhooks.replay import What
from services.sync.webhooks.subscribers import Reasoned
from shared.database.types import AnyRow
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import PATTERN, identifier
from shared.web.pagination import Paged, foreign_cursor, page_of
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1", tags=["deliveries"])

_REPLAY = TypeAdapter(ReplayAsked)


@router.get("/subscribers/{subscriber_id}/deliveries", summary="Deliveries of a subscriber, the newest first")
async def get_deliveries(
    subscriber_id: str,
    _caller: Reader,
    desk: Desk,
    page: Paged,
    state: Annotated[
        Literal["pending", "delivered", "failed"] | None, Query(description="Only those in this state.")
    ] = None,
    record_id: Annotated[str | None, Query(pattern=PATTERN, description="Only those about this record.")] = None,
    counted: Counted = False,
) -> CountedPage[DeliveryView]:
    """By their numbers, which have no gaps."""
    before = _number(page.after[0]) if page.after else None
    mine = identifier(subscriber_id)
    async with desk.database.reading() as connection:
        rows = await deliveries.read_page(
            connection, mine, state=state, record_id=record_id, before=before, limit=page.fetch
        )
        every = deliveries.all_of(mine, state=state, record_id=record_id)
        total = await total_of(connection, every) if counted else None
    found = page_of(
        rows, page, position=lambda row: [row.sequence], shown=lambda row: DeliveryView.model_validate(_view(row))
    )
    return with_total(found, total)


@router.get("/subscribers/{subscriber_id}/deliveries/{sequence}", summary="One delivery with its attempts")
async def get_delivery(
    subscriber_id: str, sequence: Annotated[int, Path(ge=1, le=2**62)], _caller: Reader, desk: Desk
) -> DeliveryDetail:
    """The newest hundred attempts."""
    async with desk.database.reading() as connection:
        row = await deliveries.read_one(connection, identifier(subscriber_id), sequence)
        tries = await deliveries.read_attempts(connection, subscriber_id, sequence)
    if row is None:
        raise Problem(NOT_FOUND, f"The subscriber has no delivery {sequence}.")
    shown = [AttemptView.model_validate(dict(one._mapping)) for one in tries]
    return DeliveryDetail.model_validate(_view(row) | {"tries": shown})


@router.post(
    "/subscribers/{subscriber_id}/replay",
    status_code=202,
    response_model=ReplayView,
    summary="Send deliveries once more",
    openapi_extra=documented(_REPLAY, JSON),
)
async def post_replay(
    subscriber_id: str, request: Request, caller: Manager, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """重投, in the background; numbers and webhook-ids stay what they were."""
    body = await parsed(request, _REPLAY)
    _check(body)
    one = identifier(subscriber_id)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        act = Reasoned(caller.client_id, body.reason)
        row = await replay.ask(work, one, body.what, body.sequence, body.since, act)
        return reply(202, _replay_view(row))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.get("/subscribers/{subscriber_id}/replays", summary="How far the replays of a subscriber are")
async def get_replays(subscriber_id: str, _caller: Reader, desk: Desk) -> list[ReplayView]:
    """The newest fifty."""
    async with desk.database.reading() as connection:
        rows = await replay.read(connection, identifier(subscriber_id))
    return [_replay_view(row) for row in rows]


def _number(part: str | int) -> int:
    if isinstance(part, str):
        raise foreign_cursor()
    return part


def _check(body: ReplayAsked) -> None:
    """Each kind of replay takes its own argument and no other."""
    needed = {What.ONE: "sequence", What.SINCE: "since"}.get(body.what)
    given = {name for name in ("sequence", "since") if getattr(body, name) is not None}
    if given != ({needed} if needed else set()):
        reason = f"a replay of {body.what} takes {needed or 'neither sequence nor since'}"
        raise Problem(MALFORMED, "The replay cannot be understood.", errors=[{"field": "what", "reason": reason}])


def _view(row: AnyRow) -> dict[str, object]:
    shown = {"webhook_id": webhook_id(row.subscriber_id, row.sequence), "next_try_at": _next_try_at(row)}
    return dict(row._mapping) | shown


def _next_try_at(row: AnyRow) -> datetime | None:
    """Its own time, or the endpoint's where that is left alone for longer."""
    if row.state != "pending" or row.endpoint_state != "active":
        return None
    own: datetime = row.next_try_at
    return max(own, row.held_until or own)


def _replay_view(row: AnyRow) -> ReplayView:
    return ReplayView.model_validate(dict(row._mapping))
