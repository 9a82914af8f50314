"""Breaker, budget and quiet hours of a portal's channel, as values."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sync.domain.channel import (
    FAILURES_BEFORE_OPEN,
    PROBE_AFTER,
    PROBE_LEASE,
    READING,
    Breaker,
    Channel,
    Errand,
    Pace,
    QuietHours,
    admit,
    after_answer,
    after_failure,
    draw,
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


WIDE = Pace(requests_a_second=10.0, burst=40)


def test_reading_leaves_orders_a_part_of_what_is_at_hand_and_rounds_leave_looks_theirs() -> None:
    rounds = draw(fresh(WIDE, NOW), WIDE, NOW, 99, Errand.ROUND)
    looks = draw(rounds.channel, WIDE, NOW, 99, Errand.LOOK)
    assert (rounds.requests, looks.requests) == (20, 10)
    assert draw(looks.channel, WIDE, NOW, 99, Errand.LOOK).requests == 0
    assert admit(looks.channel, WIDE, NOW, 10).requests == 10


@pytest.mark.parametrize("errand", Errand)
def test_reading_gets_its_share_whatever_orders_wait_and_no_more_than_it_while_they_do(errand: Errand) -> None:
    channel, read, ordered = fresh(WIDE, NOW), 0, 0
    for step in range(600):
        now = NOW + timedelta(seconds=step / 10)
        order = admit(channel, WIDE, now, 1_000)
        look = draw(order.channel, WIDE, now, 1_000, errand)
        channel, read, ordered = look.channel, read + look.requests, ordered + order.requests
    assert READING * 600 <= read <= READING * 600 + READING * WIDE.burst
    assert read + ordered <= WIDE.burst + 600


@given(st.lists(st.tuples(st.sampled_from([None, *Errand]), st.integers(0, 60), st.integers(0, 2_000)), max_size=60))
def test_orders_and_reading_together_get_no_more_than_the_burst_and_the_rate(
    asked: list[tuple[Errand | None, int, int]],
) -> None:
    channel, now, granted = fresh(WIDE, NOW), NOW, 0
    for errand, wanted, milliseconds in asked:
        now += timedelta(milliseconds=milliseconds)
        admission = draw(channel, WIDE, now, wanted, errand) if errand else admit(channel, WIDE, now, wanted)
        channel, granted = admission.channel, granted + admission.requests
        assert 0 <= admission.requests <= wanted
    most = WIDE.burst * (1 + READING) + WIDE.requests_a_second * (now - NOW).total_seconds()
    assert granted <= most + 1e-6


def test_a_portal_that_asks_not_to_be_read_still_gets_orders_and_its_breaker_stays_closed() -> None:
    held = replace(fresh(WIDE, NOW), reads_resume_at=NOW + timedelta(seconds=30))
    look = draw(held, WIDE, NOW, 5, Errand.LOOK)
    assert (look.requests, look.wait) == (0, timedelta(seconds=30))
    assert admit(look.channel, WIDE, NOW, 5).requests == 5
    later = draw(held, WIDE, NOW + timedelta(seconds=30), 5, Errand.LOOK)
    assert (later.requests, later.channel.reads_resume_at, later.channel.breaker) == (5, None, Breaker.CLOSED)
