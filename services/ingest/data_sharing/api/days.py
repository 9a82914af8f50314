"""`/v1/data-sharing`: the list of a day in three forms, the overview, unsigned days, and the sign-off (B04)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from services.ingest.api.desk import Desk, IngestDesk
from services.ingest.api.handed_out import Form, handed_out
from services.ingest.data_sharing import store
from services.ingest.data_sharing.api.desk import Calendars, DayAsked, Officer, Reader, texts_after, today
from services.ingest.data_sharing.api.views import (
    HEAD,
    DaySummary,
    DayView,
    FiguresView,
    SignOffBody,
    SignOffView,
    UnsignedDay,
    cells,
    line,
)
from services.ingest.data_sharing.api.views import sign_off as signed_view
from services.ingest.data_sharing.domain.figures import FIGURES, digest_of
from services.ingest.data_sharing.domain.signing import MOST_DAYS, days_between, unsigned_days
from services.ingest.data_sharing.sign_off import sign_off
from services.ingest.sheets import pages_of
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.errors import MALFORMED, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.instant import NamedDay
from shared.web.pagination import Paged, page_of

router = APIRouter(prefix="/v1", tags=["data sharing"])

_SIGN_OFF = TypeAdapter(SignOffBody)
_OVERVIEW_DAYS = 62
_UNSIGNED_DAYS = 30


@router.get("/data-sharing", summary="The data-sharing list of a day (数据共享清单)")
async def get_day(day: DayAsked, _caller: Reader, desk: Desk, calendars: Calendars, page: Paged) -> DayView:
    """By source, authority and kind. The sign-off repeats `digest`."""
    async with desk.database.reading() as connection:
        calendar = await calendars.current(connection)
        rows = await store.list_day(connection, day, texts_after(page, 3), page.fetch)
        sums, digest, signed = await _of_day(connection, day)
    lines = page_of(rows, page, position=lambda row: [row.source, row.authority_code, row.kind], shown=line)
    return DayView(
        day=day,
        is_working_day=calendar.is_working_day(day),
        is_provisional=not calendar.is_announced(day),
        digest=digest,
        sums=sums,
        sign_off=signed,
        items=lines.items,
        next=lines.next,
    )


@router.get("/data-sharing.csv", summary="The same list as CSV", response_class=StreamingResponse)
async def get_day_csv(day: DayAsked, _caller: Reader, desk: Desk) -> StreamingResponse:
    """All of it, read and written in pieces."""
    return await _file(desk, day, "csv")


@router.get("/data-sharing.xlsx", summary="The same list as a workbook", response_class=StreamingResponse)
async def get_day_xlsx(day: DayAsked, _caller: Reader, desk: Desk) -> StreamingResponse:
    """The same; a sheet ends at its 1,048,576 rows and says so."""
    return await _file(desk, day, "xlsx")


@router.get("/data-sharing/days", summary="An overview of days")
async def get_days(
    _caller: Reader,
    desk: Desk,
    calendars: Calendars,
    first: Annotated[NamedDay, Query(alias="from", description="First day.")],
    last: Annotated[NamedDay, Query(alias="to", description="Last day; at most 62 days in all.")],
) -> list[DaySummary]:
    """Also days that brought nothing."""
    _must_be_period(first, last, _OVERVIEW_DAYS)
    async with desk.database.reading() as connection:
        calendar = await calendars.current(connection)
        sums = await store.sum_days(connection, first, last)
        digests = await store.digest_days(connection, first, last)
        signed = await store.read_sign_offs(connection, first, last)
        empty = digest_of([])
    return [
        DaySummary(
            day=day,
            is_working_day=calendar.is_working_day(day),
            sums=_figures(sums.get(day)),
            signed_by=signed[day].signed_by if day in signed else None,
            changed_since=day in signed and signed[day].digest != digests.get(day, empty),
        )
        for day in days_between(first, last)
    ]


@router.get("/data-sharing/unsigned", summary="Working days that nobody has signed")
async def get_unsigned(
    _caller: Reader,
    desk: Desk,
    calendars: Calendars,
    since: Annotated[NamedDay | None, Query(description="First day; 30 days ago without it.")] = None,
) -> list[UnsignedDay]:
    """Holidays need no signature, nor do days before the first batch ever; today is not over."""
    now = today(desk)
    first = since or now - timedelta(days=_UNSIGNED_DAYS)
    _must_be_period(min(first, now), now, MOST_DAYS)
    async with desk.database.reading() as connection:
        calendar = await calendars.current(connection)
        began = await store.first_day(connection)
        if began is None or first > now:
            return []
        first = max(first, began)
        signed = await store.read_sign_offs(connection, first, now)
        sums = await store.sum_days(connection, first, now)
    return [UnsignedDay(day=day, sums=_figures(sums.get(day))) for day in unsigned_days(calendar, first, now, signed)]


@router.post(
    "/data-sharing/{day}/sign-off",
    status_code=201,
    response_model=SignOffView,
    summary="Sign off a day",
    openapi_extra=documented(_SIGN_OFF, JSON),
)
async def post_sign_off(
    day: NamedDay, request: Request, caller: Officer, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """A named officer has checked the list. Once a day, for the figures that `digest` names."""
    body = await parsed(request, _SIGN_OFF)
    call = await changing_call(request, caller)

    async def signed(work: UnitOfWork) -> Response:
        async def produce() -> Reply:
            await sign_off(work, day, by=caller.client_id, role=body.role, remark=body.remark, digest=body.digest)
            row = (await store.read_sign_offs(work.connection, day, day))[day]
            return reply(201, signed_view(row, row.digest))

        return await once(work, call, produce)

    return await desk.in_one_transaction(signed)


async def _of_day(connection: AsyncConnection, day: date) -> tuple[FiguresView, str, SignOffView | None]:
    sums = (await store.sum_days(connection, day, day)).get(day)
    digest = await store.digest_day(connection, day)
    row = (await store.read_sign_offs(connection, day, day)).get(day)
    return _figures(sums), digest, signed_view(row, digest) if row else None


async def _file(desk: IngestDesk, day: date, form: Form) -> StreamingResponse:
    async def read(last: AnyRow | None, limit: int) -> Sequence[AnyRow]:
        after = [last.source, last.authority_code, last.kind] if last else None
        async with desk.database.reading() as connection:
            return await store.list_day(connection, day, after, limit)

    pages = pages_of(read, lambda row: cells(day, row))
    return await handed_out(form, f"data-sharing-{day}", f"数据共享清单 {day}", HEAD, pages)


def _figures(sums: dict[str, int] | None) -> FiguresView:
    return FiguresView(**(sums or dict.fromkeys(FIGURES, 0)))


def _must_be_period(first: date, last: date, days: int) -> None:
    if not first <= last or (last - first).days >= days:
        reason = f"from the first to the last day, at most {days} days"
        raise Problem(MALFORMED, "The period cannot be used.", errors=[{"field": "to", "reason": reason}])
