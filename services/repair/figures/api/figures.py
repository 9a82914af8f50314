"""`/v1/repair-figures`: the figures of repair as JSON, as one table in CSV, and as a workbook. Changes nothing."""

import asyncio
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.repair.api.desk import Desk, RepairDesk
from services.repair.applications.domain.case import Action
from services.repair.figures import sheets
from services.repair.figures.count import asked_for, count_figures
from services.repair.figures.domain.figures import Figures, Grouping, Wanted
from shared.clock import legal_date
from shared.errors import NOT_FOUND, Problem
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.scopes import Scope

router = APIRouter(prefix="/v1", tags=["figures"])

View = TypeVar("View", bound="GroupView")
Reader = Annotated[Caller, requires(Scope.REPAIR_READ)]


class GroupView(BaseModel):
    """Whose figures these are; empty where they are not told apart."""

    region: str
    rule: str


class FirstPassView(GroupView):
    """一次通过率. `judged`: accepted, declined, or asked for a supplement; `passed`: accepted without one."""

    filed: int
    judged: int
    passed: int
    rate: float | None


class StepTimeView(GroupView):
    """办理用时, from the step before. What an applicant supplements is the applicant's time."""

    step: Action
    taken: int
    average_days: float = Field(description="Working days as the law counts them.")
    worst_days: int
    average_hours: float = Field(description="Hours of working days, midnight to midnight.")
    worst_hours: float
    slowest: str = Field(description="The application that took the most hours.")


class LoadView(GroupView):
    """期限. `running`, `standing_still` and `overdue` are of now; `kept` and `missed` of what the period filed."""

    clock: str
    running: int
    standing_still: int
    overdue: int
    kept: int
    missed: int


class DueDayView(GroupView):
    """临期预测: limits whose last day is `on`."""

    clock: str
    on: date
    due: int


class SubjectShareView(GroupView):
    """失信主体占比. `subjects`: all that disclosure ever told of; `with_records`: a record of discredit is shown."""

    subjects: int
    with_records: int
    share: float | None


class FiguresView(BaseModel):
    """The figures of the applications filed from `since` to `until`, as of one day."""

    as_of: date
    forecast_until: date
    since: date
    until: date
    grouping: Grouping
    region: str
    first_pass: list[FirstPassView]
    steps: list[StepTimeView]
    limits: list[LoadView]
    forecast: list[DueDayView]
    subjects: list[SubjectShareView]


async def _wanted(
    desk: Desk,
    since: Annotated[date | None, Query(description="First day of filing; unset: a year before the last.")] = None,
    until: Annotated[date | None, Query(description="Last day of filing; unset: today.")] = None,
    by: Annotated[Grouping, Query(description="By what the figures are told apart.")] = Grouping.ALL,
    region: Annotated[
        str, Query(pattern="^[0-9]{0,6}$", description="Beginning of a division code, such as 3206.")
    ] = "",
) -> Wanted:
    return asked_for(legal_date(desk.clock.now()), since, until, by, region)


WantedFigures = Annotated[Wanted, Depends(_wanted)]


@router.get("/repair-figures", summary="The figures of repair")
async def get_figures(caller: Reader, desk: Desk, wanted: WantedFigures) -> FiguresView:
    """`rule` is the generation of the procedure; for subjects, the rule by which a record is shown."""
    return _view(await _count(caller, desk, wanted))


@router.get("/repair-figures.csv", summary="One table of the figures as CSV", response_class=Response)
async def get_csv(
    caller: Reader, desk: Desk, wanted: WantedFigures, table: sheets.Table = sheets.Table.PAPERS
) -> Response:
    """The same figures; a file has one table."""
    figures = await _count(caller, desk, wanted)
    headers = {"Content-Disposition": f'attachment; filename="repair-{table}.csv"'}
    return Response(sheets.csv_of(figures, table), media_type=sheets.CSV, headers=headers)


@router.get("/repair-figures.xlsx", summary="All figures as a workbook", response_class=Response)
async def get_workbook(caller: Reader, desk: Desk, wanted: WantedFigures) -> Response:
    """A sheet for each table, in Chinese."""
    figures = await _count(caller, desk, wanted)
    headers = {"Content-Disposition": f'attachment; filename="repair-{wanted.since}-{wanted.until}.xlsx"'}
    return Response(await asyncio.to_thread(sheets.workbook_of, figures), media_type=sheets.XLSX, headers=headers)


async def _count(caller: Caller, desk: RepairDesk, wanted: Wanted) -> Figures:
    if caller.subjects:
        raise Problem(NOT_FOUND, "A token that names companies sees their applications only; figures are for officers.")
    async with desk.database.reading() as connection:
        calendar = await desk.calendars.current(connection)
        return await count_figures(connection, wanted, desk.clock.now(), calendar)


def _view(figures: Figures) -> FiguresView:
    return FiguresView(
        as_of=figures.as_of,
        forecast_until=figures.forecast_until,
        since=figures.wanted.since,
        until=figures.wanted.until,
        grouping=figures.wanted.grouping,
        region=figures.wanted.region,
        first_pass=[_row(FirstPassView, one) for one in figures.first_pass],
        steps=[_row(StepTimeView, one) for one in figures.steps],
        limits=[_row(LoadView, one) for one in figures.limits],
        forecast=[_row(DueDayView, one) for one in figures.forecast],
        subjects=[_row(SubjectShareView, one) for one in figures.subjects],
    )


def _row(kind: type[View], figure: Any) -> View:
    own = {name: getattr(figure, name) for name in kind.model_fields if name not in GroupView.model_fields}
    return kind(region=figure.group.region, rule=figure.group.rule, **own)
