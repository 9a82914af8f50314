"""工作日历: the announced years that deadlines are counted by, and the arrangement of a new one."""

from collections.abc import Sequence
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.page import present

router = APIRouter()

PATH = "/calendar"


@router.get(PATH)
@router.get(f"{PATH}/live")
async def calendar(request: Request, _visitor: Signed, reader: Reads) -> Response:
    read = await reader.read("disclosure", "/v1/calendar")
    return present(request, "calendar", {"calendar": read, "spans": spans, "page": "policy"})


@router.post(f"{PATH}/years")
async def load_year(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Hand a year's arrangement in as text, with a reason; disclosure counts its deadlines by it anew."""
    fields = await posted(request, desk)
    year = fields.get("year", "")
    body = {
        "year": int(year) if year.isdecimal() and len(year) <= 4 else 0,
        "toml": fields.get("toml", ""),
        "reason": fields.get("reason", ""),
    }
    outcome = await reader.act("disclosure", "/v1/calendar/years", body, key=key_of(fields))
    return done(request, outcome, back=PATH, note="year_loaded")


def spans(days: Sequence[str]) -> list[tuple[str, str]]:
    """Days that follow each other as their first and last: a holiday of nine days is one span."""
    found: list[tuple[str, str]] = []
    for day in days:
        before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        if found and found[-1][1] == before:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
