"""What of a portal is due to be read and is not (读取受限), and what holds it.

Reading is looks and questions for receipts. The breaker, stops and hours of maintenance hold orders and no reading; a
portal that named a time, and a budget that orders use up, hold reading and no orders (guarantees G05, G09).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.sync.domain.channel import Channel, Pace, reading_is_spent

LATE = timedelta(seconds=60)
"""What is due is mostly taken up within a second, and of a crowd the rest within some claims of 20 s."""


class Hold(StrEnum):
    """Why reading waits."""

    PORTAL_ASKED = "portal_asked"  # 平台要求暂缓: it turned a reader away and named a time
    BUDGET_SPENT = "budget_spent"  # 额度用尽: orders go first, and the share that is reading's in any case is used up
    BEHIND = "behind"  # 滞后: neither; the portal answers slowly, or no worker reads it


@dataclass(frozen=True)
class Due:
    """What is due of one portal and that nobody has taken up."""

    looks: int = 0
    receipts: int = 0
    oldest_due_at: datetime | None = None


@dataclass(frozen=True)
class Reading:
    """The same with what holds it, and until when, where that is known."""

    due: Due
    held_by: Hold | None = None
    until: datetime | None = None


def judge(due: Due, channel: Channel | None, pace: Pace, now: datetime) -> Reading:
    """A portal that asked is held whether or not anything waits; the rest shows in what is late."""
    resumes_at = channel.reads_resume_at if channel else None
    if resumes_at is not None and now < resumes_at:
        return Reading(due, Hold.PORTAL_ASKED, resumes_at)
    if due.oldest_due_at is None or now - due.oldest_due_at <= LATE:
        return Reading(due)
    is_spent = channel is not None and reading_is_spent(channel, pace, now)
    return Reading(due, Hold.BUDGET_SPENT if is_spent else Hold.BEHIND)
