"""What a run found otherwise than wanted and did not judge (暂不判定), and what it says of that. Pure.

Nobody is accused of an order that the portal took a moment ago or has not taken yet; but nobody is told either that all
agrees (guarantee G08).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unsettled:
    """So many entries: those whose order was answered less than the settle window before, and those whose order was
    not answered yet."""

    settling: int = 0
    unanswered: int = 0

    @property
    def total(self) -> int:
        return self.settling + self.unanswered

    def __add__(self, other: "Unsettled") -> "Unsettled":
        return Unsettled(self.settling + other.settling, self.unanswered + other.unanswered)
