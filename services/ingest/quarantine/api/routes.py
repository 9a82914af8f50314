"""`/v1/quarantine`: rows that wait for a person (待核). Lists without cells; cells only for who may correct them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.ingest.api.desk import Desk, IngestDesk, authorities_of
from services.ingest.metrics import count_verdicts
from services.ingest.quarantine import store
from services.ingest.quarantine.api.bodies import (
    DISCARD,
    RELEASE,
    RESUBMISSION,
    QuarantineCounts,
    QuarantinedDetail,
    QuarantinedView,
    ReleaseReceipt,
    ResubmissionReceipt,
    fields_of,
    view_of,
)
from services.ingest.quarantine.correct import Bulk, Person, discard, release, resubmit
from services.ingest.quarantine.states import QuarantineState
from services.ingest.quarantine.store import Choice, Reach
from services.ingest.receipt import Receipt
from shared.clock import legal_date
from shared.errors import NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.sentences import Lang
from shared.vocabulary import RecordKind
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import ChangingCall, Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.instant import NamedInstant
from shared.web.pagination import Paged, page_of
from shared.web.scopes import Scope
from shared.web.totals import Counted, CountedPage, total_of, with_total

router = APIRouter(prefix="/v1/quarantine", tags=["quarantine"])

Reader = Annotated[Caller, requires(Scope.INGEST_READ)]
Corrector = Annotated[Caller, requires(Scope.INGEST_CORRECT)]
_Authority = Annotated[str | None, Query(max_length=18, description="Code of the authority.")]
_Batch = Annotated[str | None, Query(max_length=32, pattern="^[0-9a-f]{32}$")]
_Since = Annotated[NamedInstant | None, Query(description="Put aside at this instant or later.")]
_Language = Annotated[Lang, Query(description="Language of the sentences.")]
_Code = Annotated[str | None, Query(max_length=40, description="A code that stopped the row, such as V02.")]


async def _choice(
    state: QuarantineState = QuarantineState.WAITING,
    kind: RecordKind | None = None,
    authority: _Authority = None,
    batch_id: _Batch = None,
    since: _Since = None,
) -> Choice:
    return Choice(state, kind, None, authority, batch_id, since)


Chosen = Annotated[Choice, Depends(_choice)]


@router.get("", summary="Quarantined rows")
async def get_quarantine(
    caller: Reader,
    desk: Desk,
    page: Paged,
    choice: Chosen,
    code: _Code = None,
    lang: _Language = "en",
    counted: Counted = False,
) -> CountedPage[QuarantinedView]:
    """Rows that the caller sent or that belong to its authorities, the oldest first."""
    after = str(page.after[0]) if page.after else None
    reach, wanted = _reach(caller), replace(choice, code=code)
    async with desk.database.reading() as connection:
        rows = await store.read_page(connection, reach, wanted, after, page.fetch)
        total = await total_of(connection, store.all_of(reach, wanted)) if counted else None
    found = page_of(rows, page, position=lambda row: [row.quarantine_id], shown=lambda row: view_of(row, lang))
    return with_total(found, total)


@router.get("/counts", summary="Quarantined rows by code")
async def get_counts(caller: Reader, desk: Desk, choice: Chosen) -> QuarantineCounts:
    """How much work waits, of what sort, and by when: the reporting duty (双公示) runs on while a row waits. It counts
    from the decision, or from the day on which the row came where that cannot be read."""
    reach = _reach(caller)
    async with desk.database.reading() as connection:
        day = await desk.days.on(connection, legal_date(desk.clock.now()))
        rows, late, first = await store.count_due(connection, reach, choice, day.on_time_from)
        counts = await store.count_by_code(connection, reach, choice)
    first_by = desk.days.reported_by(first).day if first else None
    return QuarantineCounts(counts=counts, rows=rows, late=late, first_by=first_by)


@router.get("/{quarantine_id}", summary="One quarantined row with its cells")
async def get_one(quarantine_id: str, caller: Corrector, desk: Desk, lang: _Language = "en") -> QuarantinedDetail:
    """The cells may hold personal data: each look is kept in the audit log."""
    async with unit_of_work(desk.database, desk.clock) as work:
        row = await store.read_one(work.connection, _reach(caller), identifier(quarantine_id))
        if row is None:
            raise Problem(NOT_FOUND, f"There is no quarantined row {quarantine_id} that this caller may work on.")
        work.audit(Act(Action.QUARANTINE_OPENED, caller.client_id, row.quarantine_id))
        cells = dict(store.open_cells(row, desk.sealer))
    return QuarantinedDetail.model_validate({**fields_of(row, lang), "cells": cells})


@router.post(
    "/{quarantine_id}/resubmission",
    status_code=201,
    response_model=ResubmissionReceipt,
    summary="Correct a row and hand it in again",
    openapi_extra=documented(RESUBMISSION, JSON),
)
async def post_resubmission(
    quarantine_id: str, request: Request, caller: Corrector, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """The row is judged like any other; put aside again, its successor waits in its place."""
    body = await parsed(request, RESUBMISSION)
    person = Person(_reach(caller), body.reason)
    receipts: list[Receipt] = []

    async def produce(work: UnitOfWork) -> Reply:
        day = await desk.days.on(work.connection, legal_date(work.now))
        done = await resubmit(work, identifier(quarantine_id), body.cells, person, day, desk.sealer)
        receipts[:] = [done.receipt]
        receipt = ResubmissionReceipt(
            quarantine_id=quarantine_id,
            batch_id=done.receipt.batch_id,
            verdict=done.verdict,
            successor_id=done.successor_id,
        )
        return reply(201, receipt)

    return await _counted(receipts, _once(desk, await changing_call(request, caller), produce))


@router.post(
    "/release",
    response_model=ReleaseReceipt,
    summary="Judge many rows again",
    openapi_extra=documented(RELEASE, JSON),
)
async def post_release(
    request: Request, caller: Corrector, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """After a correction by rule, or as they are when rules, calendar or source map changed. At most 1,000 a call."""
    body = await parsed(request, RELEASE)
    choice = Choice(QuarantineState.WAITING, body.kind, body.code, body.authority, body.batch_id)
    bulk = Bulk(choice, body.correction, body.after, body.limit, body.dry_run)
    person = Person(_reach(caller), body.reason)
    receipts: list[Receipt] = []

    async def produce(work: UnitOfWork) -> Reply:
        day = await desk.days.on(work.connection, legal_date(work.now))
        done = await release(work, bulk, person, day, desk.sealer)
        receipts[:] = done.receipts
        receipt = ReleaseReceipt(
            dry_run=body.dry_run,
            examined=done.examined,
            passed=done.passed,
            stayed=done.stayed,
            verdicts=dict(done.verdicts),
            next_after=done.next_after,
        )
        return reply(200, receipt)

    return await _counted(receipts, _once(desk, await changing_call(request, caller), produce))


@router.post(
    "/{quarantine_id}/discard",
    response_model=QuarantinedView,
    summary="Discard a row",
    openapi_extra=documented(DISCARD, JSON),
)
async def post_discard(
    quarantine_id: str, request: Request, caller: Corrector, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """作废: the row will not be handed in again, and the reason is kept."""
    body = await parsed(request, DISCARD)
    person = Person(_reach(caller), body.reason)

    async def produce(work: UnitOfWork) -> Reply:
        await discard(work, identifier(quarantine_id), person)
        row = await store.read_one(work.connection, person.reach, quarantine_id)
        if row is None:
            raise Problem(NOT_FOUND, f"There is no quarantined row {quarantine_id}.")
        return reply(200, view_of(row))

    return await _once(desk, await changing_call(request, caller), produce)


def _reach(caller: Caller) -> Reach:
    return Reach(caller.client_id, authorities_of(caller))


async def _counted(receipts: Sequence[Receipt], committing: Awaitable[Response]) -> Response:
    """Count the verdicts once they are committed; a repeated call has made none."""
    response = await committing
    for receipt in receipts:
        count_verdicts(receipt)
    return response


async def _once(desk: IngestDesk, call: ChangingCall, produce: Callable[[UnitOfWork], Awaitable[Reply]]) -> Response:
    async def answered(work: UnitOfWork) -> Response:
        return await once(work, call, lambda: produce(work))

    return await desk.in_one_transaction(answered)
