"""A row whose identifiers, dates and amounts have been read; each is a value or the reason why it is none."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from services.ingest.domain.weights import weights
from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.dates import DATE_FIELDS, parse_date
from services.ingest.mapping.draft import Draft
from services.ingest.mapping.units import plain_yuan, wan_to_yuan
from shared.identifiers import DocumentNumber, IdentifierProblem, Uscc, parse_document_number, parse_uscc
from shared.vocabulary import (
    CHINESE_INSPECTION_PLANS,
    CHINESE_INSPECTION_RESULTS,
    CHINESE_PENALTY_TYPES,
    CHINESE_SUBJECT_KINDS,
    CHINESE_WITHDRAWAL_KINDS,
    InspectionPlan,
    InspectionResult,
    PenaltyType,
    RecordKind,
    SubjectKind,
    WithdrawalKind,
)

_DATES = {kind: tuple(sorted(DATE_FIELDS & template.keys())) for kind, template in TEMPLATES.items()}
_AMOUNTS = (("fine", "fine_in_yuan"), ("confiscated", "confiscated_in_yuan"))
_PUBLIC = {"是": True, "1": True, "公开": True, "否": False, "0": False, "不公开": False, "不予公开": False}
_VERSION = re.compile("[0-9]{1,9}")
_CODE_LENGTH = 18
_SEPARATORS = str.maketrans("；,，、", ";;;;")


class Parsed(NamedTuple):
    """The draft and what could be read from it. A field that is missing in the draft is missing here too."""

    draft: Draft
    subject_kind: SubjectKind | None
    uscc: Uscc | IdentifierProblem | None
    authority: Uscc | IdentifierProblem | None
    source: Uscc | IdentifierProblem | None
    document: DocumentNumber | IdentifierProblem | None
    dates: Mapping[str, date | None]
    amounts: Mapping[str, Decimal | None]
    penalty_types: tuple[PenaltyType, ...] = ()
    unknown_penalty_types: tuple[int, ...] = ()  # their places in the cell, from 1: the text may hold anything

    @property
    def kind(self) -> RecordKind:
        return self.draft.kind

    @property
    def plan(self) -> InspectionPlan | None:
        return CHINESE_INSPECTION_PLANS.get(self.draft.get("plan"))

    @property
    def result(self) -> InspectionResult | None:
        return CHINESE_INSPECTION_RESULTS.get(self.draft.get("result"))

    @property
    def public(self) -> bool | None:
        """公开标志; public where nothing is said, None where what is said cannot be read."""
        text = self.draft.values.get("public")
        return True if text is None else _PUBLIC.get(text)

    @property
    def version(self) -> int | None:
        """数据版本; None where there is none or it is no number."""
        text = self.draft.values.get("data_version")
        return int(text) if text and _VERSION.fullmatch(text) else None

    @property
    def is_withdrawn(self) -> bool:
        """The source says that the decision is invalid and why: a withdrawal (ruling R24)."""
        values = self.draft.values
        return values.get("state") == "2" and "withdrawal_reason" in values

    @property
    def withdrawal_kind(self) -> WithdrawalKind | None:
        """How the decision was undone; as the rule file has it where the row does not say, None where it says something
        else."""
        said = self.draft.values.get("withdrawal_kind")
        return weights().way if said is None else CHINESE_WITHDRAWAL_KINDS.get(said)


def parse(draft: Draft) -> Parsed:
    """Read everything that has a form; judge nothing."""
    values = draft.values
    types, unknown = _penalty_types(values.get("penalty_types", ""))
    document = values.get("document_number")
    # By their places, without the constructor that a named tuple writes for itself: half of the time.
    return tuple.__new__(
        Parsed,
        (
            draft,
            CHINESE_SUBJECT_KINDS.get(values.get("subject_kind", "")),
            _uscc(values.get("uscc")),
            _body(values.get("authority_code", "")),
            _body(values.get("source_code", "")),
            None if document is None else parse_document_number(document),
            {name: parse_date(values[name]) for name in _DATES[draft.kind] if name in values},
            _amounts(values),
            types,
            unknown,
        ),
    )


def _amounts(values: Mapping[str, str]) -> dict[str, Decimal | None]:
    """In yuan. A column that counts in yuan stands in for one that counts in 万元, and never beside it (check V07)."""
    amounts: dict[str, Decimal | None] = {}
    for name, in_yuan in _AMOUNTS:
        if name in values:
            amounts[name] = wan_to_yuan(values[name])
        elif in_yuan in values:
            amounts[name] = plain_yuan(values[in_yuan])
    return amounts


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
