"""The channel to one portal (通道): whether anything may be sent now, and how many requests.

A circuit breaker and a token bucket in one state, so that all workers of a portal share both. Pure: the caller keeps
the state in the database and says what time it is (guarantee G09).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

FAILURES_BEFORE_OPEN = 3
"""Requests in a row that nobody answered before the others are spared the wait."""

PROBE_AFTER: Sequence[float] = (2, 10, 30, 120, 300)
"""Seconds from a failure until one request may try again; the last entry repeats."""

SENTINEL = "system:sentinel"
"""The actor of a stop that a probe of the portal's contract made (哨兵)."""

PROBE_LEASE = timedelta(seconds=60)
"""How long a probe may be under way before another worker may send one."""


class Errand(StrEnum):
    """What a portal is read for (用途). Orders go before both, and looks at what was ordered before the rest."""

    LOOK = "look"
    ROUND = "round"  # receipts, listings, probes


KEPT: Mapping[Errand, float] = {Errand.LOOK: 0.25, Errand.ROUND: 0.5}
"""Share of the burst that reading leaves to what is more urgent: an order never waits because somebody read."""

READING = 0.2
"""Share of the pace that reading gets whatever orders wait: a take-down is complete when it was looked at (G05)."""


class Breaker(StrEnum):
    """State of the circuit breaker, in the usual words: *open* lets nothing through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Pace:
    """What a portal takes: requests a second in the long run, and at once."""

    requests_a_second: float = 50.0
    burst: int = 100


@dataclass(frozen=True)
class QuietHours:
    """The hours of every day in which a portal is closed for maintenance (维护时段), in its own wall time.

    An end before the start is meant for the next day: 23:00 to 02:00.
    """

    starts: time
    ends: time

    def left(self, local: datetime) -> timedelta:
        """How long they still last at a moment of the portal's wall time; nothing outside them."""
        now = local.replace(tzinfo=None)
        for day in (now.date() - timedelta(days=1), now.date()):
            starts, ends = datetime.combine(day, self.starts), datetime.combine(day, self.ends)
            if ends <= starts:
                ends += timedelta(days=1)
            if starts <= now < ends:
                return ends - now
        return timedelta()


@dataclass(frozen=True)
class Channel:
    """The state of one portal's channel. `probe_at` is set while the breaker is not closed."""

    tokens: float
    refilled_at: datetime
    breaker: Breaker = Breaker.CLOSED
    failures: int = 0
    probe_at: datetime | None = None
    reason: str | None = None
    since: datetime | None = None
    """When the breaker left *closed*."""
    stopped_by: str | None = None
    """Who stopped the channel until somebody starts it again: a person, or a probe that met another contract."""
    contract_faults: str | None = None
    """What the last probe found to be otherwise than the adapter knows it."""
    read_tokens: float = 0.0
    """What is left of the share of reading."""
    reads_resume_at: datetime | None = None
    """Until then the portal asked not to be read. Orders go their own way, and so does the breaker."""


@dataclass(frozen=True)
class Admission:
    """How many requests may be sent now; when none, how long to wait before it is worth asking again."""

    requests: int
    channel: Channel
    wait: timedelta = timedelta()


def fresh(pace: Pace, now: datetime) -> Channel:
    """A channel that nothing is known of yet."""
    return Channel(tokens=float(pace.burst), refilled_at=now, read_tokens=_most_reading(pace))


def admit(channel: Channel, pace: Pace, now: datetime, wanted: int) -> Admission:
    """Let up to `wanted` requests through; a channel that may be whole again gets exactly one."""
    if channel.stopped_by is not None:
        return Admission(0, channel, PROBE_LEASE)
    if channel.breaker is not Breaker.CLOSED:
        probe_at = channel.probe_at or now
        if now < probe_at:
            return Admission(0, channel, probe_at - now)
        probing = replace(channel, breaker=Breaker.HALF_OPEN, probe_at=now + PROBE_LEASE)
        return Admission(1, probing)
    return _from_bucket(channel, pace, now, wanted)


def _from_bucket(channel: Channel, pace: Pace, now: datetime, wanted: int) -> Admission:
    filled = _refilled(channel, pace, now)
    requests = min(wanted, max(int(filled.tokens), 0))
    left = replace(filled, tokens=filled.tokens - requests)
    lacking = 0.0 if requests == wanted else (1 - left.tokens) / pace.requests_a_second
    return Admission(requests, left, timedelta(seconds=lacking))


def draw(channel: Channel, pace: Pace, now: datetime, wanted: int, errand: Errand) -> Admission:
    """Leave for up to `wanted` requests that read: what orders can spare, or else the share of reading."""
    if channel.reads_resume_at is not None and now < channel.reads_resume_at:
        return Admission(0, channel, channel.reads_resume_at - now)
    filled = _refilled(replace(channel, reads_resume_at=None), pace, now)
    spare = filled.tokens - KEPT[errand] * pace.burst
    requests = min(wanted, max(int(spare), int(filled.read_tokens), 0))
    left = replace(filled, tokens=filled.tokens - requests, read_tokens=max(filled.read_tokens - requests, 0.0))
    lacking = 0.0 if requests else (1 - filled.read_tokens) / (READING * pace.requests_a_second)
    return Admission(requests, left, timedelta(seconds=lacking))


def reading_is_spent(channel: Channel, pace: Pace, now: datetime) -> bool:
    """Whether less is left for a look than a second brings: the share is used up, and orders leave nothing besides."""
    filled = _refilled(channel, pace, now)
    spare = filled.tokens - KEPT[Errand.LOOK] * pace.burst
    return max(spare, filled.read_tokens) < max(1.0, READING * pace.requests_a_second)


def _most_reading(pace: Pace) -> float:
    """At least one request: a portal that takes little is read all the same."""
    return max(1.0, READING * pace.burst)


def _refilled(channel: Channel, pace: Pace, now: datetime) -> Channel:
    seconds = max((now - channel.refilled_at).total_seconds(), 0.0)
    tokens = min(channel.tokens + seconds * pace.requests_a_second, float(pace.burst))
    reading = min(channel.read_tokens + seconds * READING * pace.requests_a_second, _most_reading(pace))
    return replace(channel, tokens=tokens, read_tokens=reading, refilled_at=now)


def after_probe(channel: Channel, faults: str | None) -> Channel:
    """Stop for faults that are new, and start again what a probe stopped when there are none.

    What a person stopped stays stopped; what a person started although the faults are known stays started.
    """
    if faults == channel.contract_faults:
        return channel
    noted = replace(channel, contract_faults=faults)
    if faults is None:
        return replace(after_answer(noted), stopped_by=None) if stopped_by_probe(channel) else noted
    if channel.stopped_by is None or stopped_by_probe(channel):
        return replace(noted, stopped_by=f"{SENTINEL}: {faults}"[:300])
    return noted


def stopped_by_probe(channel: Channel) -> bool:
    """Whether a good probe may start it again."""
    return channel.stopped_by is not None and channel.stopped_by.startswith(f"{SENTINEL}: ")


def after_answer(channel: Channel) -> Channel:
    """Any answer proves that the portal is there, a refusal too."""
    return replace(channel, breaker=Breaker.CLOSED, failures=0, probe_at=None, reason=None, since=None)


def after_failure(channel: Channel, now: datetime, reason: str, ask_later: timedelta) -> Channel:
    """One more request without an answer. A portal that names a time is left alone until then, at once."""
    failures = channel.failures + 1
    counted = replace(channel, failures=failures)
    if failures < FAILURES_BEFORE_OPEN and not ask_later and channel.breaker is Breaker.CLOSED:
        return counted
    step = PROBE_AFTER[min(max(failures - FAILURES_BEFORE_OPEN, 0), len(PROBE_AFTER) - 1)]
    probe_at = now + max(timedelta(seconds=step), ask_later)
    return replace(counted, breaker=Breaker.OPEN, probe_at=probe_at, reason=reason[:300], since=channel.since or now)
