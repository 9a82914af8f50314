"""The answer of the resolver: equal, proposed or none, and always why, in words that a person can check (ruling R22).

*Proposed* never becomes *equal* by itself; only a person makes it so, and the accepted alias says who and why.
"""

from dataclasses import dataclass
from enum import StrEnum


class MatchKind(StrEnum):
    """How sure the resolver is."""

    EQUAL = "equal"  # 相同
    PROPOSED = "proposed"  # 疑似, a person decides
    NONE = "none"  # 不同


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `code` for programs, the sentences for people."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Match:
    """The result for one pair."""

    kind: MatchKind
    because: tuple[Reason, ...]


_STRENGTH = (MatchKind.NONE, MatchKind.PROPOSED, MatchKind.EQUAL)


def weakest(*matches: Match) -> Match:
    """A pair agrees only as far as its weakest part; the reasons of all parts are kept."""
    kind = min((one.kind for one in matches), key=_STRENGTH.index)
    return Match(kind, tuple(dict.fromkeys(reason for one in matches for reason in one.because)))


def equal(*because: Reason) -> Match:
    return Match(MatchKind.EQUAL, because)


def proposed(*because: Reason) -> Match:
    return Match(MatchKind.PROPOSED, because)


def none(*because: Reason) -> Match:
    return Match(MatchKind.NONE, because)
