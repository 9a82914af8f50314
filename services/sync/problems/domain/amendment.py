"""What a person may put in place of the words that a portal refuses (订正), and what never. Pure.

An amendment is for one record on one portal: a text that is too long for it, a sign that it does not take, a required
field that the decision leaves open. Who was punished, by whom, when, with what and for how much is the source's alone.
"""

from collections.abc import Mapping

from shared.contracts.records import Record
from shared.vocabulary import RecordKind

LONGEST = 5_000
_OF_KIND: Mapping[RecordKind, frozenset[str]] = {
    RecordKind.PENALTY: frozenset(
        {"violation_type", "violation_facts", "legal_basis", "penalty_content", "withheld_licence"}
    ),
    RecordKind.LICENCE: frozenset(
        {"document_title", "category", "certificate_name", "licence_number", "licence_content"}
    ),
}
_REMARK = "remark"


class NotAmendable(ValueError):
    """The message names the fields and says what may be amended instead."""


def amendable(kind: RecordKind) -> list[str]:
    """The fields of a kind of record that may be amended for a portal."""
    return [*sorted(_OF_KIND.get(kind, frozenset())), _REMARK]


def amended(record: Record, fields: Mapping[str, str]) -> Record:
    """The record with other words in some of its fields. Raises `NotAmendable`."""
    allowed = amendable(record.kind)
    if wrong := sorted(set(fields) - set(allowed)):
        raise NotAmendable(f"{', '.join(wrong)} cannot be amended for a portal; {', '.join(allowed)} can.")
    told = record.model_dump(mode="json")
    for name, value in fields.items():
        (told if name == _REMARK else told["detail"])[name] = value
    try:
        return Record.model_validate(told)
    except ValueError:
        raise NotAmendable(f"{', '.join(sorted(fields))}: these words are none that a record may hold there.") from None
