"""What is foreseen of a window is exactly what the engine says on each later day (G04)."""

from datetime import date

from hypothesis import given

from services.disclosure.domain.display import PublicationState, state_of
from services.disclosure.domain.foresee import foresee
from shared.policy import Facts
from tests.property.test_policy import DAYS, PATIENT, WARM, facts


@PATIENT
@given(facts(), DAYS, DAYS)
def test_a_window_is_shown_on_a_later_day_exactly_until_its_foreseen_end(
    given_facts: Facts, one: date, other: date
) -> None:
    today, later = min(one, other), max(one, other)
    after = dict(zip(range(3), WARM.evaluate(given_facts, later), strict=True))
    for place, window in enumerate(WARM.evaluate(given_facts, today)):
        if state_of(window, today) is not PublicationState.ONLINE:
            continue
        foreseen = foresee(window, given_facts, WARM, today)
        end = foreseen.ends_on if foreseen else window.offline_on
        assert end is not None
        assert (state_of(after[place], later) is PublicationState.ONLINE) == (later < end)
        assert foreseen is None or today < end
