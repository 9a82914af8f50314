"""Which step may follow which, who may take it, and how the legal clocks run across the holidays of 2026."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from services.repair.applications.domain.case import UNDECIDED, Action, ApplicationState, Case, Step, StepRefused
from services.repair.applications.domain.clocks import LegalClock, resume, started_by, stop
from services.repair.applications.domain.machine import TRANSITIONS, advance, filed
from services.repair.applications.domain.rules import FILE, procedure_rules, wants_two_people
from shared.calendars.book import packaged_calendar
from shared.policy import PackError
from shared.vocabulary import Severity
from tests.support import rules

CALENDAR = packaged_calendar()
_S, _A = ApplicationState, Action


def run(case: Case, *steps: tuple[Action, str]) -> Case:
    for action, actor in steps:
        case = advance(case, Step(action=action, actor=actor))
    return case


ACCEPTED = run(filed(two_people=True), (_A.ACCEPT, "clerk"))
REVIEWED = run(ACCEPTED, (_A.FIRST_REVIEW, "first"))
BOTH = run(REVIEWED, (_A.SECOND_REVIEW, "second"))


def test_the_whole_way_takes_two_people_and_ends_closed() -> None:
    case = run(BOTH, (_A.APPROVE, "second"), (_A.SERVE, "clerk"), (_A.CLOSE, "system:repair.close"))
    assert (case.state, case.version, case.served) == (_S.CLOSED, 7, True)


@pytest.mark.parametrize(
    ("state", "action"), [pair for pair in product(_S, _A) if pair not in TRANSITIONS and pair[1] is not _A.FILE]
)
def test_a_step_that_the_table_does_not_name_is_refused(state: ApplicationState, action: Action) -> None:
    case = Case(state, 3, two_people=False, first_reviewer="first", served=True, resumes=_S.SUBMITTED)
    with pytest.raises(StepRefused, match=str(state)):
        advance(case, Step(action=action, actor="anybody"))


def test_whoever_made_the_first_review_makes_neither_the_second_nor_the_decision() -> None:
    with pytest.raises(StepRefused) as refused:
        run(REVIEWED, (_A.SECOND_REVIEW, "first"))
    assert refused.value.other_person == "first"
    for decision in (_A.APPROVE, _A.REFUSE):
        with pytest.raises(StepRefused) as refused:
            run(BOTH, (decision, "first"))
        assert refused.value.other_person == "first"
        with pytest.raises(StepRefused, match="second review"):
            run(REVIEWED, (decision, "other"))


def test_where_one_review_is_enough_it_is() -> None:
    one = run(filed(two_people=False), (_A.ACCEPT, "clerk"), (_A.FIRST_REVIEW, "first"))
    assert run(one, (_A.APPROVE, "first")).state is _S.APPROVED


@pytest.mark.parametrize("before", [filed(two_people=True), ACCEPTED])
def test_a_supplement_leads_back_to_where_it_was_asked_for_and_is_asked_for_once(before: Case) -> None:
    asked = run(before, (_A.REQUEST_SUPPLEMENT, "clerk"))
    assert asked.state is _S.SUPPLEMENTING
    back = run(asked, (_A.SUPPLEMENT, "company"))
    assert (back.state, back.resumes) == (before.state, None)
    with pytest.raises(StepRefused, match="requested before"):
        run(back, (_A.REQUEST_SUPPLEMENT, "clerk"))


def test_an_applicant_withdraws_only_what_is_not_decided() -> None:
    able = {state for state in _S if (state, _A.WITHDRAW) in TRANSITIONS}
    assert able == UNDECIDED


def test_nothing_closes_before_it_was_served_and_nothing_is_served_twice() -> None:
    approved = run(BOTH, (_A.APPROVE, "approver"))
    with pytest.raises(StepRefused, match="not served"):
        run(approved, (_A.CLOSE, "system"))
    with pytest.raises(StepRefused, match="already"):
        run(approved, (_A.SERVE, "clerk"), (_A.SERVE, "clerk"))
    assert run(replace(approved, served=True), (_A.REVOKE, "approver")).state is _S.REVOKED


def last(name: str, started_on: date, *, stopped: date | None = None, resumed: date | None = None) -> date:
    clock = LegalClock(name, started_on)
    if stopped:
        clock = stop(clock, stopped)
        assert clock.last_day(CALENDAR) is None
    if resumed:
        clock = resume(clock, resumed)
    end = clock.last_day(CALENDAR)
    assert end is not None
    assert not end.provisional
    return end.day


def test_limits_across_national_day_2026_by_hand() -> None:
    """Off from 1 to 7 October, Saturday 10 October worked; filed on Monday 28 September."""
    filed_on = date(2026, 9, 28)
    assert last("repair_acceptance", filed_on) == date(2026, 10, 8)  # 29, 30, 8
    assert last("repair_result", filed_on) == date(2026, 10, 16)  # 29, 30, 8, 9, 10, 12-16
    assert last("repair_decision", date(2026, 9, 30)) == date(2026, 10, 15)  # 8, 9, 10, 12-15
    assert last("repair", date(2026, 9, 30)) == date(2026, 10, 10)  # 8, 9, 10


def test_a_supplement_across_national_day_stops_the_clocks_and_they_resume() -> None:
    """Asked for on 30 September, which still counts; received on 9 October, which does not."""
    asked = {"stopped": date(2026, 9, 30), "resumed": date(2026, 10, 9)}
    assert last("repair_result", date(2026, 9, 28), **asked) == date(2026, 10, 20)  # two used; 10, 12-16, 19, 20
    assert last("repair_acceptance", date(2026, 9, 28), **asked) == date(2026, 10, 10)  # two used; 10
    same_day = {"stopped": date(2026, 9, 28), "resumed": date(2026, 9, 28)}
    assert last("repair_result", date(2026, 9, 28), **same_day) == date(2026, 10, 16)


def test_a_stop_gives_no_time_back_and_a_last_day_used_up_leaves_the_day_of_the_receipt() -> None:
    monday = date(2026, 11, 2)
    missed = {"stopped": date(2026, 11, 6), "resumed": date(2026, 11, 20)}
    assert last("repair_acceptance", monday, **missed) == date(2026, 11, 5)
    on_the_last_day = {"stopped": date(2026, 11, 5), "resumed": date(2026, 11, 11)}
    assert last("repair_acceptance", monday, **on_the_last_day) == date(2026, 11, 11)
    received_on_a_sunday = {"stopped": date(2026, 11, 5), "resumed": date(2026, 11, 15)}
    assert last("repair_acceptance", monday, **received_on_a_sunday) == date(2026, 11, 16)


def test_limits_across_spring_festival_2026_by_hand() -> None:
    """Off from 15 to 23 February, Saturdays 14 and 28 February worked; filed on Wednesday 11 February."""
    filed_on = date(2026, 2, 11)
    assert last("repair_acceptance", filed_on) == date(2026, 2, 14)  # 12, 13, 14
    assert last("repair_result", filed_on) == date(2026, 3, 3)  # 12-14, 24-28, 2, 3
    assert last("repair_decision", date(2026, 2, 13)) == date(2026, 3, 2)  # 14, 24-28, 2
    assert last("repair", date(2026, 2, 13)) == date(2026, 2, 25)  # 14, 24, 25
    asked = {"stopped": date(2026, 2, 13), "resumed": date(2026, 2, 26)}
    assert last("repair_result", filed_on, **asked) == date(2026, 3, 9)  # two used; 27, 28, 2-6, 9


@pytest.mark.parametrize(
    ("day", "generation", "filed_clocks", "accepted_clocks"),
    [
        (date(2020, 1, 1), "ndrc-527-2019", ("repair_result",), ()),
        (date(2023, 5, 1), "ndrc-58-2023", ("repair_result",), ()),
        (date(2026, 3, 31), "sc-22-2025", ("repair_acceptance", "repair_result"), ("repair_decision",)),
        (date(2026, 4, 1), "ndrc-36-2026", ("repair_acceptance", "repair_result"), ("repair_decision",)),
        (date(2000, 1, 1), "ndrc-527-2019", ("repair_result",), ()),
    ],
)
def test_the_day_of_filing_chooses_the_generation_of_the_rules(
    day: date, generation: str, filed_clocks: tuple[str, ...], accepted_clocks: tuple[str, ...]
) -> None:
    found = procedure_rules().generation_on(day)
    assert found.id == generation
    assert started_by(_A.FILE, found) == filed_clocks
    assert started_by(_A.ACCEPT, found) == accepted_clocks


def test_a_minor_case_needs_one_review_and_an_unknown_class_two() -> None:
    today = procedure_rules().generation_on(date(2026, 11, 2))
    wanted = {one: wants_two_people(today, one) for one in (*Severity, None)}
    assert wanted == {Severity.MINOR: False, Severity.ORDINARY: True, Severity.SERIOUS: True, None: True}


def test_a_bar_ends_on_the_corresponding_day_and_the_next_one_is_free() -> None:
    assert procedure_rules().barred_until(date(2026, 11, 2)) == date(2027, 11, 3)


WHOLE = """
[[generation]]
id = "one"
from = 2020-01-01
citation = "c"
confidence = "found"
filed = ["repair_result"]
accepted = []
two_people = ["serious"]
two_people_citation = "c"
two_people_confidence = "found"
[false_papers]
restores_display = true
bar = "P1Y"
citation = "c"
confidence = "found"
[regrading]
regions = []
after_days = 1
citation = "c"
confidence = "found"
[refusal]
way_to_object = "w"
citation = "c"
confidence = "found"
[escalation]
working_days_before = 1
citation = "c"
confidence = "found"
[office_hours]
spans = [[09:00:00, 12:00:00]]
citation = "c"
confidence = "found"
[supplement]
request_day = "counts"
receipt_day = "stands_still"
citation = "c"
confidence = "found"
"""


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ('confidence = "found"', 'confidence = "sure"'),
        ('citation = "c"', 'citation = ""'),
        ('filed = ["repair_result"]', 'filed = ["some_day"]'),
        ('bar = "P1Y"', 'bar = "long"'),
        ("accepted = []\n", ""),
        ('two_people = ["serious"]', 'two_people = ["grave"]'),
        ("[escalation]", "[escalated]"),
        ("working_days_before = 1", "working_days_before = [1]"),
        ("working_days_before = 1", "working_days_before = 1000"),
        ("regions = []", 'regions = ["常州"]'),
        ("09:00:00", "13:00:00"),
        ("[[09:00:00, 12:00:00]]", '[["9", "12"]]'),
        ('filed = ["repair_result"]', 'filed = ["reporting"]'),
        ('request_day = "counts"', 'request_day = "half"'),
        ('receipt_day = "stands_still"', 'receipt_day = "counts"'),
        ("after_days = 1", "after_days = 1\nafter_weeks = 1"),
    ],
)
def test_a_file_with_a_gap_is_refused(part: str, instead: str) -> None:
    assert FILE.parsed(WHOLE).generation_on(date(2026, 1, 1)).id == "one"
    with pytest.raises(PackError):
        FILE.parsed(WHOLE.replace(part, instead, 1))


def test_the_day_of_a_request_for_supplements_counts_unless_the_file_in_force_says_otherwise() -> None:
    clock = LegalClock("repair_result", date(2026, 11, 2))

    def ends(asked_on: date) -> date:
        again = resume(stop(clock, asked_on), date(2026, 11, 20))
        last = again.last_day(CALENDAR)
        assert last is not None
        return last.day

    assert (ends(date(2026, 11, 4)), ends(date(2026, 11, 2))) == (date(2026, 12, 2), date(2026, 12, 4))
    other = rules.edited("repair/procedure.toml", 'request_day = "counts"', 'request_day = "stands_still"')
    with rules.in_force({"repair/procedure.toml": other}):
        assert (ends(date(2026, 11, 4)), ends(date(2026, 11, 2))) == (date(2026, 12, 3), date(2026, 12, 4))
