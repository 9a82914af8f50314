"""A repair form at a portal that decides by stages (申请表办理): where it is, and by when the next stage is due.

The bureau files the form; the portal accepts, decides and executes it days later. Pure: the days are data
(`shared.policy.deadlines`), the calendar is given.
"""

from dataclasses import dataclass
from datetime import date

from services.sync.domain.stages import Progress, Stage
from shared.policy.deadlines import deadlines
from shared.workdays import WorkCalendar

_NEXT = {Stage.FILED: "form_acceptance", Stage.ACCEPTED: "form_decision", Stage.GRANTED: "form_execution"}


@dataclass(frozen=True)
class Expected:
    """The last day of the next stage. `provisional` (暂定期限) while its year is not announced."""

    on: date
    provisional: bool


def expected(progress: Progress, calendar: WorkCalendar) -> Expected:
    """By when the portal has to take the next step."""
    last = calendar.add_working_days(progress.since, deadlines()[_NEXT[progress.stage]].working_days)
    return Expected(last.day, last.provisional)
