"""From a parsed row without quarantine findings to the record that other services may see.

A natural person keeps a masked name and a keyed digest; the number and the full name leave through `Private`, which
the store seals, and are masked wherever the texts of the record repeat them (guarantee G12).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from services.ingest.domain.parsed import Parsed
from shared.contracts.base import trusted
from shared.contracts.records import Authority, LicenceDetail, PenaltyDetail, Record, Subject
from shared.identifiers import DocumentNumber, mask_id_number, mask_name
from shared.vocabulary import Procedure, RecordKind, SubjectKind

Digest = Callable[[str], str]
"""A keyed digest of a personal number: equal numbers give equal digests, nobody can go back."""


@dataclass(frozen=True, slots=True)
class Private:
    """What must be sealed before it is stored."""

    name: str
    id_type: str
    id_number: str


@dataclass(frozen=True, slots=True)
class Built:
    """A record, the key under which it is unique, and what must stay inside."""

    record: Record
    key: str
    document_key: str
    private: Private | None


def build(row: Parsed, person_digest: Digest) -> Built:
    """The record of a row that passed the checks."""
    document = _document(row)
    subject, private = _subject(row, person_digest)
    if private:
        row = _veiled(row, private)
    authority = _authority(row.draft.get("authority_code"), row.draft.get("authority_name"))
    record = trusted(
        Record,
        {
            "document_number": document.printed,
            "subject": subject,
            "issuing_authority": authority,
            "source_authority": _authority(row.draft.get("source_code"), row.draft.get("source_name")),
            "region": authority.code[2:8],
            "decided_on": _day(row, "decided_on"),
            "detail": _penalty(row) if row.kind is RecordKind.PENALTY else _licence(row),
            "remark": row.draft.values.get("remark"),
        },
    )
    return Built(record, record_key(row.kind, authority.code, document.key, subject.key), document.key, private)


@lru_cache(maxsize=1_000)
def _authority(code: str, name: str) -> Authority:
    """Cached: a feed names few authorities very often."""
    return trusted(Authority, {"code": code, "name": name})


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
    pattern = re.compile("|".join(map(re.escape, masks)), re.IGNORECASE)
    values = {
        name: pattern.sub(lambda found: masks.get(found[0], "*" * len(found[0])), text)
        for name, text in row.draft.values.items()
    }
    return replace(row, draft=replace(row.draft, values=values))


def _subject(row: Parsed, person_digest: Digest) -> tuple[Subject, Private | None]:
    name = row.draft.get("subject_name")
    if row.subject_kind is SubjectKind.NATURAL_PERSON:
        number = row.draft.get("id_number")
        key = "person-" + person_digest(f"{row.draft.get('id_type')}\x1f{number}")
        subject = trusted(
            Subject,
            {
                "kind": SubjectKind.NATURAL_PERSON,
                "key": key,
                "name": mask_name(name),
                "uscc": None,
                "legal_representative": None,
            },
        )
        return subject, Private(name, row.draft.get("id_type"), number)
    if row.subject_kind is None:
        raise ValueError("a row without a kind of subject cannot become a record")
    uscc = str(row.uscc)
    return trusted(
        Subject,
        {
            "kind": row.subject_kind,
            "key": uscc,
            "name": name,
            "uscc": uscc,
            "legal_representative": row.draft.values.get("legal_representative"),
        },
    ), None


def _penalty(row: Parsed) -> PenaltyDetail:
    return trusted(
        PenaltyDetail,
        {
            "kind": RecordKind.PENALTY,
            "violation_type": row.draft.get("violation_type"),
            "violation_facts": row.draft.get("violation_facts"),
            "legal_basis": row.draft.get("legal_basis"),
            "penalty_types": row.penalty_types,
            "penalty_content": row.draft.get("penalty_content"),
            "fine": row.amounts.get("fine"),
            "confiscated": row.amounts.get("confiscated"),
            "withheld_licence": row.draft.values.get("withheld_licence"),
            "penalty_valid_until": row.dates.get("valid_until"),
            "procedure": Procedure.ORDINARY,
        },
    )


def _licence(row: Parsed) -> LicenceDetail:
    return trusted(
        LicenceDetail,
        {
            "kind": RecordKind.LICENCE,
            "document_title": row.draft.get("document_title"),
            "category": row.draft.get("category"),
            "certificate_name": row.draft.values.get("certificate_name"),
            "licence_number": row.draft.values.get("licence_number"),
            "licence_content": row.draft.get("licence_content"),
            "valid_from": _day(row, "valid_from"),
            "valid_until": _day(row, "valid_until"),
            "valid": row.draft.get("state") != "2",
        },
    )


def _day(row: Parsed, field: str) -> date:
    day = row.dates.get(field)
    if day is None:
        raise ValueError(f"a row without a readable {field} cannot become a record")
    return day
