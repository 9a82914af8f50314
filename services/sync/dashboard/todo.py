"""One thing that waits for people: how many, the words for it, where, and by when. What counts them stands beside."""

from dataclasses import dataclass
from datetime import date, timedelta

CAN_WAIT_DAYS = 14
"""What is due later is told apart from what is to be done now; no number of the law."""


@dataclass(frozen=True)
class Attention:
    """Something that a person must do: how many, the words for it, where, the last day of what is due first, since when
    the oldest waits, and whether there are more than were counted. `late` of them cannot be done in time any more; `by`
    is then of the others. `said` stands where the number would say nothing."""

    count: int
    key: str
    href: str
    by: date | None = None
    since: str | None = None
    more: bool = False
    late: int = 0
    said: str | None = None

    @property
    def shown(self) -> str:
        if self.said is not None:
            return self.said
        return f"{self.count}+" if self.more else str(self.count)

    def can_wait(self, today: date) -> bool:
        return not self.late and self.by is not None and self.by > today + timedelta(days=CAN_WAIT_DAYS)
