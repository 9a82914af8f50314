"""Which events of a message: positions counted from 0, and their runs. Pure; serves the inbox (guarantee G01)."""

from collections.abc import Iterable, Sequence
from itertools import groupby


def runs(positions: Iterable[int]) -> list[tuple[int, int]]:
    """First and last position of each gap-free stretch: 0 1 2 5 6 gives (0, 2) and (5, 6)."""
    stretches = (list(group) for _, group in groupby(enumerate(sorted(positions)), lambda pair: pair[1] - pair[0]))
    return [(stretch[0][1], stretch[-1][1]) for stretch in stretches]


def halves(positions: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Both halves of at least two positions, neither of them empty."""
    middle = len(positions) // 2
    return positions[:middle], positions[middle:]
