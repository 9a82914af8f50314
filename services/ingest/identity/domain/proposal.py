"""What a person would have to accept for a proposed pair to become equal: one alias for each part that is proposed."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.ingest.identity.domain.codes import CodeKind, read_code
from services.ingest.identity.domain.match import MatchKind, Reason
from services.ingest.identity.domain.resolve import Claim, Resolution
from services.ingest.identity.domain.subjects import standing_in


class Aspect(StrEnum):
    """Which part of the pair the alias is about."""

    DOCUMENT_NUMBER = "document_number"  # 文书号
    SUBJECT = "subject"  # 行政相对人


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"  # 待核
    ACCEPTED = "accepted"  # 认可
    REJECTED = "rejected"  # 否决


@dataclass(frozen=True, slots=True)
class Proposal:
    """`alias` would stand for `canonical`; a number only among the decisions on the subject in `scope`."""

    aspect: Aspect
    scope: str
    alias: str
    canonical: str
    alias_text: str
    canonical_text: str
    because: tuple[Reason, ...]


def proposals_of(theirs: Claim, ours: Claim, resolution: Resolution) -> Iterator[Proposal]:
    """Ours must have a USCC: what is accepted leads there."""
    if resolution.match.kind is not MatchKind.PROPOSED or read_code(ours.subject.code).kind is not CodeKind.USCC:
        return
    subject = read_code(ours.subject.code).value
    if resolution.number.kind is MatchKind.PROPOSED:
        because = resolution.number.because
        yield Proposal(Aspect.DOCUMENT_NUMBER, subject, theirs.key, ours.key, theirs.number, ours.number, because)
    if resolution.subject.kind is MatchKind.PROPOSED:
        alias = read_code(theirs.subject.code).value or standing_in(theirs.subject, theirs.key)
        text = read_code(theirs.subject.code).value or theirs.subject.name
        if alias:
            yield Proposal(Aspect.SUBJECT, "", alias, subject, text, subject, resolution.subject.because)
