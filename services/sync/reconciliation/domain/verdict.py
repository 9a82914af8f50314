"""What a difference is called, what may be done about it, and how much of that without people (guarantee G08). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.vocabulary import DriftKind

MENDABLE = (DriftKind.GHOST, DriftKind.MISSING, DriftKind.ALTERED, DriftKind.END_DATE, DriftKind.DUPLICATE)
"""What the same order, given again, can put right. The others are for the portal's operator."""

OF_THE_LIST = (DriftKind.FOREIGN, DriftKind.DUPLICATE, DriftKind.PREMATURE)
"""A look at one page can neither confirm nor refute these; they are gone when a complete scan has them no more."""

END_DATE_FIELD = "closes_on"
FLAPS_A_DAY = 2
"""Mended and back again so often within a day: who mends once more mends for ever."""


@dataclass(frozen=True)
class MendingLimit:
    """How much one run may mend by itself: the greater of a number and a share of what is listed of its scope.

    `rereads` is how many differences it looks at: more are a broken portal or a broken listing, not drift.
    """

    records: int = 20
    share: float = 0.02
    rereads: int = 5_000

    def allows(self, mends: int, listed: int) -> bool:
        """An empty listing allows nothing: a page that broke looks just like it."""
        return mends == 0 or (listed > 0 and mends <= max(self.records, int(self.share * listed)))

    def enough(self, mends: int) -> int:
        """So many listed ones allow as much as any more would: nobody has to count further."""
        return int(mends / self.share) + 2 if self.share else 1


def name_of(
    *, take_down: bool, present: bool, premature: bool, differences: Mapping[str, tuple[str, str]]
) -> DriftKind | None:
    """What a look that could be made found; None when it found what is wanted."""
    if take_down:
        return DriftKind.GHOST if present else None
    if premature:
        return DriftKind.PREMATURE if present else None
    if not present:
        return DriftKind.MISSING
    if not differences:
        return None
    return DriftKind.END_DATE if set(differences) == {END_DATE_FIELD} else DriftKind.ALTERED
