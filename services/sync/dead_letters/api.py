"""`/v1/dead-letters`: messages of any service that nobody could handle, by cause, and what a person decides about them
(G01, G14).

A replay is harmless: what had taken effect has no second one. What is discarded never takes effect. The decision is
stored before anything moves.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, TypeAdapter

from services.sync.dead_letters.office import DeadLetterOffice, decision, known_queue
from services.sync.dead_letters.views import (
    TEXT,
    DeadLetterGroup,
    DeadLetterSettlement,
    DeadLettersSettled,
    QueueLetters,
    shown,
)
from shared.clock import Clock, wall_time
from shared.database.engine import Database
from shared.errors import MALFORMED, SCOPE_MISSING, TOO_MANY_AT_ONCE, Problem
from shared.messaging.bus import Which
from shared.messaging.settle_parked import Remedy
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, with_total

BULK_LIMIT = 50
"""Messages that an operator sends back alone; more need somebody with `events:approve`."""

Reader = Annotated[Caller, requires(Scope.SYNC_READ)]
Settler = Annotated[Caller, requires(Scope.EVENTS_SETTLE)]
QueueName = Annotated[str, Field(max_length=80, pattern=TEXT)]

_SETTLEMENT = TypeAdapter(DeadLetterSettlement)


def dead_letter_router(database: Database, clock: Clock, office: DeadLetterOffice) -> APIRouter:
    """The routes over the dead letters of the house."""
    router = APIRouter(prefix="/v1/dead-letters", tags=["dead-letters"])
    _lists(router, office)
    _settling(router, database, clock, office)
    return router


def _lists(router: APIRouter, office: DeadLetterOffice) -> None:
    @router.get("", summary="Messages that nobody could handle, by queue, type and cause")
    async def get_dead_letters(
        _caller: Reader,
        page: Paged,
        queue: Annotated[QueueName | None, Query(description="Of this queue only.")] = None,
        counted: Counted = False,
    ) -> CountedPage[DeadLetterGroup]:
        """Of all services. They stay where they are: mend the cause, then send them back to their queue."""
        after = _position(page.after) if page.after else None
        of_queue = known_queue(queue) if queue else None
        groups, total = (
            await office.counted_groups(of_queue, after, page.fetch)
            if counted
            else (await office.groups(of_queue, after, page.fetch), None)
        )
        return with_total(page_of(groups, page, position=lambda one: list(one.position), shown=shown), total)

    @router.get("/counts", summary="How many dead letters each queue has")
    async def get_counts(_caller: Reader) -> list[QueueLetters]:
        """Counted at most every 15 seconds; a queue without any is not named."""
        counts = await office.counts()
        return [QueueLetters(queue=queue, letters=counts[queue]) for queue in sorted(counts)]


def _settling(router: APIRouter, database: Database, clock: Clock, office: DeadLetterOffice) -> None:
    @router.post(
        "/{queue}",
        response_model=DeadLettersSettled,
        summary="Send dead letters back to their queue, or discard them",
        openapi_extra=documented(_SETTLEMENT, JSON),
    )
    async def post_settlement(
        request: Request,
        queue: Annotated[str, Path(max_length=80, pattern=TEXT)],
        caller: Settler,
        _media_type: Annotated[str, accepts(JSON)],
    ) -> Response:
        """What was sent back is handled as new, by that queue only. To discard, and to send back more than 50, needs
        `events:approve`; of what was discarded the audit log keeps who, why, and a digest."""
        body = await parsed(request, _SETTLEMENT)
        call = await changing_call(request, caller)
        which = Which(body.type, body.cause)
        meant = await office.meant(known_queue(queue), which)
        told = DeadLettersSettled(
            letters=len(meant.marks),
            others=meant.others,
            decided_at=wall_time(),
            dry_run=body.dry_run,
            message_ids=meant.names,
        )

        async def decide(work: UnitOfWork) -> Reply:
            if not body.dry_run:
                _refuse(caller, body.remedy, told.letters)
                work.audit(decision(body.remedy, caller.client_id, queue, which, meant, body.reason))
            return reply(200, told)

        async with unit_of_work(database, clock) as work:
            response = await once(work, call, lambda: decide(work))
        if not body.dry_run:
            # Also when the call is repeated: the first one may have died before the broker had heard of it.
            kept = DeadLettersSettled.model_validate_json(bytes(response.body))
            await _carry_out(office, queue, which, body.remedy, kept)
        return response


async def _carry_out(
    office: DeadLetterOffice, queue: str, which: Which, remedy: Remedy, kept: DeadLettersSettled
) -> None:
    """What was decided on and nothing else: by now other letters of the same cause may stand in front."""
    if not kept.message_ids:
        return
    if remedy is Remedy.DISCARD:
        await office.discard(queue, kept.message_ids)
    else:
        await office.replay(queue, replace(which, died_before=kept.decided_at), kept.message_ids)


def _refuse(caller: Caller, remedy: Remedy, letters: int) -> None:
    if Scope.EVENTS_APPROVE in caller.scopes:
        return
    if remedy is Remedy.DISCARD:
        sentence = "What a discarded message tells never takes effect: it needs somebody with the scope events:approve."
        raise Problem(SCOPE_MISSING, sentence, required_scope=Scope.EVENTS_APPROVE.value)
    if letters > BULK_LIMIT:
        raise Problem(
            TOO_MANY_AT_ONCE,
            f"{letters} messages are more than the {BULK_LIMIT} that one operator sends back alone: choose one cause, "
            "or let somebody with the scope events:approve do it.",
        )


def _position(after: list[str | int]) -> tuple[str, str, str]:
    if len(after) != 3:
        reason = "not a cursor of this list"
        raise Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])
    queue, kind, cause = map(str, after)
    return queue, kind, cause
