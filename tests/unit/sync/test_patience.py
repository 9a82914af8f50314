"""How long sync waits."""

from datetime import timedelta

import pytest

from services.sync.domain.patience import (
    LOOK_AGAIN,
    PUSH_AGAIN,
    RECEIPT_OVERDUE,
    SPREAD,
    SPREAD_MOST,
    spread,
    wait,
)


@pytest.mark.parametrize("table", [PUSH_AGAIN, LOOK_AGAIN, RECEIPT_OVERDUE])
def test_waits_grow_and_the_last_one_repeats(table: tuple[float, ...]) -> None:
    waits = [wait(table, attempt) for attempt in range(1, len(table) + 3)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=table[0]) > timedelta()
    assert waits[-1] == waits[-2] == timedelta(seconds=table[-1])


def test_what_was_never_tried_waits_as_after_the_first_attempt() -> None:
    assert wait(PUSH_AGAIN, 0) == wait(PUSH_AGAIN, 1)


def test_a_crowd_does_not_come_back_at_one_moment_and_nobody_comes_too_early() -> None:
    pause = timedelta(seconds=60)
    spreads = [spread(pause, f"order {number}") for number in range(1000)]
    assert pause <= min(spreads) < pause * (1 + SPREAD * 0.1)
    assert pause * (1 + SPREAD * 0.9) < max(spreads) <= pause * (1 + SPREAD)
    assert len(set(spreads)) > 990


def test_the_same_order_waits_as_long_in_every_run() -> None:
    assert spread(timedelta(seconds=2), "order 1") == spread(timedelta(seconds=2), "order 1") > timedelta(seconds=2)


def test_a_portal_that_wants_a_day_is_not_left_alone_for_much_longer() -> None:
    day = timedelta(days=1)
    assert all(day <= spread(day, f"order {number}") <= day + SPREAD_MOST for number in range(100))
