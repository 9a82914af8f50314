"""Which sources are silent, and for how many working days (数据源静默). Tells operators; stops nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from services.ingest import metrics
from services.ingest.data_sharing import store
from services.ingest.data_sharing.domain.silence import Silence, silence
from shared.calendars.book import CalendarBook
from shared.clock import Clock, legal_date
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.messaging.unit_of_work import unit_of_work
from shared.workdays import WorkCalendar

log = structlog.get_logger()

MOST_SOURCES = 200
"""A label of a metric has few values; further sources are in the list only."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One source and kind of record."""

    source: str
    kind: str
    first_received_on: date
    last_received_on: date
    last_received_at: datetime
    is_set: bool
    silence: Silence
    is_provisional: bool


async def watch_sources(database: Database, clock: Clock, calendars: CalendarBook, usual: int) -> int:
    """Learn who sent what last and publish how long each source has been silent. Idempotent; returns 0."""
    async with unit_of_work(database, clock) as work:
        await store.note_sources(work)
        found = await read_watched(work.connection, calendars, legal_date(work.now), usual)
    metrics.tell_silence([(one.source, one.kind, one.silence.working_days, one.silence.expected) for one in found])
    for one in found:
        if one.silence.is_too_long:
            log.warning("source_silent", source=one.source, kind=one.kind, working_days=one.silence.working_days)
    return 0


async def read_watched(connection: AsyncConnection, calendars: CalendarBook, today: date, usual: int) -> list[Watched]:
    """The first sources in their order."""
    calendar = await calendars.current(connection)
    return watched(await store.list_sources(connection, None, MOST_SOURCES), calendar, today, usual)


def watched(rows: Sequence[AnyRow], calendar: WorkCalendar, today: date, usual: int) -> list[Watched]:
    """`usual` is what is expected where nobody has said otherwise."""
    return [
        Watched(
            row.source,
            row.kind,
            row.first_received_on,
            row.last_received_on,
            row.last_received_at,
            row.expected_working_days is not None,
            silence(calendar, row.last_received_on, today, _expected(row, usual)),
            not calendar.is_announced(today),
        )
        for row in rows
    ]


def _expected(row: AnyRow, usual: int) -> int:
    return usual if row.expected_working_days is None else int(row.expected_working_days)
