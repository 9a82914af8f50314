"""What the public sees of one record: masked, with the legal basis and the last day. Serves G12.

The legal representative's name, remarks and every digest stay inside; numbers of persons in running text are masked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from services.disclosure.domain.display import is_masked
from shared.contracts.records import LicenceDetail, PenaltyDetail, Record
from shared.identifiers import mask_free_text, mask_name
from shared.policy import Window
from shared.vocabulary import (
    CHINESE_PENALTY_TYPES,
    CHINESE_SUBJECT_KINDS,
    PenaltyType,
    RecordKind,
    Severity,
    SubjectKind,
)

_PENALTY_NAMES: Mapping[PenaltyType, str] = MappingProxyType(
    {kind: name for name, kind in CHINESE_PENALTY_TYPES.items()}
)
_SUBJECT_NAMES: Mapping[SubjectKind, str] = MappingProxyType(
    {kind: name for name, kind in CHINESE_SUBJECT_KINDS.items()}
)


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """One record on the column. `content` are pairs of a text's key and its value, by the kind of record;
    while `awaits_confirmation`, repair is possible on no earlier day than `repair_from_on` (R07);
    `objected_on` is the day since which an objection to it is open (异议标注)."""

    record_id: str
    kind: RecordKind
    subject_name: str
    subject_kind: str
    uscc: str
    document_number: str
    authority: str
    decided_on: date
    severity: Severity | None
    opens_on: date
    closes_on: date
    repair_from_on: date | None
    awaits_confirmation: bool
    article: str
    rule: str
    objected_on: date | None
    content: tuple[tuple[str, str], ...]


def public_entry(record_id: str, record: Record, window: Window, objected_on: date | None = None) -> PublicEntry:
    """The masked entry. Raises `ValueError` for a natural person whom no pack shows masked (R11)."""
    is_person = record.subject.kind is SubjectKind.NATURAL_PERSON
    if (is_person and not is_masked(window)) or window.opens_on is None or window.closes_on is None:
        raise ValueError(f"record {record_id} has no place on the column")
    name = mask_free_text(record.subject.name)
    return PublicEntry(
        record_id=record_id,
        kind=record.kind,
        subject_name=mask_name(name) if is_person else name,
        subject_kind=_SUBJECT_NAMES[record.subject.kind],
        uscc="" if is_person else record.subject.uscc or "",
        document_number=record.document_number,
        authority=record.issuing_authority.name,
        decided_on=record.decided_on,
        severity=window.severity,
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        repair_from_on=window.repair_from_on,
        awaits_confirmation=window.needs_confirmation,
        article=window.provenance.article,
        rule=f"{window.provenance.rule_id} ({window.provenance.pack_version})",
        objected_on=objected_on,
        content=tuple((key, mask_free_text(text)) for key, text in _content(record) if text),
    )


def _content(record: Record) -> list[tuple[str, str]]:
    detail = record.detail
    if isinstance(detail, PenaltyDetail):
        return [
            ("violation_type", detail.violation_type),
            ("violation_facts", detail.violation_facts),
            ("legal_basis", detail.legal_basis),
            ("penalty_types", "、".join(_PENALTY_NAMES[kind] for kind in detail.penalty_types)),
            ("penalty_content", detail.penalty_content),
            ("fine", _yuan(detail.fine)),
            ("confiscated", _yuan(detail.confiscated)),
            ("withheld_licence", detail.withheld_licence or ""),
        ]
    if isinstance(detail, LicenceDetail):
        return [
            ("document_title", detail.document_title),
            ("category", detail.category),
            ("certificate_name", detail.certificate_name or ""),
            ("licence_number", detail.licence_number or ""),
            ("licence_content", detail.licence_content),
            ("valid_from", detail.valid_from.isoformat()),
            ("valid_until", detail.valid_until.isoformat()),
        ]
    return [("legal_basis", detail.legal_basis)]


def _yuan(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
