"""Which counties (辖市区) are silent: of whose own records nothing has come for too many working days, whoever sends.

A county whose records come through the city's system is missed by nobody who looks at sources alone. Only counties that
have sent within a year are known. Tells operators; stops nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import structlog

from services.ingest import metrics
from services.ingest.data_sharing import store
from services.ingest.data_sharing.domain.silence import Silence, silence
from services.ingest.duties.domain.duty import county_of
from shared.calendars.book import CalendarBook
from shared.clock import Clock, legal_date
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.identifiers import division_of

log = structlog.get_logger()

_KNOWN_FOR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class CountyWatched:
    """One county: when rows of its authorities came last, and from which client."""

    county: str
    name: str
    last_received_on: date
    source: str
    silence: Silence
    is_provisional: bool


async def watch_counties(database: Database, clock: Clock, calendars: CalendarBook, expected: int) -> int:
    """Publish how long each county has been silent. Idempotent; returns 0."""
    async with database.reading() as connection:
        found = await read_counties(connection, calendars, legal_date(clock.now()), expected)
    metrics.tell_counties([(one.county, one.silence.working_days) for one in found], expected)
    for one in found:
        if one.silence.is_too_long:
            log.warning("county_silent", county=one.county, working_days=one.silence.working_days)
    return 0


async def read_counties(
    connection: AsyncConnection, calendars: CalendarBook, today: date, expected: int
) -> list[CountyWatched]:
    """In the order of their divisions."""
    calendar = await calendars.current(connection)
    newest: dict[str, tuple[date, str]] = {}
    for code, last in (await store.last_days(connection, today - _KNOWN_FOR)).items():
        if county := county_of(code):
            newest[county] = max(last, newest.get(county, last))
    return [
        CountyWatched(
            county,
            division.name if (division := division_of(county)) else county,
            last_on,
            source,
            silence(calendar, last_on, today, expected),
            not calendar.is_announced(today),
        )
        for county, (last_on, source) in sorted(newest.items())
    ]
