"""Where a piece of the packs stands and how sure it is; every rule carries both. Decides nothing. Serves G03."""

from dataclasses import dataclass
from enum import StrEnum


class Confidence(StrEnum):
    """How sure a rule is: read in a public text, remembered, or a default chosen here."""

    FOUND = "found"
    RECALLED = "recalled"
    PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of the pack stands and how sure it is."""

    citation: str
    confidence: Confidence
