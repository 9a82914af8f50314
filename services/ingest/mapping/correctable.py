"""Which fields of a record may be corrected after an upheld objection (更正).

Authority, document number and code of the subject say which decision it is: where one of them is wrong, the record is
withdrawn and the right one is sent. Whether a decision stands or may be public is said by its authority alone.
"""

from collections.abc import Mapping

from shared.contracts.records import Record
from shared.vocabulary import RecordKind, SubjectKind

_OF_EVERY_KIND = frozenset({"subject_name", "legal_representative", "decided_on", "valid_until", "remark"})
_OF_AN_ENVELOPE = (_OF_EVERY_KIND - {"valid_until"}) | {"item_name", "power_code", "legal_basis", "content"}

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
    RecordKind.COERCION: _OF_AN_ENVELOPE | {"measure", "object", "valid_from", "valid_until", "released_on"},
    RecordKind.AWARD: _OF_AN_ENVELOPE | {"honour", "level", "valid_from", "valid_until"},
    RecordKind.INSPECTION: _OF_AN_ENVELOPE
    | {"plan", "items", "result", "correct_by", "reinspected_on", "reinspection_result"},
}
"""Fields whose value may be wrong of a decision that is the right one."""

_NAMES = frozenset({"subject_name", "legal_representative"})


def correctable(record: Record) -> frozenset[str]:
    """Those of one record. The name of a natural person is none: the order to correct it is an event, and no event may
    carry it (guarantee G12). Its source sends the right name."""
    fields = CORRECTABLE[record.kind]
    return fields - _NAMES if record.subject.kind is SubjectKind.NATURAL_PERSON else fields
