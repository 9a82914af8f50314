"""What holds the reading of a portal: its own wish, the budget, or nothing but slowness."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.sync.domain.channel import Breaker, Errand, Pace, admit, draw, fresh
from services.sync.domain.reading import LATE, Due, Hold, judge

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PACE = Pace(requests_a_second=10.0, burst=40)
OLD = Due(looks=3, receipts=1, oldest_due_at=NOW - LATE - timedelta(seconds=1))


def test_a_portal_that_asked_is_held_until_its_time_whether_or_not_anything_waits() -> None:
    until = NOW + timedelta(seconds=30)
    channel = replace(fresh(PACE, NOW), reads_resume_at=until)
    for due in (Due(), OLD):
        found = judge(due, channel, PACE, NOW)
        assert (found.due, found.held_by, found.until) == (due, Hold.PORTAL_ASKED, until)
    assert judge(Due(), channel, PACE, until).held_by is None


def test_what_is_due_for_a_moment_is_held_by_nothing() -> None:
    young = replace(OLD, oldest_due_at=NOW - LATE)
    assert judge(young, fresh(PACE, NOW), PACE, NOW).held_by is None
    assert judge(Due(), None, PACE, NOW).held_by is None


def test_orders_that_take_everything_show_as_a_budget_that_is_spent_while_somebody_reads() -> None:
    channel = fresh(PACE, NOW)
    for step in range(600):
        now = NOW + timedelta(seconds=step / 10)
        channel = admit(channel, PACE, now, 1_000).channel
        channel = draw(channel, PACE, now, 2, Errand.LOOK).channel
        if step > 60:
            assert judge(replace(OLD, oldest_due_at=NOW - 2 * LATE), channel, PACE, now).held_by is Hold.BUDGET_SPENT


@pytest.mark.parametrize("pace", [PACE, Pace(0.05, 1), Pace(500.0, 1_000)])
def test_reading_that_nobody_takes_up_is_behind_and_no_budget_is_blamed(pace: Pace) -> None:
    long_ago = NOW - timedelta(hours=1)
    idle = replace(fresh(pace, long_ago), tokens=0.0, read_tokens=0.0)
    assert judge(OLD, idle, pace, NOW).held_by is Hold.BEHIND
    assert judge(OLD, None, pace, NOW).held_by is Hold.BEHIND


def test_an_open_breaker_and_a_stop_hold_orders_and_no_reading() -> None:
    channel = replace(
        fresh(PACE, NOW), breaker=Breaker.OPEN, probe_at=NOW + timedelta(hours=1), stopped_by="operator: x"
    )
    assert judge(Due(), channel, PACE, NOW).held_by is None
    assert judge(OLD, channel, PACE, NOW).held_by is Hold.BEHIND
