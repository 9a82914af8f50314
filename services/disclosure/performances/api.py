"""`/v1/performances`: whether penalties were performed, and the tasks for enforcement of those that were not."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from services.disclosure.api.cursors import after_text
from services.disclosure.api.desk import Desk
from services.disclosure.column.table_file import MEDIA_TYPE
from services.disclosure.performances import store
from services.disclosure.performances.domain.standing import Standing
from services.disclosure.performances.state import Stated, state_performance
from services.disclosure.performances.table_file import pieces
from services.disclosure.performances.tasks import close_task
from services.disclosure.performances.views import (
    ClosingBody,
    ClosingReceipt,
    PerformanceBody,
    PerformancesBody,
    PerformanceStory,
    PerformanceView,
    Results,
    ResultView,
    result_view,
    step_view,
    story,
    view,
)
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.messaging.unit_of_work import unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1/performances", tags=["performances"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Clerk = Annotated[Caller, requires(Scope.DISCLOSURE_OPERATE)]
Json = Annotated[str, accepts(JSON)]
Standings = Annotated[Standing, Query(description="`open`: tasks for enforcement that nobody has closed.")]
Region = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9]{6}$", description="Division code: 320600 stands for all of Nantong, 320000 for the province."
    ),
]

_MOST_COUNTED = 10_000
"""All 166,667 of a register of 333,334 records took 1 to 2 s of a busy PostgreSQL, 10,000 take 50 to 150 ms."""
_ONE, _MANY, _CLOSING = TypeAdapter(PerformanceBody), TypeAdapter(PerformancesBody), TypeAdapter(ClosingBody)


@router.get("", summary="Penalties by how they stand: unperformed, with an open task, closed, performed")
async def get_performances(
    _caller: Reader,
    desk: Desk,
    page: Paged,
    standing: Standings = Standing.OPEN,
    region: Region = None,
    counted: Counted = False,
) -> CountedPage[PerformanceView]:
    """执行督办清单, in the order in which they came to stand so. Counted up to 10,000: each record is looked up."""
    async with desk.database.reading() as connection:
        rows = await store.read_page(connection, standing, region, after_text(page.after), page.fetch)
        total = await total_of(connection, store.all_of(standing, region), _MOST_COUNTED) if counted else None
    return with_total(page_of(rows, page, position=lambda row: [row.place], shown=view), total)


@router.get(".csv", summary="The same list whole, as CSV", response_class=StreamingResponse)
async def get_csv(
    _caller: Reader, desk: Desk, standing: Standings = Standing.OPEN, region: Region = None
) -> StreamingResponse:
    """Read and written in pieces, however long it is."""
    headers = {"Content-Disposition": f'attachment; filename="performances-{standing}-{desk.today()}.csv"'}
    return StreamingResponse(pieces(desk.database, standing, region), headers=headers, media_type=MEDIA_TYPE)


@router.get("/{record_id}", summary="How one penalty stands, with every step")
async def get_performance(record_id: str, _caller: Reader, desk: Desk) -> PerformanceStory:
    async with desk.database.reading() as connection:
        row = await store.read_one(connection, identifier(record_id))
        steps = await store.read_steps(connection, record_id) if row else ()
    if row is None:
        raise Problem(NOT_FOUND, "Nobody has stated whether this record was performed.")
    return story(row, [step_view(one) for one in steps])


@router.put(
    "/{record_id}",
    response_model=ResultView,
    summary="State whether a penalty was performed",
    openapi_extra=documented(_ONE, JSON),
)
async def put_performance(record_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: Json) -> Response:
    """标注履行情况. No window changes; an unperformed penalty that has left the public gets its task at once."""
    body = await parsed(request, _ONE)
    call = await changing_call(request, caller)
    given = Stated(identifier(record_id), body.statement, body.on)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            law = await desk.law.current(work.connection)
            [result] = await state_performance(work, [given], body.reason, caller, law)
            if result.refusal:
                raise Problem(NOT_FOUND if result.is_unknown else CONFLICT, result.refusal)
            return reply(200, result_view(result))

        return await once(work, call, produce)


@router.post(
    "",
    response_model=Results,
    summary="State whether several penalties were performed",
    openapi_extra=documented(_MANY, JSON),
)
async def post_performances(request: Request, caller: Clerk, desk: Desk, _media_type: Json) -> Response:
    """At most 500. What can be stored is stored, the rest is named with its reason; a foreign authority refuses all."""
    body = await parsed(request, _MANY)
    call = await changing_call(request, caller)
    given = {one.record_id: Stated(one.record_id, one.statement, one.on) for one in body.records}
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            law = await desk.law.current(work.connection)
            results = await state_performance(work, list(given.values()), body.reason, caller, law)
            return reply(200, Results(items=[result_view(one) for one in results]))

        return await once(work, call, produce)


@router.post(
    "/{record_id}/closing",
    response_model=ClosingReceipt,
    summary="Close the task for enforcement of a penalty",
    openapi_extra=documented(_CLOSING, JSON),
)
async def post_closing(record_id: str, request: Request, caller: Clerk, desk: Desk, _media_type: Json) -> Response:
    """督办办结, with how it ended. A later statement that it was not performed opens the task again."""
    body = await parsed(request, _CLOSING)
    call = await changing_call(request, caller)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            await close_task(work, identifier(record_id), body.outcome, body.on, body.reason, caller)
            receipt = ClosingReceipt(record_id=record_id, standing=Standing.CLOSED, outcome=body.outcome)
            return reply(200, receipt)

        return await once(work, call, produce)
