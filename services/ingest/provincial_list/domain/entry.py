"""One row of the provincial list in its normal form, or the sentence that says why it cannot be used.

A natural person keeps a masked name and a keyed digest, as in our records; the number is never kept (guarantee G12).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from services.ingest.identity.domain.codes import CodeKind, read_code
from services.ingest.mapping.dates import parse_date
from services.ingest.mapping.units import plain_yuan, wan_to_yuan
from shared.identifiers import (
    DocumentNumber,
    IdentifierProblem,
    cities,
    counties_of,
    current_division_of,
    mask_name,
    normalise_text,
    parse_citizen_number,
    parse_document_number,
)
from shared.vocabulary import CHINESE_PENALTY_TYPES, SubjectKind
from shared.vocabulary import CHINESE_SUBJECT_KINDS as KINDS

_LONGEST_NAME = 200
_PERSON_NAME = 4  # a longer name without a code is that of an organisation
_IDENTITY_CARD = "身份证"
_BETWEEN = re.compile(r"[;；、,，]")


@dataclass(frozen=True, slots=True)
class ListEntry:
    """`subject_key` is as in our records; `document_key` empty: the row names a subject only."""

    row: int
    subject_key: str
    code: str
    is_person: bool
    name: str
    document_number: str
    document_key: str
    decided_on: date | None
    authority_name: str
    penalty_types: str
    fine: str
    region: str


def read_entry(row: int, fields: Mapping[str, str], person_digest: Callable[[str], str]) -> ListEntry | str:
    """Nothing is guessed; what is empty is not compared."""
    name = normalise_text(fields.get("name", ""))
    if not name or len(name) > _LONGEST_NAME:
        return f"the name is empty or has more than {_LONGEST_NAME} characters"
    number = _document(fields.get("document_number", ""))
    day = parse_date(fields["decided_on"]) if "decided_on" in fields else None
    fine = _fine(fields)
    problem = _unreadable(fields, number, day, fine)
    if problem:
        return problem
    key, code, is_person = _subject(name, fields, person_digest)
    return ListEntry(
        row=row,
        subject_key=key,
        code=code,
        is_person=is_person,
        name=mask_name(name) if is_person else name,
        document_number=number.printed if isinstance(number, DocumentNumber) else "",
        document_key=number.key if isinstance(number, DocumentNumber) else "",
        decided_on=day,
        authority_name=normalise_text(fields.get("authority_name", ""))[:_LONGEST_NAME],
        penalty_types=";".join(sorted(penalty_types(fields.get("penalty_types", ""))))[:_LONGEST_NAME],
        fine=str(fine) if isinstance(fine, Decimal) else "",
        region=_region(fields.get("region", ""), key),
    )


def penalty_types(text: str) -> set[str]:
    """The house's words for the kinds that are known, the text itself for others."""
    names = (part.strip() for part in _BETWEEN.split(text))
    return {str(CHINESE_PENALTY_TYPES.get(name, name)) for name in names if name}


def _document(text: str) -> DocumentNumber | IdentifierProblem | None:
    return parse_document_number(text) if text else None


def _fine(fields: Mapping[str, str]) -> Decimal | None:
    if "fine" in fields:
        return wan_to_yuan(fields["fine"])
    return plain_yuan(fields["fine_in_yuan"]) if "fine_in_yuan" in fields else None


def _unreadable(
    fields: Mapping[str, str],
    number: DocumentNumber | IdentifierProblem | None,
    day: date | None,
    fine: Decimal | None,
) -> str:
    if isinstance(number, IdentifierProblem):
        return number.message
    if "decided_on" in fields and day is None:
        return "the date cannot be read; write 2021-11-13, 2021/11/13, 20211113 or 2021年11月13日"
    if fine is None and ("fine" in fields or "fine_in_yuan" in fields):
        return "the fine is no amount"
    return ""


def _subject(name: str, fields: Mapping[str, str], person_digest: Callable[[str], str]) -> tuple[str, str, bool]:
    """The key, another number of an organisation, and whether it is a natural person."""
    text = fields.get("code", "")
    citizen = parse_citizen_number(text) if text else None
    if isinstance(citizen, str):
        return "person-" + person_digest(f"{_IDENTITY_CARD}\x1f{citizen}"), "", True
    code = read_code(text)
    if code.kind is CodeKind.USCC:
        return code.value, "", False
    kind = KINDS.get(normalise_text(fields.get("subject_kind", "")))
    is_person = kind is SubjectKind.NATURAL_PERSON or (kind is None and not code.value and len(name) <= _PERSON_NAME)
    return "", "" if is_person else code.value, is_person


def _region(text: str, key: str) -> str:
    """The present code of the division that the row names, else of the body that registered the subject."""
    name = normalise_text(text)
    code = _division_codes().get(name, name if name.isascii() else "") or (
        "" if key.startswith("person-") else key[2:8]
    )
    division = current_division_of(code)
    return division.code if division else code[:12]


@cache
def _division_codes() -> dict[str, str]:
    divisions = [*cities(), *(county for city in cities() for county in counties_of(city.code))]
    return {division.name: division.code for division in divisions}
