"""Writes a stored record as the row of the template that it could have come from, so that a correction can be judged
like any row. Reading the row again gives the same record; a test holds both ways together.

A record holds of a natural person only what may be shown; name and number, which are sealed beside it, are handed in.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.draft import Cell
from shared.contracts.records import (
    AwardDetail,
    CoercionDetail,
    InspectionDetail,
    LicenceDetail,
    PenaltyDetail,
    Record,
)
from shared.vocabulary import (
    CHINESE_INSPECTION_PLANS,
    CHINESE_INSPECTION_RESULTS,
    CHINESE_PENALTY_TYPES,
    CHINESE_SUBJECT_KINDS,
    RecordKind,
)

_PENALTY_NAMES = {kind: name for name, kind in CHINESE_PENALTY_TYPES.items()}
_SUBJECT_NAMES = {kind: name for name, kind in CHINESE_SUBJECT_KINDS.items()}
_PLAN_NAMES = {plan: name for name, plan in CHINESE_INSPECTION_PLANS.items()}
_RESULT_NAMES = {result: name for name, result in CHINESE_INSPECTION_RESULTS.items()}
_IN_YUAN = {"fine": "fine_in_yuan", "confiscated": "confiscated_in_yuan"}


def row_of(record: Record, person: Mapping[str, str] | None = None) -> dict[str, Cell]:
    """The cells of a record; what it does not say is left out. `person` are the sealed fields of a natural person."""
    texts = {**_texts(record), **(person or {})}
    return _cells(record.kind, {name: text for name, text in texts.items() if text})


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
    match record.detail:
        case PenaltyDetail() as detail:
            return _penalty(detail)
        case LicenceDetail() as detail:
            return _licence(detail)
        case CoercionDetail() as detail:
            return _envelope(detail) | _coercion(detail)
        case AwardDetail() as detail:
            return _envelope(detail) | _award(detail)
        case InspectionDetail() as detail:
            return _envelope(detail) | _inspection(detail)


def _penalty(detail: PenaltyDetail) -> dict[str, str | None]:
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


def _licence(detail: LicenceDetail) -> dict[str, str | None]:
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


def _envelope(detail: CoercionDetail | AwardDetail | InspectionDetail) -> dict[str, str | None]:
    return {
        "item_name": detail.item_name,
        "power_code": detail.power_code,
        "legal_basis": detail.legal_basis,
        "content": detail.content,
        "public": None if detail.public else "否",  # public is what is not said
        "ground_of_non_disclosure": detail.ground_of_non_disclosure,
    }


def _coercion(detail: CoercionDetail) -> dict[str, str | None]:
    return {
        "measure": detail.measure,
        "object": detail.object,
        "valid_from": _day(detail.valid_from),
        "valid_until": _day(detail.valid_until),
        "released_on": _day(detail.released_on),
    }


def _award(detail: AwardDetail) -> dict[str, str | None]:
    return {
        "honour": detail.honour,
        "level": detail.level,
        "valid_from": _day(detail.valid_from),
        "valid_until": _day(detail.valid_until),
    }


def _inspection(detail: InspectionDetail) -> dict[str, str | None]:
    return {
        "plan": _PLAN_NAMES[detail.plan],
        "items": detail.items,
        "result": _RESULT_NAMES[detail.result],
        "correct_by": _day(detail.correct_by),
        "reinspected_on": _day(detail.reinspected_on),
        "reinspection_result": detail.reinspection_result,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
