"""Turns a deadline of the law into the instant by which something must be done."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.clock import start_of_legal_day
from shared.contracts.events import Term
from shared.policy.deadlines import deadlines
from shared.workdays import WorkCalendar


@dataclass(frozen=True)
class Due:
    """The instant by which something must be done, and the deadline of the law that it comes from.

    `provisional` (暂定期限): a day of the term lies in a year whose holidays are not announced yet.
    """

    at: datetime
    deadline: str | None = None
    counted_from: date | None = None
    provisional: bool = False

    @property
    def term(self) -> Term | None:
        """How it was counted, as events tell it; None when no working days were."""
        if self.deadline is None or self.counted_from is None:
            return None
        return Term(deadline=self.deadline, counted_from=self.counted_from)


def due(calendar: WorkCalendar, deadline: str, event_on: date) -> Due:
    """The end of the last day of a deadline of `shared.policy.deadlines`."""
    last = calendar.add_working_days(event_on, deadlines()[deadline].working_days)
    return Due(start_of_legal_day(last.day + timedelta(days=1)), deadline, event_on, last.provisional)


def due_again(calendar: WorkCalendar, at: datetime, term: Term | None) -> Due:
    """The same for what another service has counted: by our own calendar, so that all that is kept here agrees. Its
    instant stands when no working days were counted, or when this program does not know the deadline."""
    if term is None or term.deadline not in deadlines():
        return Due(at)
    return due(calendar, term.deadline, term.counted_from)
