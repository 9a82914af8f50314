"""What a service does when it is told of an announced year: keep it, once, in whatever order the notices come.

A year that this program could not read is refused here, so that it never stands in the way of a process that starts.
"""

from collections.abc import Sequence

import structlog
from sqlalchemy import Table

from shared.calendars import store
from shared.contracts.events import CalendarYearLoaded
from shared.errors import CONFLICT, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.workdays import AnnouncedYear, read_year_text, year_text

log = structlog.get_logger()


async def hear_years(work: UnitOfWork, years: Table, told: Sequence[CalendarYearLoaded]) -> None:
    """Keep what is new. Raises `CalendarFileError`, or `Problem` when a known notice comes with another content."""
    notices = {one.generation: _notice(one) for one in told}
    known = {row.notice: (row.year, row.text) for row in await store.read_notices(work.connection, years)}
    for number, notice in notices.items():
        # A disclosure that was restored from a backup gives its last numbers a second time.
        if known.get(number, (notice.year, notice.text)) != (notice.year, notice.text):
            raise Problem(CONFLICT, f"Notice {number} of the calendar is known with another content: load it anew.")
    fresh = [notices[number] for number in sorted(notices) if number not in known]
    await store.add_notices(work, years, fresh)
    for notice in fresh:
        log.info("calendar_year_heard", year=notice.year, notice=notice.notice)


def _notice(told: CalendarYearLoaded) -> store.Notice:
    text = year_text(AnnouncedYear(told.year, frozenset(told.days_off), frozenset(told.days_on), told.sources))
    read_year_text(f"{told.year}.toml", text)
    return store.Notice(told.generation, told.year, text, told.loaded_by, told.reason, told.loaded_at)
