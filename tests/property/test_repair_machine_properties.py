"""No sequence of calls brings an application into an illegal state or makes a legal clock run wrong (G10, G11)."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.repair.applications.domain.case import OPEN_STATES, Action, ApplicationState, Step, StepRefused
from services.repair.applications.domain.clocks import ENDS, MOOT, SUPPLEMENT, LegalClock, resume, started_by, stop
from services.repair.applications.domain.machine import TRANSITIONS, advance, filed
from services.repair.applications.domain.rules import procedure_rules
from shared.calendars.book import packaged_calendar
from shared.policy.deadlines import deadlines

CALENDAR = packaged_calendar()
PEOPLE = ("clerk", "first", "second", "approver")


class Procedure(RuleBasedStateMachine):
    """Anybody tries anything on any day; beside it a log of what was allowed, from which all is counted again."""

    @initialize(day=st.dates(date(2026, 1, 5), date(2026, 10, 9)), two_people=st.booleans())
    def file(self, day: date, two_people: bool) -> None:
        self.today, self.case = day, filed(two_people=two_people)
        self.generation = procedure_rules().generation_on(day)
        self.clocks = {name: LegalClock(name, day) for name in started_by(Action.FILE, self.generation)}
        self.log: list[tuple[Action, str, date]] = []

    @rule(days=st.integers(1, 12))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(action=st.sampled_from([one for one in Action if one is not Action.FILE]), actor=st.sampled_from(PEOPLE))
    def attempt(self, action: Action, actor: str) -> None:
        before = self.case
        try:
            after = advance(before, Step(action=action, actor=actor))
        except StepRefused:
            assert self.case == before
            return
        assert (before.state, action) in TRANSITIONS
        assert after.version == before.version + 1
        self.case = after
        self.log.append((action, actor, self.today))
        self._move_clocks(action)

    @precondition(lambda self: self.case.state is ApplicationState.SUPPLEMENTING)
    @rule()
    def supplement(self) -> None:
        self.attempt(Action.SUPPLEMENT, "clerk")

    def _move_clocks(self, action: Action) -> None:
        for name in ENDS.get(action, ()):
            self.clocks.pop(name, None)
        if action in MOOT:
            self.clocks.clear()
        moves = {Action.REQUEST_SUPPLEMENT: stop, Action.SUPPLEMENT: resume}
        if move := moves.get(action):
            self.clocks = {name: move(one, self.today) for name, one in self.clocks.items() if name != SUPPLEMENT}
        self.clocks |= {name: LegalClock(name, self.today) for name in started_by(action, self.generation)}

    def _done(self, *actions: Action) -> list[tuple[Action, str, date]]:
        return [one for one in self.log if one[0] in actions]

    @invariant()
    def two_people_where_two_are_wanted(self) -> None:
        decisions = self._done(Action.APPROVE, Action.REFUSE)
        assert len(decisions) <= 1
        if decisions and self.case.two_people:
            [(_, first, _)], [(_, second, _)] = self._done(Action.FIRST_REVIEW), self._done(Action.SECOND_REVIEW)
            assert first != second
            assert decisions[0][1] != first

    @invariant()
    def one_supplement_one_service_and_nothing_closed_unserved(self) -> None:
        assert len(self._done(Action.REQUEST_SUPPLEMENT)) <= 1
        assert len(self._done(Action.SERVE)) <= 1 + len(self._done(Action.REVOKE)) <= 2
        if self._done(Action.CLOSE):
            assert self._done(Action.SERVE)
        if self.case.state is ApplicationState.SUPPLEMENTING:
            assert self.case.resumes in (ApplicationState.SUBMITTED, ApplicationState.ACCEPTED)

    @invariant()
    def what_is_open_has_a_clock_or_its_result_was_served(self) -> None:
        if self.case.state in OPEN_STATES and self.case.state is not ApplicationState.APPROVED:
            assert "repair_result" in self.clocks

    @invariant()
    def every_clock_gives_all_its_working_days_and_no_day_of_the_stop(self) -> None:
        for name, clock in self.clocks.items():
            end = clock.last_day(CALENDAR)
            if clock.stands_still:
                assert end is None
                continue
            assert end is not None
            assert CALENDAR.is_working_day(end.day)
            if _nothing_left(clock):
                assert clock.resumed_on is not None
                assert clock.resumed_on <= end.day
                assert CALENDAR.working_days_between(clock.resumed_on - timedelta(days=1), end.day) == 1
            else:
                assert _given(clock, end.day) == deadlines()[name].working_days


def _nothing_left(clock: LegalClock) -> bool:
    """Whether it stopped on its very last day."""
    if clock.stopped_on is None:
        return False
    return CALENDAR.working_days_between(clock.started_on, clock.stopped_on) == deadlines()[clock.name].working_days


def _given(clock: LegalClock, last_day: date) -> int:
    """Working days that count, day by day: after the start, without those after the stop up to the resumption."""
    counted, day = 0, clock.started_on
    while day < last_day:
        day += timedelta(days=1)
        stands = clock.stopped_on is not None and clock.resumed_on is not None
        if stands and clock.stopped_on < day <= clock.resumed_on:  # type: ignore[operator]
            continue
        counted += CALENDAR.is_working_day(day)
    return counted


TestProcedure = Procedure.TestCase
TestProcedure.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
