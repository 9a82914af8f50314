"""`/v1/records/{id}/timeline`, `/looks` and `/orders`: what happened to one record, and the hand that asks for more.

`/v1/record-states` answers for a page of records what `/v1/matrix` answers for all.
"""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.sync.api.views import Desk, Operator, Reader, Supervisor
from services.sync.watch import store
from services.sync.watch.api.matrix import MatrixRow, shown_rows
from services.sync.watch.ask_again import look_now, send_again
from services.sync.watch.domain.timeline import What
from services.sync.watch.timeline import Position, family_of, read_timeline
from shared.database.types import AnyRow
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.reasons import READABLE
from shared.vocabulary import Portal
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Page, Paged, PageRequest, page_of

router = APIRouter(prefix="/v1", tags=["watch"])

_MOST_RECORDS = 100


class TimelineLine(BaseModel):
    """One thing that happened; `outcome` is the word of its kind: what was ordered, answered, seen or found."""

    at: datetime
    what: What
    portal: Portal | None
    outcome: str
    generation: int | None
    code: str | None
    detail: str | None
    as_wanted: bool | None
    differences: dict[str, tuple[str, str]] = Field(description="Field to (wanted, shown).")
    seconds: float | None
    run_id: str | None


class LookRequest(BaseModel):
    """Which portal to look at; all of them when none is named."""

    model_config = ConfigDict(extra="forbid")
    portal: Portal | None = None


class LookRequested(BaseModel):
    """The portals that are looked at within seconds. Where an order is still to be sent, a look follows it anyway."""

    portals: list[Portal]


class OrderRequest(BaseModel):
    """Which portal is given its order once more, and why."""

    model_config = ConfigDict(extra="forbid")
    portal: Portal
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=READABLE)]


class Ordered(BaseModel):
    """How many entries were ordered once more: the record's own and its former ones."""

    orders: int


_LOOK = TypeAdapter(LookRequest)
_ORDER = TypeAdapter(OrderRequest)


@router.get("/records/{record_id}/timeline", summary="What happened to one record, newest first")
async def get_timeline(
    record_id: str,
    _caller: Reader,
    desk: Desk,
    page: Paged,
    what: Annotated[str, Query(max_length=80, description="Only these kinds, with commas between them.")] = "",
    failures: Annotated[bool, Query(description="Only what failed or differed.")] = False,
) -> Page[TimelineLine]:
    """时间线: orders, answers of the portals, looks, differences and certificates, with those of former entries."""
    kinds = _kinds(what)
    async with desk.database.reading() as connection:
        family = await family_of(connection, identifier(record_id))
        if not family:
            raise Problem(NOT_FOUND, f"No portal shall show a record {record_id[:64]}.")
        rows = await read_timeline(connection, family, kinds, failures=failures, after=_after(page), limit=page.fetch)
    return page_of(rows, page, position=lambda row: [row.at.isoformat(), row.rank, str(row.key)], shown=_line)


@router.get("/record-states", summary="Some records against all portals")
async def get_record_states(
    _caller: Reader, desk: Desk, record_ids: Annotated[str, Query(max_length=4000, description="Separated by commas.")]
) -> list[MatrixRow]:
    """At most 100, in the order in which they were asked for; one that no portal shall show is missing."""
    wanted = [identifier(one) for one in dict.fromkeys(record_ids.split(",")) if one][:_MOST_RECORDS]
    async with desk.database.reading() as connection:
        rows = await store.placements_of(connection, desk.clock.now(), wanted)
        names = await store.names_of(connection, wanted)
        drifts = await store.open_drifts_of(connection, {row.record_id for row in rows})
    return shown_rows(wanted, rows, names, drifts)


@router.post(
    "/records/{record_id}/looks",
    status_code=202,
    response_model=LookRequested,
    summary="Look at a record now",
    openapi_extra=documented(_LOOK, JSON),
)
async def post_look(
    request: Request, record_id: str, caller: Operator, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """重新核验. What the look finds follows the same rules as every other look."""
    body = await parsed(request, _LOOK)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        portals = await look_now(work, identifier(record_id), body.portal, caller.client_id)
        if not portals:
            raise Problem(
                CONFLICT,
                "Nothing can be looked at: the order has not been sent yet, its receipt is awaited, or no portal shall "
                "show the record. A look follows every order by itself.",
            )
        return reply(202, LookRequested(portals=[Portal(one) for one in portals]))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/records/{record_id}/orders",
    status_code=202,
    response_model=Ordered,
    summary="Order once more what a portal took",
    openapi_extra=documented(_ORDER, JSON),
)
async def post_order(
    request: Request, record_id: str, caller: Supervisor, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """重新报送: the order that stands, with its next generation; the portal gets the same twice. What was refused is
    settled with its cause."""
    body = await parsed(request, _ORDER)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        orders = await send_again(work, identifier(record_id), body.portal, caller.client_id, body.reason)
        if not orders:
            raise Problem(
                CONFLICT,
                f"{body.portal} has not taken the last order yet, so there is nothing to repeat. An order that waits "
                "for a person is retried with its cause.",
                portal=body.portal,
            )
        return reply(202, Ordered(orders=orders))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


def _kinds(what: str) -> list[What]:
    try:
        return [What(one) for one in what.split(",") if one] or list(What)
    except ValueError:
        errors = [{"field": "what", "reason": f"one of {', '.join(What)}, with commas between them"}]
        raise Problem(MALFORMED, "There is no such kind of line.", errors=errors) from None


def _after(page: PageRequest) -> Position | None:
    if page.after is None:
        return None
    try:
        instant, rank, key = page.after
        return datetime.fromisoformat(str(instant)), int(rank), str(key)
    except ValueError:
        reason = "not a cursor of this list"
        errors = [{"field": "cursor", "reason": reason}]
        raise Problem(MALFORMED, "The cursor cannot be used.", errors=errors) from None


def _line(row: AnyRow) -> TimelineLine:
    values: dict[str, Any] = {name: getattr(row, name) for name in TimelineLine.model_fields}
    return TimelineLine.model_validate(values | {"differences": json.loads(row.differences) if row.differences else {}})
