"""Runs and halves of positions: the arithmetic under the inbox and the search for a poison event."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.positions import halves, runs

some_positions = st.sets(st.integers(0, 200))


def test_gap_free_stretches_become_runs() -> None:
    assert runs([0, 1, 2, 5, 6, 9]) == [(0, 2), (5, 6), (9, 9)]


@given(some_positions)
def test_runs_hold_exactly_the_positions(positions: set[int]) -> None:
    assert [at for first, last in runs(positions) for at in range(first, last + 1)] == sorted(positions)


@given(some_positions)
def test_two_runs_never_touch(positions: set[int]) -> None:
    found = runs(positions)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found))


@given(st.lists(st.integers(), min_size=2))
def test_halves_are_not_empty_and_lose_nothing(positions: list[int]) -> None:
    first, second = halves(positions)
    assert first
    assert second
    assert [*first, *second] == positions
    assert abs(len(first) - len(second)) <= 1
