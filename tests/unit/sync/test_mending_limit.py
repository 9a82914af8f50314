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


@pytest.mark.parametrize(
    "limit", [MendingLimit(20, 0.02), MendingLimit(0, 0.1), MendingLimit(5, 0), MendingLimit(0, 1)]
)
@pytest.mark.parametrize("mends", [0, 1, 5, 20, 21, 100, 5_000])
def test_counting_no_further_than_what_decides_allows_the_same(limit: MendingLimit, mends: int) -> None:
    enough = limit.enough(mends)
    for listed in (0, 1, enough - 1, enough, enough + 1, 10 * enough, 1_000_000):
        assert limit.allows(mends, min(listed, enough)) is limit.allows(mends, listed)
