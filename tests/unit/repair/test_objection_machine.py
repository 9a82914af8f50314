"""No sequence of steps brings an objection into a state that it must not be in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.repair.objections.domain.decision import Decision
from services.repair.objections.domain.machine import (
    FOLLOWS,
    OPEN_STATES,
    UNANSWERED,
    Action,
    ObjectionState,
    StepRefused,
    after,
)
from services.repair.objections.domain.rules import gravest, objection_rules
from services.repair.reminders.domain.notice import MOST_ATTEMPTS, pause_after
from shared.contracts.objections import CorrectedField, Reclassification
from shared.policy.deadlines import deadlines
from shared.vocabulary import Remedy, Severity

FINAL = frozenset(ObjectionState) - OPEN_STATES


@given(st.lists(st.sampled_from(Action), max_size=40))
def test_whatever_is_tried_the_objector_is_answered_once_and_what_ended_stays_ended(actions: list[Action]) -> None:
    state, was_upheld = ObjectionState.FILED, False
    for action in actions:
        try:
            following = after(state, action, was_upheld=was_upheld)
        except StepRefused as refused:
            assert action not in refused.allowed or was_upheld
            continue
        assert state not in FINAL
        was_upheld = was_upheld or following is ObjectionState.UPHELD
        state = following
        if was_upheld:
            assert state not in (ObjectionState.REJECTED, ObjectionState.RETRACTED, ObjectionState.FILED)


def test_every_open_state_has_a_way_out_and_no_final_one_has() -> None:
    assert {state for state, _ in FOLLOWS} == OPEN_STATES
    assert UNANSWERED < OPEN_STATES
    for state in UNANSWERED:
        reachable = {following for (held, _), following in FOLLOWS.items() if held is state}
        assert {ObjectionState.UPHELD, ObjectionState.REJECTED} <= reachable


def test_the_clocks_of_an_objection_are_data_with_their_source() -> None:
    found = {name: deadlines()[name] for name in ("objection_mark", "objection_answer", "objection_checked")}
    assert [one.working_days for one in found.values()] == [1, 3, 7]
    assert all("Q26" in one.citation and one.confidence == "proposal" for one in found.values())


@pytest.mark.parametrize(
    ("remedy", "severity", "two"),
    [
        (Remedy.CORRECT, Severity.ORDINARY, False),
        (Remedy.CORRECT, Severity.SERIOUS, True),
        (Remedy.CORRECT, None, True),
        (Remedy.RECLASSIFY, Severity.MINOR, True),
    ],
)
def test_a_second_person_is_asked_by_remedy_and_class(remedy: Remedy, severity: Severity | None, two: bool) -> None:
    corrected = (CorrectedField(field="violation_facts", value="1"),) if remedy is Remedy.CORRECT else ()
    anew = Reclassification(severity=Severity.ORDINARY) if remedy is Remedy.RECLASSIFY else None
    decision = Decision(upheld=True, reason="a", remedy=remedy, corrected=corrected, reclassification=anew)
    assert objection_rules().wants_two(decision, severity) is two
    assert not objection_rules().wants_two(Decision(upheld=False, reason="a"), severity)


@pytest.mark.parametrize("field", ["decided_on", "valid_until", "penalty_types", "fine", "withheld_licence"])
def test_a_correction_that_moves_the_class_or_the_window_needs_two(field: str) -> None:
    corrected = (CorrectedField(field="remark", value="1"), CorrectedField(field=field, value="1"))
    decision = Decision(upheld=True, reason="a", remedy=Remedy.CORRECT, corrected=corrected)
    assert objection_rules().wants_two(decision, Severity.MINOR)


def test_of_an_unknown_class_the_strictest_is_assumed() -> None:
    assert gravest(["ordinary", "serious", "minor"]) is Severity.SERIOUS
    assert gravest(["ordinary", None]) is None
    assert gravest([]) is None


def test_an_upheld_objection_without_a_remedy_is_no_decision() -> None:
    with pytest.raises(ValidationError, match="one remedy"):
        Decision(upheld=True, reason="a")


def test_a_failed_delivery_waits_longer_each_time_and_not_for_ever() -> None:
    pauses = [pause for attempt in range(1, MOST_ATTEMPTS) if (pause := pause_after(attempt))]
    assert pauses == sorted(pauses)
    assert len(pauses) == MOST_ATTEMPTS - 1
    assert pause_after(MOST_ATTEMPTS) is None
