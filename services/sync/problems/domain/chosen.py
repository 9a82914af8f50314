"""What a person decides, and about which of the orders that wait for one. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.vocabulary import Portal


class Remedy(StrEnum):
    """What a person decides."""

    RETRY = "retry"
    SKIP = "skip"
    AMEND = "amend"


@dataclass(frozen=True)
class Chosen:
    """The orders that a person means: all of one cause, or some records of it.

    A cause does not tell a newer order from the one that was looked at. `generations` does: those seen, by record.
    """

    portal: Portal
    cause: str
    remedy: Remedy
    record_ids: Collection[str] | None = None
    generations: Mapping[str, int] | None = None

    @property
    def publications_only(self) -> bool:
        """A take-down is set aside by its name only: what it leaves standing has to be gone by law."""
        return self.remedy is Remedy.SKIP and self.record_ids is None
