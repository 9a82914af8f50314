"""`/v1/calendar`: the announced years with their sources, the horizon, and the loading of a new year."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.disclosure.api.desk import Desk
from services.disclosure.calendar.load_year import checked, load_year
from services.disclosure.calendar.store import all_provisional
from services.disclosure.calendar.tables import calendar_year
from shared.calendars.store import read_notices
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.policy.deadlines import longest_term
from shared.web.auth import requires
from shared.web.body import JSON, accepts, documented, parsed
from shared.web.caller import Caller
from shared.web.idempotency import Reply, changing_call, once, reply
from shared.web.scopes import Scope
from shared.web.totals import Total, total_of
from shared.workdays import AnnouncedYear, WorkCalendar, load_years, read_year_text

router = APIRouter(prefix="/v1", tags=["calendar"])

Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Adopter = Annotated[Caller, requires(Scope.DISCLOSURE_ADOPT)]


class YearView(BaseModel):
    """One announced year, and who loaded it when it did not come with the program."""

    year: int
    days_off: list[date]
    days_on: list[date] = Field(description="Saturdays and Sundays that are worked (调休).")
    sources: list[str]
    notice: int | None = Field(default=None, description="Number of the notice that counts; higher ones came later.")
    loaded_by: str | None = None
    loaded_at: datetime | None = None
    reason: str | None = None
    recounted_at: datetime | None = Field(
        default=None, description="When all due dates of disclosure were found to be counted by it."
    )


class NextYearView(BaseModel):
    """The first year that is not announced. It is needed by `needed_by`: from the next day on nobody knows which days
    are worked. It is `needed` already when a deadline of the law that began today might reach into it, or when due
    dates of disclosure do: these are `provisional`, counted up to 10,000."""

    year: int
    needed: bool
    needed_by: date
    provisional: Total


class CalendarView(BaseModel):
    """Deadlines that reach beyond `announced_until` are provisional (暂定期限)."""

    announced_from: date
    announced_until: date
    next_year: NextYearView
    years: list[YearView]


class YearBody(BaseModel):
    """A year file as text, in the form of the packaged ones."""

    model_config = ConfigDict(extra="forbid")
    year: int = Field(ge=1949, le=2148)
    toml: str = Field(min_length=1, max_length=20_000)
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class LoadedYearView(BaseModel):
    """What loading a year did."""

    notice: int
    year: int
    sources: list[str]
    to_recount: int = Field(description="Due dates of disclosure that the worker counts again now.")


YEAR = TypeAdapter(YearBody)
_MOST_PROVISIONAL = 10_000


@router.get("/calendar", summary="Announced years and the horizon of the working-day clock")
async def get_calendar(_caller: Reader, desk: Desk) -> CalendarView:
    async with desk.database.reading() as connection:
        calendar = (await desk.law.current(connection)).calendar
        notices = {row.year: row for row in await read_notices(connection, calendar_year)}
        provisional = await total_of(connection, all_provisional(), _MOST_PROVISIONAL)
    loaded = [read_year_text(f"{year}.toml", row.text) for year, row in notices.items()]
    years = {year.year: year for year in (*load_years(), *loaded)}
    return CalendarView(
        announced_from=calendar.announced_from,
        announced_until=calendar.announced_until,
        next_year=_next_year(calendar, desk.today(), provisional),
        years=[_view(years[number], notices.get(number)) for number in sorted(years)],
    )


@router.post(
    "/calendar/years",
    status_code=201,
    response_model=LoadedYearView,
    summary="Load the arrangement of a year",
    openapi_extra=documented(YEAR, JSON),
)
async def post_year(
    request: Request, caller: Adopter, desk: Desk, _media_type: Annotated[str, accepts(JSON)]
) -> Response:
    """Refused by entry when it cannot be right. Disclosure counts with it from its next transaction on, and the other
    services from the moment at which they hear of it."""
    body = await parsed(request, YEAR)
    call, year = await changing_call(request, caller), checked(f"{body.year}.toml", body.toml)
    async with unit_of_work(desk.database, desk.clock) as work:

        async def produce() -> Reply:
            done = await load_year(work, body.toml, year, by=caller.client_id, reason=body.reason)
            return reply(201, LoadedYearView(**asdict(done)))

        return await once(work, call, produce)


def _next_year(calendar: WorkCalendar, today: date, provisional: Total) -> NextYearView:
    until = calendar.announced_until
    reached = calendar.add_working_days(today, longest_term()).provisional
    needed = reached or provisional.items > 0
    return NextYearView(year=until.year + 1, needed=needed, needed_by=until, provisional=provisional)


def _view(year: AnnouncedYear, notice: AnyRow | None) -> YearView:
    return YearView(
        year=year.year,
        days_off=sorted(year.off),
        days_on=sorted(year.on),
        sources=list(year.sources),
        notice=notice.notice if notice else None,
        loaded_by=notice.loaded_by if notice else None,
        loaded_at=notice.loaded_at if notice else None,
        reason=notice.reason if notice else None,
        recounted_at=notice.recounted_at if notice else None,
    )
