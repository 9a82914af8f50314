"""The resolver: is the decision named here the one named there? For a pair of (document number, subject)."""

from dataclasses import dataclass

from services.ingest.identity.domain.known import NOTHING_KNOWN, Known
from services.ingest.identity.domain.match import Match, weakest
from services.ingest.identity.domain.numbers import compare_numbers
from services.ingest.identity.domain.subjects import SubjectClaim, compare_subjects, subject_of
from shared.identifiers import DocumentNumber, parse_document_number


@dataclass(frozen=True, slots=True)
class Claim:
    """A decision as somebody names it."""

    number: str
    subject: SubjectClaim

    @property
    def key(self) -> str:
        """The key of the number; empty when it cannot be read."""
        parsed = parse_document_number(self.number)
        return parsed.key if isinstance(parsed, DocumentNumber) else ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer, and what its two parts say by themselves."""

    match: Match
    number: Match
    subject: Match


def resolve(left: Claim, right: Claim, known: Known = NOTHING_KNOWN) -> Resolution:
    """Symmetric. Equal is an equivalence among claims with a readable number and a usable code."""
    keys = left.key, right.key
    scopes = {subject_of(one.subject, known, key) for one, key in zip((left, right), keys, strict=True)}
    scope = scopes.pop() if len(scopes) == 1 else ""
    numbers = compare_numbers(left.number, right.number, lambda key: known.number(scope, key) if scope else key)
    subjects = compare_subjects(left.subject, right.subject, known, keys)
    return Resolution(weakest(numbers, subjects), numbers, subjects)
