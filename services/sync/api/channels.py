"""`/v1/channels`: whether orders go out to each portal now, why not, and the hand that stops and starts them."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.sync import channel
from services.sync.api.views import Desk, Operator, Reader
from services.sync.domain.channel import Breaker
from services.sync.domain.reading import Hold, Reading
from services.sync.placements import backlog
from services.sync.reading import readings
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.reasons import READABLE
from shared.vocabulary import Portal
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply

router = APIRouter(prefix="/v1", tags=["channels"])


class Lane(BaseModel):
    """Orders that still have to be sent, one way."""

    waiting: int = 0
    earliest_due_at: datetime | None = None
    oldest_wanted_at: datetime | None = None


class ReadingView(BaseModel):
    """Looks and questions for receipts that are due and not made, since when, and what holds them (读取受限).

    `until` is known when the portal named a time.
    """

    looks_waiting: int
    receipts_waiting: int
    oldest_due_at: datetime | None
    held_by: Hold | None
    until: datetime | None


class ChannelView(BaseModel):
    """通道: breaker and backlog of one portal. `stopped_by` says who or what stopped it, and why;
    until `reads_resume_at` the portal asked not to be looked at, while orders go on."""

    portal: Portal
    breaker: Breaker
    failures: int
    reason: str | None
    since: datetime | None
    probe_at: datetime | None
    stopped_by: str | None
    contract_faults: str | None
    reads_resume_at: datetime | None
    take_downs: Lane
    publications: Lane
    reading: ReadingView


class Switch(BaseModel):
    """Stop the channel or start it again, and why."""

    model_config = ConfigDict(extra="forbid")
    to: Literal["stopped", "started"]
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=READABLE)]


_SWITCH = TypeAdapter(Switch)


@router.get("/channels", summary="Breaker, backlog and reading of each portal")
async def get_channels(_caller: Reader, desk: Desk) -> list[ChannelView]:
    async with desk.database.reading() as connection:
        channels = await channel.read_channels(connection)
        read = await readings(connection, channels, desk.paces, desk.clock.now())
        waiting = {(row.portal, row.take_down): row for row in await backlog(connection)}

    def lane(portal: Portal, *, take_down: bool) -> Lane:
        row = waiting.get((portal, take_down))
        return Lane.model_validate(dict(row._mapping)) if row else Lane()

    def view(portal: Portal) -> ChannelView:
        known = channels.get(portal)
        return ChannelView(
            portal=portal,
            breaker=known.breaker if known else Breaker.CLOSED,
            failures=known.failures if known else 0,
            reason=known.reason if known else None,
            since=known.since if known else None,
            probe_at=known.probe_at if known else None,
            stopped_by=known.stopped_by if known else None,
            contract_faults=known.contract_faults if known else None,
            reads_resume_at=known.reads_resume_at if known else None,
            take_downs=lane(portal, take_down=True),
            publications=lane(portal, take_down=False),
            reading=_reading_view(read[portal]),
        )

    return [view(portal) for portal in desk.portals]


def _reading_view(reading: Reading) -> ReadingView:
    due = reading.due
    return ReadingView(
        looks_waiting=due.looks,
        receipts_waiting=due.receipts,
        oldest_due_at=due.oldest_due_at,
        held_by=reading.held_by,
        until=reading.until,
    )


@router.post(
    "/channels/{portal}",
    response_model=Switch,
    summary="Stop or start the orders to one portal",
    openapi_extra=documented(_SWITCH, JSON),
)
async def post_channel(
    request: Request, portal: Portal, caller: Operator, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Orders keep waiting in the order of their legal deadlines; looks and reconciliations go on."""
    body = await parsed(request, _SWITCH)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        if body.to == "stopped":
            await channel.stop(work, portal, actor=caller.client_id, reason=body.reason)
        else:
            await channel.start(work, portal, actor=caller.client_id, reason=body.reason)
        return reply(200, body)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))
