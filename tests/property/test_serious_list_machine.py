"""The serious list under any sequence of acts on any day: no illegal state, no early removal before its day (R12)."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.disclosure.serious_list.domain.entry import (
    IN_FORCE,
    Action,
    Entry,
    EntryState,
    Step,
    StepRefused,
    is_shown,
)
from services.disclosure.serious_list.domain.machine import TRANSITIONS, advance, notified, registered
from shared.policy import ListEntryFacts, list_window, load_packs
from shared.policy.list_rules import NoticeItem, RemovalCondition
from shared.policy.list_window import entry_facts_of
from shared.policy.periods import last_day, parse_duration

PACKS = load_packs()
YEAR, THREE_YEARS = parse_duration("P12M"), parse_duration("P3Y")
DAYS = st.dates(date(2017, 5, 9), date(2035, 12, 31))
ALL_ITEMS = frozenset(NoticeItem)
ALL_CONDITIONS = frozenset(RemovalCondition)
ENDED = {EntryState.DROPPED, EntryState.WITHDRAWN}


@st.composite
def facts_of_entries(draw: st.DrawFn) -> ListEntryFacts:
    optional = st.none() | DAYS
    return ListEntryFacts(
        authority_region=draw(st.sampled_from(["140000", "140100", "320600", "NT-KFQ"])),
        listed_on=draw(DAYS),
        published_on=draw(optional),
        ban_until=draw(optional),
        applied_for_listing_on=draw(optional),
        previously_published_on=draw(optional),
        restarted_on=draw(optional),
    )


@given(facts_of_entries())
@settings(max_examples=300)
def test_a_window_is_ordered_explains_its_inputs_and_never_allows_removal_during_a_ban(facts: ListEntryFacts) -> None:
    window = list_window(facts, PACKS)
    assert list_window(entry_facts_of(window.provenance.inputs), PACKS) == window
    if window.starts_on is None or window.closes_on is None or window.offline_on is None:
        assert window.needs_review
        return
    assert window.starts_on < window.closes_on < window.offline_on == window.closes_on + timedelta(days=1)
    early = window.early_removal_from_on
    if early is not None:
        assert last_day(window.starts_on, YEAR) < early < window.offline_on
        assert facts.ban_until is None or facts.ban_until < early


@given(facts_of_entries(), DAYS)
def test_a_longer_ban_never_brings_an_early_removal_forward(facts: ListEntryFacts, ban: date) -> None:
    values = {name: getattr(facts, name) for name in ListEntryFacts.__dataclass_fields__}
    without = list_window(ListEntryFacts(**(values | {"ban_until": None})), PACKS)
    held = list_window(ListEntryFacts(**(values | {"ban_until": ban})), PACKS)
    assert held.closes_on == without.closes_on
    if held.early_removal_from_on is not None:
        assert without.early_removal_from_on is not None
        assert held.early_removal_from_on >= without.early_removal_from_on


class SeriousList(RuleBasedStateMachine):
    """One entry, a calendar that only goes forward, and people who try everything."""

    entry: Entry
    today: date

    @initialize(
        start=st.dates(date(2023, 10, 1), date(2030, 1, 1)),
        items=st.just(ALL_ITEMS) | st.frozensets(st.sampled_from(NoticeItem)),
        ban=st.none() | st.integers(1, 1500),
        listed=st.booleans(),
    )
    def begin(self, start: date, items: frozenset[NoticeItem], ban: int | None, listed: bool) -> None:
        self.today = start
        step = Step(action=Action.SERVE_NOTICE, on=start, notice=ALL_ITEMS if listed else items)
        self.entry = notified("320600", "11.6.1", step, PACKS)
        self.heard = False
        self.started: date | None = None
        if listed:
            self.listen(Action.HEAR)
            self.decide(ban)
            self.list_it()

    @rule(days=st.sampled_from([1, 30, 200, 365, 366, 400, 1096]))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(items=st.frozensets(st.sampled_from(NoticeItem), min_size=1))
    def serve_more(self, items: frozenset[NoticeItem]) -> None:
        if self._take(Action.SERVE_NOTICE, notice=items):
            self.heard = False

    @rule(action=st.sampled_from([Action.HEAR, Action.WAIVE]))
    def listen(self, action: Action) -> None:
        self.heard = self._take(action) or self.heard

    @rule(ban=st.none() | st.integers(1, 1500))
    def decide(self, ban: int | None) -> None:
        ban_until = None if ban is None else self.today + timedelta(days=ban)
        if self._take(Action.DECIDE, ban_until=ban_until):
            assert self.heard
            assert self.entry.notice == ALL_ITEMS

    @precondition(lambda self: self.entry.state is EntryState.DECIDED)
    @rule()
    def list_it(self) -> None:
        assert self._take(Action.LIST)
        self.started = self.today

    @rule(conditions=st.frozensets(st.sampled_from(RemovalCondition)) | st.just(ALL_CONDITIONS))
    def approve(self, conditions: frozenset[RemovalCondition]) -> None:
        ban_until = self.entry.ban_until
        if self._take(Action.APPROVE_REMOVAL, conditions=conditions):
            assert self.started is not None
            assert self.today > last_day(self.started, YEAR)
            assert ban_until is None or ban_until < self.today
            assert conditions == ALL_CONDITIONS

    @precondition(lambda self: self.entry.state in IN_FORCE and self.entry.window.early_removal_from_on is not None)
    @rule(later=st.integers(0, 2), ends_well=st.sampled_from([True, True, False, None]))
    def walk_through_a_removal(self, later: int, ends_well: bool | None) -> None:
        """Around the very first day on which it is possible."""
        early = self.entry.window.early_removal_from_on if self.entry.window else None
        assert early is not None
        if self.today < early:
            self.today = early - timedelta(days=1)
            assert not self._take(Action.APPLY_REMOVAL)
        self.today = max(self.today, early + timedelta(days=later))
        self._take(Action.APPLY_REMOVAL)
        if ends_well is not None:
            self._take(Action.ACCEPT_REMOVAL)
        self._take(Action.DECLINE_REMOVAL)
        if ends_well:
            self.approve(ALL_CONDITIONS)
        self._take(Action.REFUSE_REMOVAL)

    @rule()
    def revoke_removal(self) -> None:
        if self._take(Action.REVOKE_REMOVAL):
            self.started = self.today
            assert self.entry.window is not None
            assert self.entry.window.starts_on == self.today

    @precondition(lambda self: self.entry.state in IN_FORCE)
    @rule()
    def wait_for_the_end(self) -> None:
        """Around the very first day on which the entry is gone."""
        offline_on = self.entry.window.offline_on if self.entry.window else None
        assert offline_on is not None
        if self.today < offline_on:
            self.today = offline_on - timedelta(days=1)
            assert not self._take(Action.EXPIRE)
        self.today = max(self.today, offline_on)
        self.expire()
        assert self.entry.state is EntryState.EXPIRED

    @rule()
    def expire(self) -> None:
        if self._take(Action.EXPIRE):
            assert self.started is not None
            assert self.today > last_day(self.started, THREE_YEARS)

    @rule(
        action=st.sampled_from(
            [
                Action.DROP,
                Action.LIST,
                Action.APPLY_REMOVAL,
                Action.ACCEPT_REMOVAL,
                Action.DECLINE_REMOVAL,
                Action.REFUSE_REMOVAL,
                Action.CONFIRM_REVIEW,
                Action.WITHDRAW,
                Action.REGISTER,
                Action.RE_ENTER,
            ]
        )
    )
    def try_anything(self, action: Action) -> None:
        if self._take(action) and action is Action.LIST:
            self.started = self.today

    def _take(self, action: Action, **given: Any) -> bool:
        """Whether the step was allowed; a refused one changes nothing."""
        before = self.entry
        try:
            after = advance(before, Step(action=action, on=self.today, **given), PACKS)
        except StepRefused:
            assert self.entry is before
            return False
        assert TRANSITIONS[before.state, action] is after.state
        assert after.version == before.version + 1
        assert before.state not in ENDED
        self.entry = after
        return True

    @invariant()
    def a_listed_entry_has_a_window_and_was_heard(self) -> None:
        if not hasattr(self, "entry"):
            return
        if self.entry.state in IN_FORCE | {EntryState.REMOVED_EARLY, EntryState.EXPIRED}:
            assert self.heard
            assert self.entry.window is not None
            assert self.entry.window.starts_on == self.started

    @invariant()
    def nothing_is_shown_outside_its_period(self) -> None:
        if hasattr(self, "entry") and is_shown(self.entry, self.today):
            assert self.started is not None
            assert self.started <= self.today <= last_day(self.started, THREE_YEARS)


SeriousListTest = SeriousList.TestCase
SeriousListTest.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(st.dates(date(2017, 5, 9), date(2023, 9, 30)), st.integers(0, 60), st.integers(0, 2000))
def test_an_entry_of_the_older_list_ends_by_itself_after_its_year(listed_on: date, publish: int, later: int) -> None:
    published_on = listed_on + timedelta(days=publish)
    facts = ListEntryFacts(authority_region="320600", listed_on=listed_on, published_on=published_on)
    entry = registered(facts, "49.02", Step(action=Action.REGISTER, on=date(2023, 12, 31)), PACKS)
    last = last_day(published_on, YEAR)
    day = published_on + timedelta(days=later)
    assert is_shown(entry, day) == (published_on <= day <= last)
    try:
        ended = advance(entry, Step(action=Action.EXPIRE, on=day), PACKS)
    except StepRefused as refusal:
        assert day <= last
        assert refusal.possible_from == last + timedelta(days=1)
    else:
        assert day > last
        assert ended.state is EntryState.EXPIRED
