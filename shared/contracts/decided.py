"""What disclosure has decided, as two sides compare it: equal digests of a stretch of records, equal decisions. Pure.

A stretch goes from behind one identifier to another one included; its last one of all has no end. Serves G01.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Decided:
    """One audience of one record by its newest order: shown or not. `generation` is disclosure's, and stands for the
    content and the days of the window too: whatever changes one of them is an order and raises it."""

    record_id: str
    audience: str
    generation: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records behind `after` up to `through`, and all behind `after` where that is None."""

    after: str
    through: str | None

    def holds(self, record_id: str) -> bool:
        """Whether a record lies within."""
        return self.after < record_id and (self.through is None or record_id <= self.through)


def digest_of(entries: Iterable[Decided]) -> str:
    """The same for the same entries, whatever their order."""
    lines = sorted(f"{one.record_id} {one.audience} {one.generation} {int(one.shown)}" for one in entries)
    return sha256("\n".join(lines).encode()).hexdigest()[:32]
