"""Breaker, budget and quiet hours of a portal's channel, as values."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sync.domain.channel import (
    FAILURES_BEFORE_OPEN,
    PROBE_AFTER,
    PROBE_LEASE,
    Breaker,
    Channel,
    Pace,
    QuietHours,
    admit,
    after_answer,
    after_failure,
    fresh,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PACE = Pace(requests_a_second=2.0, burst=4)
NOTHING = timedelta()


def _failed(times: int, ask_later: timedelta = NOTHING) -> Channel:
    channel = fresh(PACE, NOW)
    for _ in range(times):
        channel = after_failure(channel, NOW, "silence", ask_later)
    return channel


def test_a_bucket_gives_what_it_holds_and_says_when_there_will_be_more() -> None:
    first = admit(fresh(PACE, NOW), PACE, NOW, 6)
    assert (first.requests, first.wait) == (4, timedelta(seconds=0.5))
    assert admit(first.channel, PACE, NOW, 1).requests == 0
    later = admit(first.channel, PACE, NOW + timedelta(seconds=1), 5)
    assert later.requests == 2


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5_000)), max_size=40))
def test_no_sequence_of_claims_gets_more_than_the_burst_and_the_rate(asked: list[tuple[int, int]]) -> None:
    channel, now, granted = fresh(PACE, NOW), NOW, 0
    for wanted, milliseconds in asked:
        now += timedelta(milliseconds=milliseconds)
        admission = admit(channel, PACE, now, wanted)
        channel, granted = admission.channel, granted + admission.requests
        assert 0 <= admission.requests <= wanted
    assert granted <= PACE.burst + PACE.requests_a_second * (now - NOW).total_seconds() + 1e-6


def test_a_clock_that_goes_back_mints_no_budget() -> None:
    spent = admit(fresh(PACE, NOW), PACE, NOW, 4).channel
    assert admit(spent, PACE, NOW - timedelta(hours=1), 1).requests == 0


def test_the_breaker_opens_after_some_failures_and_probes_with_one_request() -> None:
    assert _failed(FAILURES_BEFORE_OPEN - 1).breaker is Breaker.CLOSED
    opened = _failed(FAILURES_BEFORE_OPEN)
    assert (opened.breaker, opened.reason, opened.since) == (Breaker.OPEN, "silence", NOW)
    held = admit(opened, PACE, NOW, 3)
    assert (held.requests, held.wait) == (0, timedelta(seconds=PROBE_AFTER[0]))
    probing = admit(opened, PACE, NOW + held.wait, 3)
    assert (probing.requests, probing.channel.breaker) == (1, Breaker.HALF_OPEN)
    assert admit(probing.channel, PACE, NOW + held.wait, 3).requests == 0
    assert admit(probing.channel, PACE, NOW + held.wait + PROBE_LEASE, 3).requests == 1


def test_a_failed_probe_waits_longer_and_an_answer_closes_the_breaker() -> None:
    waits = []
    channel = _failed(FAILURES_BEFORE_OPEN)
    for _ in range(len(PROBE_AFTER) + 1):
        assert channel.probe_at is not None
        waits.append((channel.probe_at - NOW).total_seconds())
        channel = after_failure(channel, NOW, "silence", NOTHING)
    assert waits == [*PROBE_AFTER, PROBE_AFTER[-1]]
    assert channel.since == NOW
    closed = after_answer(channel)
    assert (closed.breaker, closed.failures, closed.probe_at, closed.reason) == (Breaker.CLOSED, 0, None, None)


def test_a_portal_that_names_a_time_is_left_alone_until_then_at_once() -> None:
    asked = _failed(1, timedelta(minutes=5))
    assert admit(asked, PACE, NOW + timedelta(minutes=4), 1).requests == 0
    assert admit(asked, PACE, NOW + timedelta(minutes=5), 1).requests == 1


@pytest.mark.parametrize(
    ("at", "left"),
    [
        ("2026-03-02T00:59", timedelta()),
        ("2026-03-02T01:00", timedelta(hours=2)),
        ("2026-03-02T02:59", timedelta(minutes=1)),
        ("2026-03-02T03:00", timedelta()),
    ],
)
def test_quiet_hours_last_from_their_start_up_to_their_end(at: str, left: timedelta) -> None:
    assert QuietHours(time(1), time(3)).left(datetime.fromisoformat(at)) == left


@pytest.mark.parametrize(("at", "hours"), [("22:59", 0), ("23:00", 3), ("00:00", 2), ("01:59", 1 / 60), ("02:00", 0)])
def test_quiet_hours_may_pass_midnight(at: str, hours: float) -> None:
    left = QuietHours(time(23), time(2)).left(datetime.fromisoformat(f"2026-03-02T{at}"))
    assert left == timedelta(hours=hours)
