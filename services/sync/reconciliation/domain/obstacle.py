"""What keeps a run from reading a portal, and until when it waits for that (等候). Pure.

A run waits, and begins by itself, for what passes by itself; what only people can mend ends it, and nothing is
concluded from it (guarantee G07).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.sync.domain.channel import Breaker, Channel, QuietHours
from shared.vocabulary import Portal

PATIENCE = timedelta(hours=12)
"""So long a run waits from when it was last asked for: longer than a night of maintenance, and shorter than a day, so
that the daily run is over before the next one."""

AGAIN = timedelta(minutes=1)
"""After so long a portal that names no time is read once more."""

QuietAt = Callable[[Portal], QuietHours | None]
"""The hours of maintenance of each portal."""


class Obstacle(StrEnum):
    """Why a run waits."""

    PORTAL_ASKED = "portal_asked"  # 平台要求暂缓: it turned a reader away and named a time
    QUIET_HOURS = "quiet_hours"  # 维护时段: its pages are not what they are at other hours
    NO_ANSWER = "no_answer"  # 没有应答: the listing did not come, and the breaker of the orders is open too
    BUDGET_SPENT = "budget_spent"  # 额度用尽: orders go first


@dataclass(frozen=True)
class Held:
    """What holds reading, and until when."""

    by: Obstacle
    until: datetime


def before_reading(channel: Channel | None, quiet: QuietHours | None, local: datetime) -> Held | None:
    """What keeps anybody from beginning at a moment of the portal's wall time; the longer of the two."""
    held = []
    if channel and channel.reads_resume_at and local < channel.reads_resume_at:
        held.append(Held(Obstacle.PORTAL_ASKED, channel.reads_resume_at))
    if quiet and (left := quiet.left(local)):
        held.append(Held(Obstacle.QUIET_HOURS, local + left))
    return max(held, key=lambda one: one.until, default=None)


def after_silence(channel: Channel | None, now: datetime) -> Held | None:
    """What keeps a listing from being answered when the orders are not answered either."""
    if channel is None or channel.breaker is Breaker.CLOSED:
        return None
    return Held(Obstacle.NO_ANSWER, max(now + AGAIN, channel.probe_at or now))


def after_refusal(resumes_at: datetime | None, now: datetime) -> Held:
    """What our own budget holds a reader back for: the portal named a time, or orders leave nothing."""
    if resumes_at is not None:
        return Held(Obstacle.PORTAL_ASKED, max(resumes_at, now))
    return Held(Obstacle.BUDGET_SPENT, now + AGAIN)
