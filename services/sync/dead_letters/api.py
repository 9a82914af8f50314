"""`/v1/dead-letters`: messages of any service that nobody could handle, by cause, and the way back (G01, G14).

Lists name queue, type, cause and what a sample is about, never what it says. A replay is harmless: what had taken
effect has no second one. The decision is stored before anything moves.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.sync.dead_letters.office import DeadGroup, DeadLetterOffice, decision, known_queue
from shared.clock import Clock, wall_time
from shared.database.engine import Database
from shared.errors import MALFORMED, TOO_MANY_AT_ONCE, Problem
from shared.messaging.bus import CAUSE_CHARACTERS, Message, Which
from shared.messaging.reading import Illegible, read
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.observability.redaction import clean
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.pagination import Page, Paged, page_of
from shared.web.scopes import Scope

BULK_LIMIT = 50
"""Messages that an operator sends back alone; more need somebody with `events:approve`."""

Reader = Annotated[Caller, requires(Scope.SYNC_READ)]
Settler = Annotated[Caller, requires(Scope.EVENTS_SETTLE)]
_TEXT = r"^[^\x00]*$"
QueueName = Annotated[str, Field(max_length=80, pattern=_TEXT)]
Kind = Annotated[str, Field(max_length=80, pattern=_TEXT)]
Cause = Annotated[str, Field(max_length=CAUSE_CHARACTERS, pattern=_TEXT)]


class QueueLetters(BaseModel):
    """A queue that has dead letters (死信), and how many."""

    queue: str
    letters: int


class SampleView(BaseModel):
    """The oldest of them, without what it says: how often it was delivered, how many events it holds when they can be
    counted, the subject that its first event names, and whether this release can read it."""

    message_id: str
    attempts: int
    size: int = Field(description="Bytes.")
    events: int | None
    about: str | None
    readable: bool


class DeadLetterGroup(BaseModel):
    """Dead letters of one queue and type that died of the same cause. On RabbitMQ up to 500 of a queue are looked at:
    `in_queue` counts all of them."""

    queue: str
    type: str
    cause: str
    letters: int
    in_queue: int
    oldest_at: datetime | None
    newest_at: datetime | None
    sample: SampleView


class DeadLetterReplay(BaseModel):
    """Which of the queue's dead letters go back, and why: those of type and cause, all when neither is given, 500 a
    call. Try with `dry_run` first."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
    type: Kind | None = None
    cause: Cause | None = None
    dry_run: bool = False


class DeadLettersReplayed(BaseModel):
    """How many messages go back, or would; how many dead letters the queue has besides; of which instant that is true:
    the same call, repeated, moves nothing that died later."""

    letters: int
    others: int
    decided_at: datetime
    dry_run: bool


_REPLAY = TypeAdapter(DeadLetterReplay)


def dead_letter_router(database: Database, clock: Clock, office: DeadLetterOffice) -> APIRouter:
    """The routes over the dead letters of the house."""
    router = APIRouter(prefix="/v1/dead-letters", tags=["dead-letters"])
    _lists(router, office)
    _replaying(router, database, clock, office)
    return router


def _lists(router: APIRouter, office: DeadLetterOffice) -> None:
    @router.get("", summary="Messages that nobody could handle, by queue, type and cause")
    async def get_dead_letters(
        _caller: Reader,
        page: Paged,
        queue: Annotated[QueueName | None, Query(description="Of this queue only.")] = None,
    ) -> Page[DeadLetterGroup]:
        """Of all services. They stay where they are: mend the cause, then send them back to their queue."""
        after = _position(page.after) if page.after else None
        groups = await office.groups(known_queue(queue) if queue else None, after, page.fetch)
        return page_of(groups, page, position=lambda one: list(one.position), shown=_shown)

    @router.get("/counts", summary="How many dead letters each queue has")
    async def get_counts(_caller: Reader) -> list[QueueLetters]:
        """Counted at most every 15 seconds; a queue without any is not named."""
        counts = await office.counts()
        return [QueueLetters(queue=queue, letters=counts[queue]) for queue in sorted(counts)]


def _replaying(router: APIRouter, database: Database, clock: Clock, office: DeadLetterOffice) -> None:
    @router.post(
        "/{queue}",
        response_model=DeadLettersReplayed,
        summary="Send dead letters back to their queue",
        openapi_extra=documented(_REPLAY, JSON),
    )
    async def post_replay(
        request: Request,
        queue: Annotated[str, Path(max_length=80, pattern=_TEXT)],
        caller: Settler,
        _media_type: Annotated[str, accepts(JSON)],
    ) -> Response:
        """They are handled as new, by that queue only. More than 50 need `events:approve`."""
        body = await parsed(request, _REPLAY)
        call = await changing_call(request, caller)
        which = Which(body.type, body.cause)
        letters, others = await office.meant(known_queue(queue), which)
        told = DeadLettersReplayed(letters=letters, others=others, decided_at=wall_time(), dry_run=body.dry_run)

        async def decide(work: UnitOfWork) -> Reply:
            if not body.dry_run:
                _refuse(caller, letters)
                work.audit(decision(caller.client_id, queue, which, letters, body.reason))
            return reply(200, told)

        async with unit_of_work(database, clock) as work:
            response = await once(work, call, lambda: decide(work))
        if not body.dry_run:
            # Also when the call is repeated: the first one may have died before the broker had heard of it.
            kept = DeadLettersReplayed.model_validate_json(bytes(response.body))
            await office.replay(queue, replace(which, died_before=kept.decided_at), kept.letters)
        return response


def _refuse(caller: Caller, letters: int) -> None:
    if letters > BULK_LIMIT and Scope.EVENTS_APPROVE not in caller.scopes:
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


def _shown(group: DeadGroup) -> DeadLetterGroup:
    one = group.of_cause
    return DeadLetterGroup(
        queue=group.queue,
        type=clean(one.type)[:80],
        cause=clean(one.cause),
        letters=one.letters,
        in_queue=group.in_queue,
        oldest_at=one.oldest_at,
        newest_at=one.newest_at,
        sample=_sample(one.sample.message, one.sample.attempts),
    )


def _sample(message: Message, attempts: int) -> SampleView:
    events = _events(message.body)
    first = events[0] if events else None
    subject = first.get("subject") if isinstance(first, dict) else None
    return SampleView(
        message_id=message.message_id,
        attempts=attempts,
        size=len(message.body),
        events=None if events is None else len(events),
        about=clean(subject)[:80] if isinstance(subject, str) else None,
        readable=_is_readable(message),
    )


def _events(body: bytes) -> list[object] | None:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, list) else None


def _is_readable(message: Message) -> bool:
    try:
        read(message)
    except Illegible:
        return False
    return True
