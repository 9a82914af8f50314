"""What is left of a legal limit, in hours of work as people say them. The service counts; this only writes it down."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from services.sync.dashboard.texts import Lang, translate, word
from shared.clock import LEGAL_ZONE

HURRIED_MINUTES = 240
"""Less than this and a person should look now; no number of the law."""
_HOUR = 60
_MINUTES_A_DAY = 420

Level = Literal["over", "near", "easy"]


def level(minutes_left: int) -> Level:
    """How urgent it is."""
    if minutes_left <= 0:
        return "over"
    return "near" if minutes_left < HURRIED_MINUTES else "easy"


def remaining(lang: Lang, limit: Mapping[str, Any]) -> str:
    """`剩 3 小时`, `剩 1 天 4 小时`, `超 2 小时`: days are days of work."""
    minutes = int(limit["minutes_left"])
    key = "working_time.over" if minutes <= 0 else "working_time.left"
    return translate(lang)(key, time=span(lang, abs(minutes), int(limit.get("minutes_a_day", _MINUTES_A_DAY))))


def span(lang: Lang, minutes: int, minutes_a_day: int) -> str:
    """Minutes of work as days, hours and, below two hours, minutes."""
    t = translate(lang)
    days, rest = divmod(minutes, minutes_a_day)
    hours = rest // _HOUR
    if days:
        told = t("working_time.days", n=days)
        return f"{told} {t('working_time.hours', n=hours)}" if hours else told
    return t("working_time.hours", n=hours) if rest >= 2 * _HOUR else t("working_time.minutes", n=rest)


def computed(lang: Lang, limit: Mapping[str, Any]) -> str:
    """The absolute end of a limit and how it was counted."""
    t = translate(lang)
    told = t(
        "working_time.computed",
        limit=word(lang, "limit", limit["clock"]),
        start=limit["started_on"],
        n=limit["working_days"],
        last=last_day(limit["due_at"]),
        hours=limit["minutes_a_day"] // _HOUR,
    )
    return f"{told} {t('working_time.provisional')}" if limit["provisional"] else told


def last_day(due_at: str) -> str:
    """The day with which a limit ends: its instant is the first one after it."""
    return (datetime.fromisoformat(due_at) - timedelta(seconds=1)).astimezone(LEGAL_ZONE).strftime("%Y-%m-%d")
