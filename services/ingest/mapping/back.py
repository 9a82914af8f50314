"""Writes a stored record as the row of the template that it could have come from, so that a correction can be judged
like any row. Reading the row again gives the same record; a test holds both ways together.

Penalties and licences of organisations only: nothing else is shown, and of a person the full name is sealed elsewhere.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.draft import Cell
from shared.contracts.records import LicenceDetail, PenaltyDetail, Record
from shared.vocabulary import CHINESE_PENALTY_TYPES, CHINESE_SUBJECT_KINDS, RecordKind, SubjectKind

_PENALTY_NAMES = {kind: name for name, kind in CHINESE_PENALTY_TYPES.items()}
_SUBJECT_NAMES = {kind: name for name, kind in CHINESE_SUBJECT_KINDS.items()}
_IN_YUAN = {"fine": "fine_in_yuan", "confiscated": "confiscated_in_yuan"}

_OF_EVERY_KIND = frozenset({"subject_name", "legal_representative", "decided_on", "valid_until", "remark"})
CORRECTABLE: Mapping[RecordKind, frozenset[str]] = {
    RecordKind.PENALTY: _OF_EVERY_KIND
    | {
        "violation_type",
        "violation_facts",
        "legal_basis",
        "penalty_types",
        "penalty_content",
        "fine",
        "confiscated",
        "withheld_licence",
    },
    RecordKind.LICENCE: _OF_EVERY_KIND
    | {"document_title", "category", "certificate_name", "licence_number", "licence_content", "valid_from"},
}
"""Fields whose value may be wrong of a decision that is the right one. Authority, document number and code of the
subject say which decision it is: where one of them is wrong, the record is withdrawn and the right one is sent."""


def is_correctable(record: Record) -> bool:
    """Whether a correction can be written into a row of this record at all."""
    return record.kind in CORRECTABLE and record.subject.kind is not SubjectKind.NATURAL_PERSON


def row_of(record: Record) -> dict[str, Cell]:
    """The cells of a record that `is_correctable`; what it does not say is left out."""
    return _cells(record.kind, {name: text for name, text in _texts(record).items() if text})


def cells_of(kind: RecordKind, corrected: Mapping[str, str]) -> dict[str, Cell]:
    """The cells of corrected fields; amounts are in yuan here."""
    return _cells(kind, corrected)


def value_of(record: Record, field: str) -> str:
    """What the record says of one correctable field, as `row_of` writes it."""
    return _texts(record).get(field) or ""


def _cells(kind: RecordKind, texts: Mapping[str, str]) -> dict[str, Cell]:
    template = TEMPLATES[kind]
    return {template[_IN_YUAN.get(field, field)].name: text for field, text in texts.items()}


def _texts(record: Record) -> dict[str, str | None]:
    subject = record.subject
    return {
        "subject_name": subject.name,
        "subject_kind": _SUBJECT_NAMES[subject.kind],
        "uscc": subject.uscc,
        "legal_representative": subject.legal_representative,
        "document_number": record.document_number,
        "decided_on": _day(record.decided_on),
        "authority_name": record.issuing_authority.name,
        "authority_code": record.issuing_authority.code,
        "source_name": record.source_authority.name,
        "source_code": record.source_authority.code,
        "remark": record.remark,
        **_detail(record),
    }


def _detail(record: Record) -> dict[str, str | None]:
    detail = record.detail
    if isinstance(detail, PenaltyDetail):
        return {
            "violation_type": detail.violation_type,
            "violation_facts": detail.violation_facts,
            "legal_basis": detail.legal_basis,
            "penalty_types": ";".join(_PENALTY_NAMES[kind] for kind in detail.penalty_types),
            "penalty_content": detail.penalty_content,
            "fine": _amount(detail.fine),
            "confiscated": _amount(detail.confiscated),
            "withheld_licence": detail.withheld_licence,
            "valid_until": _day(detail.penalty_valid_until),
        }
    if isinstance(detail, LicenceDetail):
        return {
            "document_title": detail.document_title,
            "category": detail.category,
            "certificate_name": detail.certificate_name,
            "licence_number": detail.licence_number,
            "licence_content": detail.licence_content,
            "valid_from": _day(detail.valid_from),
            "valid_until": _day(detail.valid_until),
            "state": "1" if detail.valid else "2",
        }
    return {}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
