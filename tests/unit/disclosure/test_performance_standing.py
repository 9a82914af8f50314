"""How a penalty stands follows from what is stated, and a task is never opened by a statement alone."""

import pytest

from services.disclosure.performances.domain.standing import Standing, Statement, Step, after, steps_of

OPEN, CLOSED, PERFORMED, UNPERFORMED = Standing.OPEN, Standing.CLOSED, Standing.PERFORMED, Standing.UNPERFORMED


@pytest.mark.parametrize(
    ("before", "stated", "standing", "steps"),
    [
        (None, Statement.UNPERFORMED, UNPERFORMED, [Step.UNPERFORMED]),
        (None, Statement.PERFORMED, PERFORMED, [Step.PERFORMED]),
        (UNPERFORMED, Statement.PERFORMED, PERFORMED, [Step.PERFORMED]),
        (PERFORMED, Statement.UNPERFORMED, UNPERFORMED, [Step.UNPERFORMED]),
        (UNPERFORMED, Statement.UNPERFORMED, UNPERFORMED, [Step.UNPERFORMED]),
        (OPEN, Statement.UNPERFORMED, OPEN, [Step.UNPERFORMED]),
        (OPEN, Statement.PERFORMED, CLOSED, [Step.PERFORMED, Step.CLOSED]),
        (CLOSED, Statement.PERFORMED, CLOSED, [Step.PERFORMED]),
        (CLOSED, Statement.UNPERFORMED, OPEN, [Step.UNPERFORMED, Step.OPENED]),
    ],
)
def test_a_statement_leads_to_one_standing_and_is_kept_with_what_it_does_to_the_task(
    before: Standing | None, stated: Statement, standing: Standing, steps: list[Step]
) -> None:
    assert after(before, stated) is standing
    assert list(steps_of(before, stated)) == steps
