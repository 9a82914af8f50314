"""`/v1/push-problems`: orders that wait for a person, by cause, and what a person decides about them."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from services.sync.api.placements import placement_view
from services.sync.api.views import Desk, Operator, PlacementView, Reader
from services.sync.own_failures import UNREADABLE
from services.sync.problems import store
from services.sync.problems.amend import amend, judge
from services.sync.problems.choose import choose, take_downs_left_out
from services.sync.problems.domain.amendment import LONGEST, amendable
from services.sync.problems.domain.causes import advice
from services.sync.problems.domain.chosen import Chosen, Remedy
from services.sync.problems.settle import by_direction, settle
from services.sync.watch.store import names_of
from shared.database.types import AnyRow
from shared.errors import TOO_MANY_AT_ONCE, Problem
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.reasons import READABLE
from shared.vocabulary import Portal, RecordKind
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1", tags=["push-problems"])

BULK_LIMIT = 50
"""Orders that an operator settles alone; more need somebody with `sync:approve` (guarantee G08)."""

Cause = Annotated[str, Path(max_length=40)]
RecordId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Generation = Annotated[int, Field(ge=0, lt=2**31)]
FieldName = Annotated[str, Field(min_length=1, max_length=40)]
Words = Annotated[str, Field(max_length=LONGEST)]


class ProblemGroup(BaseModel):
    """Orders of one portal that wait for the same cause (待处置)."""

    portal: Portal
    cause: str
    take_downs: int
    publications: int
    earliest_due_at: datetime
    oldest_wanted_at: datetime
    newest_wanted_at: datetime
    advice: str


class ProblemOrder(PlacementView):
    """One order that waits for a person: what it is called, the cause, and which of its words may be amended."""

    cause: str
    document_number: str | None
    subject_name: str | None
    amendable: list[str]


class Settlement(BaseModel):
    """What to do and why. Without `record_ids` all orders of the cause are meant; try with `dry_run` first.

    `generations` gives for each of `record_ids` the `generation` that was looked at: send them, so that an order which
    came meanwhile is a conflict and nothing is changed. Without them whatever waits for the cause by now is meant. To
    `skip` all of a cause leaves its take-downs out: those are set aside by `record_ids` only. `amend` names one record
    and the `fields` with their words for this portal (订正).
    """

    model_config = ConfigDict(extra="forbid")
    remedy: Remedy
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=READABLE)]
    record_ids: Annotated[list[RecordId], Field(min_length=1, max_length=500)] | None = None
    generations: Annotated[dict[RecordId, Generation], Field(max_length=500)] | None = None
    fields: Annotated[dict[FieldName, Words], Field(min_length=1, max_length=10)] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _amends_one(self) -> Self:
        if (self.remedy is Remedy.AMEND) != (self.fields is not None):
            raise ValueError("fields are named with the remedy amend, and only with it")
        if self.remedy is Remedy.AMEND and len(self.record_ids or ()) != 1:
            raise ValueError("an amendment names one record")
        return self

    @model_validator(mode="after")
    def _saw_those_named(self) -> Self:
        if self.generations is not None and set(self.generations) != set(self.record_ids or ()):
            raise ValueError("generations are given for exactly the records that are named")
        return self


class Settled(BaseModel):
    """How many orders were settled, or would be, and which way they go.

    `take_downs_left_out`: take-downs of the cause that are not among them, as all of it was to be skipped.
    """

    orders: int
    publications: int
    take_downs: int
    take_downs_left_out: int
    dry_run: bool


_SETTLEMENT = TypeAdapter(Settlement)


@router.get("/push-problems", summary="Orders that wait for a person, by cause")
async def get_problems(_caller: Reader, desk: Desk) -> list[ProblemGroup]:
    """Refused, set aside, or taken and not obeyed; with the earliest legal deadline among them and advice."""
    async with desk.database.reading() as connection:
        rows = await store.by_cause(connection)
    return [ProblemGroup.model_validate(dict(row._mapping) | {"advice": advice(row.cause)}) for row in rows]


@router.get("/push-problems/{portal}/{cause}", summary="The orders of one cause")
async def get_orders(
    portal: Portal, cause: Cause, _caller: Reader, desk: Desk, page: Paged, counted: Counted = False
) -> CountedPage[ProblemOrder]:
    after = str(page.after[0]) if page.after else None
    async with desk.database.reading() as connection:
        rows = await store.of_cause(connection, portal, cause, after, page.fetch)
        names = await names_of(connection, {row.former_of or row.record_id for row in rows})
        total = await total_of(connection, store.all_of_cause(portal, cause)) if counted else None
    found = page_of(
        rows,
        page,
        position=lambda row: [row.record_id],
        shown=lambda row: _order(row, cause, names.get(row.former_of or row.record_id)),
    )
    return with_total(found, total)


@router.post(
    "/push-problems/{portal}/{cause}",
    response_model=Settled,
    summary="Retry, amend or set aside orders of one cause",
    openapi_extra=documented(_SETTLEMENT, JSON),
)
async def post_settlement(
    request: Request,
    portal: Portal,
    cause: Cause,
    caller: Operator,
    desk: Desk,
    _media_type: Annotated[str, accepts(JSON)],
) -> Response:
    """Retry gives the same orders with a new generation; a newer order or a change at the source frees them as well.

    An amendment holds for this portal until then: looks and reconciliations expect the amended words there.
    """
    body = await parsed(request, _SETTLEMENT)
    call = await changing_call(request, caller)
    chosen = Chosen(portal, cause, body.remedy, body.record_ids, body.generations)

    async def produce(work: UnitOfWork) -> Reply:
        return reply(200, await _carry_out(work, chosen, body, caller))

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


async def _carry_out(work: UnitOfWork, chosen: Chosen, body: Settlement, caller: Caller) -> Settled:
    """Choose, judge and, unless it is a dry run, settle."""
    orders = await choose(work, chosen)
    left_out = await take_downs_left_out(work, chosen)
    by = {"actor": caller.client_id, "reason": body.reason}
    if not body.dry_run:
        _refuse_too_many(caller, len(orders))
    if orders and body.fields:
        amendment = await judge(work, chosen.portal, orders[0].record_id, body.fields)
        if not body.dry_run:
            await amend(work, chosen, amendment, **by)
    elif not body.dry_run:
        await settle(work, chosen, orders, **by)
    return Settled(orders=len(orders), **by_direction(orders), take_downs_left_out=left_out, dry_run=body.dry_run)


def _order(row: AnyRow, cause: str, name: AnyRow | None) -> ProblemOrder:
    return ProblemOrder(
        **placement_view(row).model_dump(),
        cause=cause,
        document_number=name.document_number if name else None,
        subject_name=name.subject_name if name else None,
        amendable=_amendable(row, cause),
    )


def _amendable(row: AnyRow, cause: str) -> list[str]:
    if row.take_down or row.kind is None or cause == UNREADABLE:
        return []
    return amendable(RecordKind(row.kind))


def _refuse_too_many(caller: Caller, orders: int) -> None:
    if orders > BULK_LIMIT and Scope.SYNC_APPROVE not in caller.scopes:
        raise Problem(
            TOO_MANY_AT_ONCE,
            f"{orders} orders are more than the {BULK_LIMIT} that one operator settles alone: name some records, or "
            "let somebody with the scope sync:approve do it.",
        )
