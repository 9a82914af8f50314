"""What is known beside the two texts: aliases that a person accepted, the register's old numbers and former names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_LONGEST_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Known:
    """Every mapping is a function, so that equality through it stays an equivalence.

    `numbers`: (subject, key of a document number) to the key that stands for it; `codes`: an old number of a subject
    to the one that stands for it; `names`: all names of a subject, present and former; `registered`: those old numbers
    that the register itself names.
    """

    numbers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    registered: frozenset[str] = frozenset()

    def code(self, value: str) -> str:
        """The code that stands for this one."""
        return followed(value, self.codes)

    def number(self, subject: str, key: str) -> str:
        """The document number's key that stands for this one among the decisions on the same subject."""
        for _ in range(_LONGEST_CHAIN):
            further = self.numbers.get((subject, key))
            if further is None:
                return key
            key = further
        return key


NOTHING_KNOWN = Known()


def followed(value: str, aliases: Mapping[str, str]) -> str:
    """The end of a chain of aliases. Acceptance refuses a circle; the bound keeps a broken table harmless."""
    for _ in range(_LONGEST_CHAIN):
        further = aliases.get(value)
        if further is None:
            return value
        value = further
    return value
