"""A row whose identifiers, dates and amounts have been read; each is a value or the reason why it is none."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from services.ingest.mapping.dates import parse_date
from services.ingest.mapping.draft import Draft
from services.ingest.mapping.units import wan_to_yuan
from shared.identifiers import DocumentNumber, IdentifierProblem, Uscc, parse_document_number, parse_uscc
from shared.vocabulary import (
    CHINESE_PENALTY_TYPES,
    CHINESE_SUBJECT_KINDS,
    PenaltyType,
    RecordKind,
    SubjectKind,
)

_DATE_FIELDS = ("decided_on", "valid_until", "valid_from", "publication_ends")
_AMOUNT_FIELDS = ("fine", "confiscated")
_CODE_LENGTH = 18
_SEPARATORS = str.maketrans("；,，、", ";;;;")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The draft and what could be read from it. A field that is missing in the draft is missing here too."""

    draft: Draft
    subject_kind: SubjectKind | None
    uscc: Uscc | IdentifierProblem | None
    authority: Uscc | IdentifierProblem | None
    source: Uscc | IdentifierProblem | None
    document: DocumentNumber | IdentifierProblem | None
    dates: dict[str, date | None] = field(default_factory=dict)
    amounts: dict[str, Decimal | None] = field(default_factory=dict)
    penalty_types: tuple[PenaltyType, ...] = ()
    unknown_penalty_types: tuple[int, ...] = ()  # their places in the cell, from 1: the text may hold anything

    @property
    def kind(self) -> RecordKind:
        return self.draft.kind


def parse(draft: Draft) -> Parsed:
    """Read everything that has a form; judge nothing."""
    values = draft.values
    types, unknown = _penalty_types(values.get("penalty_types", ""))
    return Parsed(
        draft=draft,
        subject_kind=CHINESE_SUBJECT_KINDS.get(values.get("subject_kind", "")),
        uscc=_uscc(values.get("uscc")),
        authority=_body(values.get("authority_code", "")),
        source=_body(values.get("source_code", "")),
        document=parse_document_number(values["document_number"]) if "document_number" in values else None,
        dates={name: parse_date(values[name]) for name in _DATE_FIELDS if name in values},
        amounts={name: wan_to_yuan(values[name]) for name in _AMOUNT_FIELDS if name in values},
        penalty_types=types,
        unknown_penalty_types=unknown,
    )


def _body(text: str) -> Uscc | IdentifierProblem | None:
    return _code_of_body(text) if len(text) == _CODE_LENGTH else _uscc(text)


_USUAL_LENGTH = 60  # characters; longer lists of penalty kinds are rare and not worth keeping


@lru_cache(maxsize=1_000)
def _code_of_body(code: str) -> Uscc | IdentifierProblem:
    """Cached: a feed names few authorities very often. What has not the length of a code is not worth keeping."""
    return parse_uscc(code)


def _uscc(text: str | None) -> Uscc | IdentifierProblem | None:
    return parse_uscc(text) if text else None


def _penalty_types(text: str) -> tuple[tuple[PenaltyType, ...], tuple[int, ...]]:
    """Several kinds stand in one cell, joined by `;` (or its look-alikes); 其他-… is any other kind."""
    return _usual_types(text) if len(text) <= _USUAL_LENGTH else _read_types(text)


@lru_cache(maxsize=1_000)
def _usual_types(text: str) -> tuple[tuple[PenaltyType, ...], tuple[int, ...]]:
    """Cached: a feed names few combinations very often."""
    return _read_types(text)


def _read_types(text: str) -> tuple[tuple[PenaltyType, ...], tuple[int, ...]]:
    if not text:
        return (), ()
    known: list[PenaltyType] = []
    unknown: list[int] = []
    names = filter(None, (part.strip() for part in text.translate(_SEPARATORS).split(";")))
    for place, name in enumerate(names, start=1):
        penalty_type = PenaltyType.OTHER if name.startswith("其他-") else CHINESE_PENALTY_TYPES.get(name)
        known.append(penalty_type) if penalty_type else unknown.append(place)
    return tuple(dict.fromkeys(known)), tuple(unknown)
