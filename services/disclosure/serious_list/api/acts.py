"""`/v1/serious-list`: serve a prior notice, register an older entry, take the next step. All need `list:decide`."""

from fastapi import APIRouter, Request, Response

from services.disclosure.serious_list.api.desk import Decider, Desk, JsonOnly
from services.disclosure.serious_list.api.views import Standing
from services.disclosure.serious_list.bodies import NOTICE, REGISTRATION, STEP, step_of
from services.disclosure.serious_list.domain.entry import Entry
from services.disclosure.serious_list.open_entry import Clerk, register, serve_notice
from services.disclosure.serious_list.steps import Asked, take_step
from shared.clock import legal_date
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.body import JSON, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier

router = APIRouter(prefix="/v1/serious-list", tags=["serious list"])


@router.post(
    "",
    status_code=201,
    response_model=Standing,
    summary="Serve the prior notice of a listing",
    openapi_extra=documented(NOTICE, JSON),
)
async def post_notice(request: Request, caller: Decider, desk: Desk, _media_type: JsonOnly) -> Response:
    """列入前告知. Names and numbers of persons are sealed; a decision waits until the notice states everything."""
    body = await parsed(request, NOTICE)
    caller.must_write_for(body.authority.code)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        law = await desk.law.current(work.connection)
        clerk = Clerk(caller.client_id, body.reason, desk.sealer)
        entry_id, entry = await serve_notice(work, body.candidate(), body.notice, law, clerk)
        return _standing(201, entry_id, entry)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/registrations",
    status_code=201,
    response_model=Standing,
    summary="Register an entry that was listed before",
    openapi_extra=documented(REGISTRATION, JSON),
)
async def post_registration(request: Request, caller: Decider, desk: Desk, _media_type: JsonOnly) -> Response:
    """登记既有名单信息. Its period follows the rule in force on the day of its listing; that of an entry which a region
    had carried over counts from the original application, and the end under the older rule is told beside it (Q15)."""
    body = await parsed(request, REGISTRATION)
    caller.must_write_for(body.authority.code)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        law = await desk.law.current(work.connection)
        clerk = Clerk(caller.client_id, body.reason, desk.sealer)
        earlier = body.earlier()
        entry_id, entry = await register(work, body.candidate(), earlier, law, clerk)
        return _standing(201, entry_id, entry)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


@router.post(
    "/{entry_id}/steps",
    response_model=Standing,
    summary="Take the next step on an entry",
    openapi_extra=documented(STEP, JSON),
)
async def post_step(entry_id: str, request: Request, caller: Decider, desk: Desk, _media_type: JsonOnly) -> Response:
    """Refused with 409 when the entry has another version, or when the law does not allow the step on this day."""
    body = await parsed(request, STEP)
    call = await changing_call(request, caller)

    async def produce(work: UnitOfWork) -> Reply:
        law = await desk.law.current(work.connection)
        step, detail = step_of(body, legal_date(work.now))
        asked = Asked(step, body.version, body.reason, detail)
        entry = await take_step(work, identifier(entry_id), asked, law, caller)
        return _standing(200, entry_id, entry)

    async with unit_of_work(desk.database, desk.clock) as work:
        return await once(work, call, lambda: produce(work))


def _standing(status: int, entry_id: str, entry: Entry) -> Reply:
    return reply(status, Standing(entry_id=entry_id, state=entry.state, version=entry.version))
