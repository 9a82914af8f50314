"""`/v1/data-sharing/counties`: of which counties (辖市区) nothing has come for too long, and who answers there."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from services.ingest.api.desk import Desk
from services.ingest.data_sharing.api.desk import Calendars, Reader, today
from services.ingest.data_sharing.counties import CountyWatched, read_counties
from services.ingest.duties.domain.duty import Duties, Duty, departments_with
from services.ingest.duties.store import read_duties

router = APIRouter(prefix="/v1/data-sharing", tags=["data sharing"])


async def _expected(request: Request) -> int:
    days: int = request.app.state.county_rhythm
    return days


class CountyView(BaseModel):
    """One county. `source` sent its rows last; `departments` answer when they fail to come."""

    county: str
    name: str
    source: str
    last_received_on: date
    expected_working_days: int
    silent_working_days: int
    is_silent: bool
    is_provisional: bool
    departments: list[str]


@router.get("/counties", summary="Counties, and which of them are silent")
async def get_counties(
    _caller: Reader, desk: Desk, calendars: Calendars, expected: Annotated[int, Depends(_expected)]
) -> list[CountyView]:
    """Those of which anything came within a year, whoever sent it."""
    async with desk.database.reading() as connection:
        found = await read_counties(connection, calendars, today(desk), expected)
        duties = await read_duties(connection)
    return [_view(one, duties) for one in found]


def _view(one: CountyWatched, duties: Duties) -> CountyView:
    return CountyView(
        county=one.county,
        name=one.name,
        source=one.source,
        last_received_on=one.last_received_on,
        expected_working_days=one.silence.expected,
        silent_working_days=one.silence.working_days,
        is_silent=one.silence.is_too_long,
        is_provisional=one.is_provisional,
        departments=list(departments_with(duties, Duty.ANOMALIES, one.county)),
    )
