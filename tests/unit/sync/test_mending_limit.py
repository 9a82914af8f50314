"""How much one reconciliation may mend by itself (guarantee G08)."""

import pytest

from services.sync.reconciliation.domain.verdict import MendingLimit


@pytest.mark.parametrize(
    ("mends", "listed", "allowed"),
    [(0, 0, True), (1, 0, False), (20, 100, True), (21, 100, False), (200, 10_000, True), (201, 10_000, False)],
)
def test_a_run_mends_the_greater_of_a_number_and_a_share_and_nothing_against_an_empty_listing(
    mends: int, listed: int, allowed: bool
) -> None:
    assert MendingLimit(records=20, share=0.02).allows(mends, listed) is allowed
