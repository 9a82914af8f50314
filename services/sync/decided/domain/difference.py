"""In what way a placement is not what disclosure decided. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.decided import Decided


class Kind(StrEnum):
    """What was not told, or told and forgotten by who decided (告知差异)."""

    NEVER_TOLD = "never_told"  # 从未告知
    BEHIND = "behind"  # 告知落后
    AHEAD = "ahead"  # 决定回退: disclosure knows less than it once told, as after a restored backup


LOST = (Kind.NEVER_TOLD, Kind.BEHIND)
"""News that did not arrive: telling it again puts it right."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One audience of one record; 0 stands for a generation that a side does not have."""

    record_id: str
    audience: str
    kind: Kind
    decided_generation: int
    heard_generation: int


def differences(decided: Iterable[Decided], heard: Iterable[Decided]) -> Iterator[Difference]:
    """Every entry that the two sides do not have alike."""
    theirs = {(one.record_id, one.audience): one for one in decided}
    ours = {(one.record_id, one.audience): one for one in heard}
    for key in sorted(theirs.keys() | ours.keys()):
        decision, order = theirs.get(key), ours.get(key)
        if decision != order:
            generations = decision.generation if decision else 0, order.generation if order else 0
            yield Difference(*key, _kind(*generations), *generations)


def _kind(decided: int, heard: int) -> Kind:
    """Two orders of the same generation that say different things were given by two histories."""
    if not heard:
        return Kind.NEVER_TOLD
    return Kind.BEHIND if heard < decided else Kind.AHEAD
