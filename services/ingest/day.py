"""What the checks need to know of today: from which decision date on a report is still in time."""

from datetime import date, timedelta
from functools import lru_cache

from services.ingest.domain.checks import Day
from services.ingest.domain.latest_ends import latest_ends
from services.ingest.tables import calendar_year
from shared.calendars.book import CalendarBook, packaged_calendar
from shared.database.connection import AsyncConnection
from shared.policy.deadlines import LegalDeadline, deadlines
from shared.workdays import Deadline, WorkCalendar

_LONGEST_BREAK = 26  # days that offices are shut at most, beside weekends


class DayBook:
    """Answers `Day` for a legal date, computed once a day and calendar. One for each process."""

    def __init__(self, calendar: WorkCalendar | None = None) -> None:
        self._calendars = CalendarBook(calendar_year)
        self._calendar = calendar or packaged_calendar()

    async def on(self, connection: AsyncConnection, today: date) -> Day:
        """By the calendar as of this transaction: a year that was loaded counts at once."""
        self._calendar = await self._calendars.current(connection)
        return self.of(today)

    def of(self, today: date) -> Day:
        """By the calendar that was read last."""
        return _day(self._calendar, today, deadlines()["reporting"])

    def reported_by(self, decided_on: date) -> Deadline:
        """The last day on which a decision is reported in time (双公示), by the same calendar."""
        return self._calendar.add_working_days(decided_on, deadlines()["reporting"].working_days)

    def withdrawn_by(self, withdrawn_on: date) -> Deadline:
        """The last day on which what was withdrawn may still be seen (Penalty Law art. 48), by the same calendar."""
        return self._calendar.add_working_days(withdrawn_on, deadlines()["withdrawal"].working_days)


@lru_cache(maxsize=8)
def _day(calendar: WorkCalendar, today: date, _duty: LegalDeadline) -> Day:
    return Day(today, on_time_from(calendar, today), latest_ends=latest_ends)


def on_time_from(calendar: WorkCalendar, today: date) -> date:
    """The earliest day of a decision that is reported in time today."""
    candidate = today - longest_duty()
    days = deadlines()["reporting"].working_days
    while calendar.add_working_days(candidate, days).day < today:
        candidate += timedelta(days=1)
    return candidate


def longest_duty() -> timedelta:
    """The reporting duty never spans more, whatever the year."""
    return timedelta(days=2 * deadlines()["reporting"].working_days + _LONGEST_BREAK)
