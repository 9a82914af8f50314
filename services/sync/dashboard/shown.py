"""How values stand on a page: instants, days, ages and figures, in the language of the reader."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.sync.dashboard.texts import Lang, translate, word
from shared.clock import LEGAL_ZONE

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SYSTEM = "system:"
_PERIOD = re.compile(r"P(\d+)([YMD])")


@dataclass(frozen=True)
class Shown:
    """`show.at(...)`, `show.age(...)`, `show.count(...)` of the templates. Values come from JSON: instants and days are
    ISO texts; `None` is a dash."""

    lang: Lang
    now: datetime

    def at(self, instant: str | None) -> str:
        """Asia/Shanghai to the minute: `2026-11-21 10:02`."""
        return _local(instant).strftime("%Y-%m-%d %H:%M") if instant else "–"

    def moment(self, instant: str | None) -> str:
        """To the second, for what comes many times a minute."""
        return _local(instant).strftime("%Y-%m-%d %H:%M:%S") if instant else "–"

    def day(self, day: str | None) -> str:
        return day[:10] if day else "–"

    def weekday(self, day: str | None) -> str:
        """A day with its day of the week: `2026-11-21 周六`."""
        if not day:
            return "–"
        name = translate(self.lang)(f"windows.weekday_{date.fromisoformat(day[:10]).isoweekday()}")
        return f"{day[:10]} {name}"

    def ago(self, instant: str | None) -> str:
        """How long ago: `5 分钟前`; what is still to come is `5 分钟后`."""
        if not instant:
            return "–"
        key = "common.ahead" if (_local(instant) - self.now).total_seconds() >= 1 else "common.ago"
        return translate(self.lang)(key, age=self.age(instant))

    def who(self, actor: str | None) -> str:
        """A person by name, the house by what it did: `system:sync.verify` is 系统（核验）."""
        if not actor:
            return "–"
        if not actor.startswith(_SYSTEM):
            return actor
        part = word(self.lang, "part", actor.removeprefix(_SYSTEM))
        return translate(self.lang)("common.by_system", part=part)

    def age(self, instant: str | None) -> str:
        """How long ago, in the largest unit that still says something: `5 分钟`, `3 小时`, `2 天`."""
        return self.duration((self.now - _local(instant)).total_seconds()) if instant else "–"

    def duration(self, seconds: float) -> str:
        t = translate(self.lang)
        size = abs(seconds)
        if size < _MINUTE:
            return t("common.seconds", n=int(size))
        if size < 2 * _HOUR:
            return t("common.minutes", n=int(size // _MINUTE))
        if size < 2 * _DAY:
            return t("common.hours", n=int(size // _HOUR))
        return t("common.days", n=int(size // _DAY))

    def period(self, duration: str | None) -> str:
        """A period of the packs, such as `P6M`, in words: `6 个月`."""
        found = _PERIOD.fullmatch(duration or "")
        if not found:
            return duration or "–"
        t = translate(self.lang)
        return t(f"common.period_{found[2].lower()}", n=int(found[1]))

    def days_to(self, day: str) -> int:
        """Days from today in Shanghai to a day; negative when it is over."""
        return (date.fromisoformat(day[:10]) - self.now.astimezone(LEGAL_ZONE).date()).days

    def between(self, first: str, last: str) -> str:
        """How long something took."""
        return self.duration((_local(last) - _local(first)).total_seconds())

    def older(self, instant: str | None, seconds: float) -> bool:
        return bool(instant) and (self.now - _local(instant)).total_seconds() > seconds  # type: ignore[arg-type]

    @staticmethod
    def count(figure: Any) -> str:
        return f"{figure:,}" if isinstance(figure, int) else "–"

    @staticmethod
    def percent(share: float | None) -> str:
        return f"{share * 100:.1f} %" if share is not None else "–"


def _local(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(LEGAL_ZONE)
