"""From a parsed row without quarantine findings to the record that other services may see.

A natural person keeps a masked name and a keyed digest; the number and the full name leave through `Private`, which
the store seals, and are masked wherever the texts of the record repeat them (guarantee G12).
"""

import re
from collections.abc import Callable
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from services.ingest.domain.parsed import Parsed
from services.ingest.domain.record_text import Fields, record_text, subject_fields
from shared.contracts.records import Record
from shared.identifiers import DocumentNumber, mask_id_number, mask_name
from shared.identifiers.text import HALF_WIDTH
from shared.vocabulary import RecordKind, SubjectKind

_OTHER_WRITINGS: dict[str, list[str]] = {}
for _other, _usual in HALF_WIDTH.items():
    _OTHER_WRITINGS.setdefault(_usual, []).append(chr(_other))
for _dot in "•‧・":
    _OTHER_WRITINGS.setdefault("·", []).append(_dot)

Digest = Callable[[str], str]
"""A keyed digest of a personal number: equal numbers give equal digests, nobody can go back."""


class Private(NamedTuple):
    """What must be sealed before it is stored."""

    name: str
    id_type: str
    id_number: str


class Built(NamedTuple):
    """A record as JSON in UTF-8, the key under which it is unique, what is searched for, and what must stay inside.
    `reasons` are why the source withdraws it, as they may be public; None when it does not."""

    content: bytes
    key: str
    kind: RecordKind
    authority_code: str
    source_code: str
    subject_key: str
    document_key: str
    decided_on: date
    private: Private | None
    reasons: str | None = None

    @property
    def record(self) -> Record:
        """The record as a value, read back by its contract."""
        return Record.model_validate_json(self.content)


def build(row: Parsed, person_digest: Digest) -> Built:
    """The record of a row that passed the checks."""
    document, decided_on = _document(row), _decided_on(row)
    subject_key, subject, private = _subject(row, person_digest)
    if private:
        row = _veiled(row, private)
    values = row.draft.values
    authority_code = values["authority_code"]
    kind = row.draft.kind
    # By their places, without the constructor that a named tuple writes for itself: half of the time.
    return tuple.__new__(
        Built,
        (
            record_text(row, document.printed, subject, authority_code[2:8], decided_on),
            record_key(kind, authority_code, document.key, subject_key),
            kind,
            authority_code,
            values.get("source_code", ""),
            subject_key,
            document.key,
            decided_on,
            private,
            values.get("withdrawal_reason") if row.is_withdrawn else None,
        ),
    )


def record_key(kind: RecordKind, authority_code: str, document_key: str, subject_key: str) -> str:
    """A number is unique per authority, and unit and person of one accident may share it (check V12)."""
    text = "\x1f".join((kind, authority_code, document_key, subject_key))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _document(row: Parsed) -> DocumentNumber:
    if not isinstance(row.document, DocumentNumber):
        raise ValueError("a row without a readable document number cannot become a record")
    return row.document


def _veiled(row: Parsed, private: Private) -> Parsed:
    """The row with the person masked in every text: decisions tell their story with names."""
    masks = {private.id_number: mask_id_number(private.id_number)}
    if len(private.name) > 1:  # one character alone is a word of many other texts
        masks[private.name] = mask_name(private.name)
    pattern = re.compile("|".join(map(_in_any_writing, masks)), re.IGNORECASE)
    values = {
        name: pattern.sub(lambda found: masks.get(found[0], "*" * len(found[0])), text)
        for name, text in row.draft.values.items()
    }
    return row._replace(draft=row.draft._replace(values=values))


def _in_any_writing(secret: str) -> str:
    """Running text keeps its width and spaces, so a name or number may stand there as 张 三 or in full width."""
    return r"\s*".join(f"[{re.escape(sign + ''.join(_OTHER_WRITINGS.get(sign, ())))}]" for sign in secret)


def _subject(row: Parsed, person_digest: Digest) -> tuple[str, Fields, Private | None]:
    """Its key, its fields, and what must stay inside of a person."""
    values = row.draft.values
    name = values.get("subject_name", "")
    if row.subject_kind is None:
        raise ValueError("a row without a kind of subject cannot become a record")
    if row.subject_kind is not SubjectKind.NATURAL_PERSON:
        uscc = str(row.uscc)
        return uscc, subject_fields(row.subject_kind, uscc, name, uscc, values.get("legal_representative")), None
    private = Private(name, values.get("id_type", ""), values.get("id_number", ""))
    key = "person-" + person_digest(f"{private.id_type}\x1f{private.id_number}")
    return key, subject_fields(row.subject_kind, key, mask_name(name), None, None), private


def _decided_on(row: Parsed) -> date:
    day = row.dates.get("decided_on")
    if day is None:
        raise ValueError("a row without a readable decided_on cannot become a record")
    return day
