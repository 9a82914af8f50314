"""Load the arrangement of a year when the State Council has announced it (放假安排), and tell the other services.

A file that cannot be right is refused by entry, and the calendar stays as it was. Deadlines that it changes are counted
again by `shared.calendars.keep`, here and wherever the year is heard of. Serves G11.
"""

from dataclasses import dataclass
from hashlib import sha256

import structlog

from services.disclosure.calendar.store import lock
from services.disclosure.calendar.tables import calendar_year
from services.disclosure.tables import publication
from shared.calendars import recount, store
from shared.clock import Clock
from shared.contracts.events import CalendarYearLoaded
from shared.database.engine import Database
from shared.errors import CALENDAR_REFUSED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.workdays import (
    AnnouncedYear,
    CalendarFileError,
    WorkCalendar,
    calendar_with,
    load_years,
    read_year_text,
)

log = structlog.get_logger()


@dataclass(frozen=True)
class LoadedYear:
    """What loading a year did: `to_recount` due dates of disclosure are not what the calendar says now (暂定期限)."""

    notice: int
    year: int
    sources: tuple[str, ...]
    to_recount: int


def checked(name: str, text: str) -> AnnouncedYear:
    """The year in this file, or the problem that names the entry. `name` is the file's name, such as 2027.toml."""
    try:
        return read_year_text(name, text)
    except CalendarFileError as error:
        raise Problem(CALENDAR_REFUSED, str(error)) from None


async def load_year(work: UnitOfWork, text: str, year: AnnouncedYear, *, by: str, reason: str) -> LoadedYear:
    """Make this year, which `checked` gave, part of the calendar, and tell it to the other services."""
    await lock(work)
    known = await store.read_texts(work.connection, calendar_year)
    calendar = _calendar_with(known, year)
    notice = (await store.edition(work.connection, calendar_year))[1] + 1
    kept = store.Notice(notice, year.year, text, by, reason, work.now)
    await store.add_notices(work, calendar_year, [kept])
    told = {"notice": notice, "text": sha256(text.encode()).hexdigest()}
    work.audit(Act(Action.CALENDAR_YEAR_LOADED, by, str(year.year), reason=reason, payload=told))
    work.tell(_event(kept, year))
    corrected = year.year in known or year.year in {one.year for one in load_years()}
    to_recount = await _misfits(work, calendar, year.year if corrected else None)
    log.info("calendar_year_loaded", year=year.year, notice=notice, to_recount=to_recount, by=by)
    return LoadedYear(notice, year.year, year.sources, to_recount)


async def tell_years_again(database: Database, clock: Clock) -> None:
    """Tell every notice once more: a service that was installed later, or restored from a backup, has not heard it.
    One that has heard it changes nothing."""
    async with unit_of_work(database, clock) as work:
        rows = await store.read_notices(work.connection, calendar_year)
        for row in rows:
            kept = store.Notice(row.notice, row.year, row.text, row.loaded_by, row.reason, row.loaded_at)
            work.tell(_event(kept, read_year_text(f"{row.year}.toml", row.text)))


def _event(kept: store.Notice, year: AnnouncedYear) -> CalendarYearLoaded:
    return CalendarYearLoaded(
        year=year.year,
        generation=kept.notice,
        days_off=tuple(sorted(year.off)),
        days_on=tuple(sorted(year.on)),
        sources=year.sources,
        loaded_by=kept.loaded_by,
        reason=kept.reason,
        loaded_at=kept.loaded_at,
    )


def _calendar_with(known: dict[int, str], year: AnnouncedYear) -> WorkCalendar:
    """Raises `Problem` when a year between it and the known ones is missing."""
    try:
        others = [read_year_text(f"{other}.toml", text) for other, text in known.items() if other != year.year]
        return calendar_with([*others, year])
    except CalendarFileError as error:
        raise Problem(CALENDAR_REFUSED, str(error)) from None


async def _misfits(work: UnitOfWork, calendar: WorkCalendar, corrected: int | None) -> int:
    found = await recount.misfits_beyond(work.connection, publication, calendar)
    if corrected is not None:
        found += await recount.misfits_within(work.connection, publication, calendar, corrected)
    return sum(one.number for one in found)
