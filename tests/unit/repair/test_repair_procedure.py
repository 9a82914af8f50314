"""From when an application is possible, over all audiences that show the record."""

from datetime import date

import pytest

from services.repair.domain.procedure import AFTER_DECISION, OPEN_STATES, ApplicationState, Decision, possible_from

EARLY, LATE = date(2027, 1, 31), date(2027, 3, 1)


@pytest.mark.parametrize(
    ("days", "possible"),
    [
        ([EARLY], EARLY),
        ([EARLY, LATE], LATE),
        ([LATE, EARLY, EARLY], LATE),
        ([EARLY, None], None),
        ([None], None),
        ([], None),
    ],
)
def test_the_latest_day_counts_and_one_that_never_allows_it_forbids_it(
    days: list[date | None], possible: date | None
) -> None:
    assert possible_from(days) == possible


def test_every_decision_leads_somewhere_and_only_undecided_and_approved_cases_are_open() -> None:
    assert set(AFTER_DECISION) == set(Decision)
    assert set(OPEN_STATES) == {ApplicationState.SUBMITTED, ApplicationState.APPROVED}
