"""Hides personal data in the texts of a row as they were sent, for who only wants to see how they were written (G12).

Of a natural person everything is hidden that may tell who it is, running text too: it may name the person in a writing
that no search finds. Never decides who may see the texts as they are.
"""

from collections.abc import Mapping

from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.dates import DATE_FIELDS
from shared.identifiers import mask_free_text, mask_id_number, mask_name
from shared.vocabulary import RecordKind

_OF_THE_DECISION = DATE_FIELDS | {
    "document_number", "authority_name", "authority_code", "source_name", "source_code", "subject_kind", "id_type",
    "state", "data_version", "penalty_types", "fine", "confiscated",
}  # fmt: skip
"""Fields that are the same whoever the subject is."""


def masked(kind: RecordKind, is_person: bool, cells: Mapping[str, str]) -> dict[str, str]:
    """The texts by column, each as far as anybody may see it."""
    fields = {name: field for field, column in TEMPLATES[kind].items() for name in column.names}
    return {name: _masked(fields.get(name, ""), is_person, text) for name, text in cells.items()}


def _masked(field: str, is_person: bool, text: str) -> str:
    if field == "id_number":
        return mask_id_number(text)
    if field == "legal_representative" or (is_person and field == "subject_name"):
        return mask_name(text)
    if is_person and field not in _OF_THE_DECISION:
        return "*" * len(text)
    return mask_free_text(text)
