"""How long sync waits."""

from datetime import timedelta

import pytest

from services.sync.domain.patience import LOOK_AGAIN, PUSH_AGAIN, RECEIPT_OVERDUE, wait


@pytest.mark.parametrize("table", [PUSH_AGAIN, LOOK_AGAIN, RECEIPT_OVERDUE])
def test_waits_grow_and_the_last_one_repeats(table: tuple[float, ...]) -> None:
    waits = [wait(table, attempt) for attempt in range(1, len(table) + 3)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=table[0]) > timedelta()
    assert waits[-1] == waits[-2] == timedelta(seconds=table[-1])


def test_what_was_never_tried_waits_as_after_the_first_attempt() -> None:
    assert wait(PUSH_AGAIN, 0) == wait(PUSH_AGAIN, 1)
