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
    """Where a piece of the pack stands and how sure it is. `citation` is Chinese, as readers of the law expect it;
    packs without an English one have theirs in both places."""

    citation: str
    confidence: Confidence
    citation_en: str


def cited(document: str, title: str | None, article: str) -> str:
    """An article with the document's proper name, where the pack tells it: 《title》（document）article."""
    return f"《{title}》（{document}）{article}" if title else f"{document}{article}"
