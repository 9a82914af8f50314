"""What the checks need to know of today: from which decision date on a report is still in time."""

from datetime import date, timedelta
from functools import lru_cache

from services.ingest.domain.checks import Day
from shared.policy.deadlines import deadlines
from shared.workdays import WorkCalendar, load_calendar

_LONGEST_BREAK = timedelta(days=40)  # seven working days never span more, whatever the year


class DayBook:
    """Answers `Day` for a legal date, computed once a day."""

    def __init__(self, calendar: WorkCalendar | None = None) -> None:
        self._calendar = calendar or load_calendar()
        self.of = lru_cache(maxsize=4)(self._of)

    def _of(self, today: date) -> Day:
        days = deadlines()["reporting"].working_days
        candidate = today - _LONGEST_BREAK
        while self._calendar.add_working_days(candidate, days).day < today:
            candidate += timedelta(days=1)
        return Day(today, on_time_from=candidate)
