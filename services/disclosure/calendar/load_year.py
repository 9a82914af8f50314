"""Load the arrangement of a year when the State Council has announced it (放假安排), and recount what waited for it.

A file that cannot be right is refused by entry, and the calendar stays as it was. Serves G11.
"""

from dataclasses import dataclass

import structlog

from services.disclosure.calendar import store
from services.disclosure.rules import Law, LawInForce
from shared.errors import CALENDAR_REFUSED, Problem
from shared.messaging.unit_of_work import UnitOfWork
from shared.workdays import AnnouncedYear, CalendarFileError, calendar_with, read_year_text

log = structlog.get_logger()


@dataclass(frozen=True)
class LoadedYear:
    """What loading a year did: how many due dates were recounted, and how many of them stay provisional (暂定期限)."""

    year: int
    sources: tuple[str, ...]
    recounted: int
    still_provisional: int


def checked(name: str, text: str) -> AnnouncedYear:
    """The year in this file, or the problem that names the entry. `name` is the file's name, such as 2027.toml."""
    try:
        return read_year_text(name, text)
    except CalendarFileError as error:
        raise Problem(CALENDAR_REFUSED, str(error)) from None


async def load_year(
    work: UnitOfWork, text: str, year: AnnouncedYear, book: LawInForce, *, by: str, reason: str
) -> LoadedYear:
    """Make this year, which `checked` gave, part of the calendar, and recount provisional due dates."""
    await store.lock(work)
    known = await store.read_years(work.connection)
    _refuse_gaps({**known, year.year: text})
    await store.add_year(work, store.NewYear(year.year, text, by, reason))
    recounted, provisional = await recount(work, await book.current(work.connection))
    log.info("calendar_year_loaded", year=year.year, recounted=recounted, still_provisional=provisional, by=by)
    return LoadedYear(year.year, year.sources, recounted, provisional)


def _refuse_gaps(texts: dict[int, str]) -> None:
    try:
        calendar_with([read_year_text(f"{year}.toml", text) for year, text in texts.items()])
    except CalendarFileError as error:
        raise Problem(CALENDAR_REFUSED, str(error)) from None


async def recount(work: UnitOfWork, law: Law) -> tuple[int, int]:
    """Count every provisional due date again; returns how many there were and how many still are.

    Publications share a few hundred terms at most, so each term is counted once.
    """
    terms = await store.provisional_terms(work.connection)
    dues = [law.due(term.due_deadline, term.due_from) for term in terms]
    if dues:
        await store.set_due(work, dues)
    pairs = list(zip(terms, dues, strict=True))
    return sum(term.number for term, _ in pairs), sum(term.number for term, due in pairs if due.provisional)
