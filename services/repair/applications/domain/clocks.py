"""The legal clocks of an application: what starts, stops, resumes and ends them. Pure; the calendar is given.

A supplement stops a clock (R30): the day of the request still counts unless `procedure.toml` says otherwise, the days
after it up to and including the day of receipt do not, and it resumes where it stood. Serves G11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from services.repair.applications.domain.case import Action
from services.repair.applications.domain.rules import DayOfRequest, Generation, procedure_rules
from shared.policy.deadlines import deadlines
from shared.workdays import Deadline, WorkCalendar

EFFECT = "repair"
RESULT = "repair_result"
ACCEPTANCE = "repair_acceptance"
DECISION = "repair_decision"
SUPPLEMENT = "repair_supplement"

ENDS: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.ACCEPT: frozenset({ACCEPTANCE}),
        Action.DECLINE: frozenset({ACCEPTANCE}),
        Action.SUPPLEMENT: frozenset({SUPPLEMENT}),
        Action.APPROVE: frozenset({DECISION}),
        Action.REFUSE: frozenset({DECISION}),
        Action.SERVE: frozenset({RESULT}),
    }
)
"""The clocks that an act ends because what they ask for was done."""

MOOT = frozenset({Action.LAPSE, Action.WITHDRAW, Action.REVOKE})
"""Acts after which no clock matters any more."""


@dataclass(frozen=True, slots=True)
class LegalClock:
    """One limit of one application. `last_day` is None while it stands still."""

    name: str
    started_on: date
    stopped_on: date | None = None
    resumed_on: date | None = None

    @property
    def stands_still(self) -> bool:
        return self.stopped_on is not None and self.resumed_on is None

    @property
    def working_days(self) -> int:
        return deadlines()[self.name].working_days

    def begins(self, calendar: WorkCalendar) -> date:
        """The day after which all its working days follow without a gap: a stop moves it forward (R30)."""
        if self.stopped_on is None or self.resumed_on is None:
            return self.started_on
        used = calendar.working_days_between(self.started_on, self.stopped_on)
        if used > self.working_days:  # missed before it stopped: a stop brings no time back
            return self.started_on
        resumed_on = self.resumed_on
        if used == self.working_days:  # nothing is left: the first working day from the receipt on is the last
            resumed_on = _working_day_from(calendar, resumed_on)
        return _day_before(calendar, resumed_on, used)

    def last_day(self, calendar: WorkCalendar) -> Deadline | None:
        if self.stands_still:
            return None
        return calendar.add_working_days(self.begins(calendar), self.working_days)


def _day_before(calendar: WorkCalendar, end: date, used: int) -> date:
    """The latest day from which up to `end` as many working days lie as were used."""
    day = end
    while calendar.working_days_between(day, end) < used:
        day -= timedelta(days=1)
    return day


def _working_day_from(calendar: WorkCalendar, day: date) -> date:
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


def stop(clock: LegalClock, on: date) -> LegalClock:
    """`stopped_on` is the last day that counts: that of the request, or the one before it where the rules say so."""
    if procedure_rules().request_day is DayOfRequest.STANDS_STILL:
        on = max(on - timedelta(days=1), clock.started_on)
    return replace(clock, stopped_on=on, resumed_on=None)


def resume(clock: LegalClock, on: date) -> LegalClock:
    return replace(clock, resumed_on=on) if clock.stands_still else clock


def started_by(action: Action, generation: Generation) -> tuple[str, ...]:
    """The clocks that an act starts, counted from its day."""
    match action:
        case Action.FILE:
            return generation.filed
        case Action.ACCEPT:
            return generation.accepted
        case Action.REQUEST_SUPPLEMENT:
            return (SUPPLEMENT,)
        case Action.APPROVE:
            return (EFFECT,)
        case _:
            return ()
