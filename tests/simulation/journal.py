"""What happened, in order, so that a failure can be told by its record."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from shared.clock import LEGAL_ZONE, Clock

_KEPT = 20_000


@dataclass(frozen=True)
class Line:
    """One thing that happened; `record_id` is empty when it is about no record in particular."""

    at: datetime
    what: str
    about: str
    record_id: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(LEGAL_ZONE):%Y-%m-%d %H:%M:%S.%f} {self.what:<12} {self.about}"


@dataclass
class Journal:
    """The lines of one run, the newest last."""

    clock: Clock
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=_KEPT))
    struck: set[str] = field(default_factory=set)
    """Names of the faults and misdeeds of the run."""

    def note(self, what: str, about: str, record_id: str = "") -> None:
        self.lines.append(Line(self.clock.now(), what, about, record_id))

    def of(self, record_id: str, count: int = 30) -> list[Line]:
        """The last lines of one record, or of everything when there is no record."""
        mine = [line for line in self.lines if not record_id or line.record_id == record_id]
        return mine[-count:]

    def digest(self) -> str:
        """The same for two runs in which the same happened."""
        return blake2b("\n".join(map(str, self.lines)).encode(), digest_size=16).hexdigest()
