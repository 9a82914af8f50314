"""What the endpoints of the list share: the callers they ask for, the calendar, and how a day is told."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from services.ingest.api.desk import IngestDesk
from shared.calendars.book import CalendarBook
from shared.clock import legal_date
from shared.errors import MALFORMED, Problem
from shared.identifiers import strip_control
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.instant import NamedDay
from shared.web.pagination import PageRequest
from shared.web.scopes import Scope

Reader = Annotated[Caller, requires(Scope.DATA_SHARING_READ)]
Officer = Annotated[Caller, requires(Scope.DATA_SHARING_CHECK)]

DayAsked = Annotated[NamedDay, Query(description="The day, such as 2026-11-13.")]


async def _calendars(request: Request) -> CalendarBook:
    book: CalendarBook = request.app.state.calendars
    return book


async def _usual(request: Request) -> int:
    days: int = request.app.state.usual_rhythm
    return days


Calendars = Annotated[CalendarBook, Depends(_calendars)]
UsualRhythm = Annotated[int, Depends(_usual)]


def today(desk: IngestDesk) -> date:
    return legal_date(desk.clock.now())


def texts_after(page: PageRequest, parts: int) -> list[str] | None:
    """The cursor of a list that is ordered by this many texts."""
    if page.after is None:
        return None
    texts = [part for part in page.after if isinstance(part, str) and strip_control(part) == part]
    if len(texts) != parts or len(page.after) != parts:
        reason = "not a cursor of this list"
        raise Problem(MALFORMED, "The cursor cannot be used.", errors=[{"field": "cursor", "reason": reason}])
    return texts
