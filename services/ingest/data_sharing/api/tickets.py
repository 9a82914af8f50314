"""`/v1/data-sharing/…`: anomaly tickets, sources with their rhythm, and the completeness of lower levels."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from services.ingest.api.desk import Desk, IngestDesk
from services.ingest.data_sharing import store
from services.ingest.data_sharing.api.desk import (
    Calendars,
    Officer,
    Reader,
    UsualRhythm,
    texts_after,
    today,
)
from services.ingest.data_sharing.api.views import (
    AnomalyBody,
    AnomalyView,
    CompletenessView,
    ResolutionBody,
    RhythmBody,
    SourceView,
    completeness,
    source,
)
from services.ingest.data_sharing.domain.signing import AnomalyState
from services.ingest.data_sharing.report import HEAD, Completeness, report_completeness
from services.ingest.data_sharing.rhythm import set_rhythm
from services.ingest.data_sharing.ticket import open_ticket, resolve_ticket
from services.ingest.data_sharing.watch import watched
from services.ingest.duties.store import read_duties
from services.ingest.sheets import CSV, XLSX, csv_of, xlsx_of
from shared.calendars.book import CalendarBook
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.identifier import identifier
from shared.web.instant import NamedDay
from shared.web.pagination import Page, Paged, page_of

router = APIRouter(prefix="/v1/data-sharing", tags=["data sharing"])

_ANOMALY, _RESOLUTION, _RHYTHM = TypeAdapter(AnomalyBody), TypeAdapter(ResolutionBody), TypeAdapter(RhythmBody)
Json = Annotated[str, accepts(JSON)]
First = Annotated[NamedDay, Query(alias="from", description="First day.")]
Last = Annotated[NamedDay, Query(alias="to", description="Last day; at most 366 days in all.")]


@router.post(
    "/{day}/anomalies",
    status_code=201,
    response_model=AnomalyView,
    summary="Open an anomaly ticket",
    openapi_extra=documented(_ANOMALY, JSON),
)
async def post_anomaly(day: NamedDay, request: Request, caller: Officer, desk: Desk, _media_type: Json) -> Response:
    """数据共享异常: what was missing or failed on that day."""
    body = await parsed(request, _ANOMALY)
    call = await changing_call(request, caller)

    async def opened(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            anomaly_id = await open_ticket(
                work, day, source=body.source, description=body.description, by=caller.client_id
            )
            return reply(201, await _ticket(work, anomaly_id))

        return await once(work, call, produce)

    return await desk.in_one_transaction(opened)


@router.get("/anomalies", summary="Anomaly tickets, oldest first")
async def get_anomalies(
    _caller: Reader, desk: Desk, page: Paged, state: AnomalyState | None = None, day: NamedDay | None = None
) -> Page[AnomalyView]:
    after = texts_after(page, 1)
    async with desk.database.reading() as connection:
        rows = await store.list_anomalies(connection, state, day, after[0] if after else None, page.fetch)
    return page_of(rows, page, position=lambda row: [row.anomaly_id], shown=lambda row: AnomalyView(**row._mapping))


@router.post(
    "/anomalies/{anomaly_id}/resolution",
    response_model=AnomalyView,
    summary="Resolve an anomaly ticket",
    openapi_extra=documented(_RESOLUTION, JSON),
)
async def post_resolution(
    anomaly_id: str, request: Request, caller: Officer, desk: Desk, _media_type: Json
) -> Response:
    """With what was done about it; a ticket stays."""
    body = await parsed(request, _RESOLUTION)
    call = await changing_call(request, caller)

    async def resolved(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            await resolve_ticket(work, identifier(anomaly_id), resolution=body.resolution, by=caller.client_id)
            return reply(200, await _ticket(work, anomaly_id))

        return await once(work, call, produce)

    return await desk.in_one_transaction(resolved)


@router.get("/sources", summary="Sources, and which of them are silent")
async def get_sources(
    _caller: Reader, desk: Desk, calendars: Calendars, usual: UsualRhythm, page: Paged
) -> Page[SourceView]:
    """As the timer has learned them; a source is known some minutes after it first sent."""
    async with desk.database.reading() as connection:
        calendar = await calendars.current(connection)
        rows = await store.list_sources(connection, texts_after(page, 2), page.fetch)
        duties = await read_duties(connection)
    found = watched(rows, calendar, today(desk), usual)
    return page_of(found, page, position=lambda one: [one.source, one.kind], shown=lambda one: source(one, duties))


@router.post(
    "/rhythms",
    response_model=SourceView,
    summary="Say how often a source is expected to send",
    openapi_extra=documented(_RHYTHM, JSON),
)
async def post_rhythm(
    request: Request, caller: Officer, desk: Desk, calendars: Calendars, usual: UsualRhythm, _media_type: Json
) -> Response:
    """Only for a source that has sent before."""
    body = await parsed(request, _RHYTHM)
    call = await changing_call(request, caller)

    async def changed(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            row = await set_rhythm(
                work, body.source, body.kind, body.expected_working_days, reason=body.reason, by=caller.client_id
            )
            calendar = await calendars.current(work.connection)
            duties = await read_duties(work.connection)
            return reply(200, source(watched([row], calendar, today(desk), usual)[0], duties))

        return await once(work, call, produce)

    return await desk.in_one_transaction(changed)


@router.get("/completeness", summary="Completeness of what lower levels sent")
async def get_completeness(
    _caller: Reader, desk: Desk, calendars: Calendars, first: First, last: Last
) -> list[CompletenessView]:
    """By region and authority, whoever sent the rows."""
    return [completeness(one) for one in await _completeness(desk, calendars, first, last)]


@router.get("/completeness.csv", summary="The same as CSV", response_class=Response)
async def get_completeness_csv(_caller: Reader, desk: Desk, calendars: Calendars, first: First, last: Last) -> Response:
    rows = [one.cells() for one in await _completeness(desk, calendars, first, last)]
    return Response(csv_of(HEAD, rows), media_type=CSV, headers=_named(f"completeness-{first}-{last}.csv"))


@router.get("/completeness.xlsx", summary="The same as a workbook", response_class=Response)
async def get_completeness_xlsx(
    _caller: Reader, desk: Desk, calendars: Calendars, first: First, last: Last
) -> Response:
    rows = [one.cells() for one in await _completeness(desk, calendars, first, last)]
    sheet = await asyncio.to_thread(xlsx_of, f"归集完整性 {first} 至 {last}", HEAD, rows)
    return Response(sheet, media_type=XLSX, headers=_named(f"completeness-{first}-{last}.xlsx"))


async def _completeness(desk: IngestDesk, calendars: CalendarBook, first: date, last: date) -> Sequence[Completeness]:
    async with desk.database.reading() as connection:
        return await report_completeness(connection, await calendars.current(connection), first, last)


async def _ticket(work: UnitOfWork, anomaly_id: str) -> AnomalyView:
    row = await store.read_anomaly(work.connection, anomaly_id)
    assert row is not None  # noqa: S101 - written in this transaction
    return AnomalyView(**row._mapping)


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
