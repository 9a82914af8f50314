"""The law as this process holds it: packs, calendar, deadlines. Loaded once at the start, passed to use cases."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.clock import start_of_legal_day
from shared.policy import Evaluator, load_packs
from shared.policy.deadlines import deadlines
from shared.workdays import WorkCalendar, load_calendar


@dataclass(frozen=True)
class Law:
    """Evaluates windows and turns working-day deadlines into instants."""

    evaluator: Evaluator
    calendar: WorkCalendar

    def due_at(self, deadline: str, event_on: date) -> datetime:
        """The end of the last day of a deadline, as an instant."""
        last_day = self.calendar.add_working_days(event_on, deadlines()[deadline].working_days).day
        return start_of_legal_day(last_day + timedelta(days=1))


def load_law() -> Law:
    """The packaged packs and the announced years. Raises `PackError` or `CalendarFileError` with file and entry."""
    return Law(Evaluator(load_packs()), load_calendar())
