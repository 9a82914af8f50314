"""One row of the register in its normal form, or the sentence that says why it is refused."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.ingest.identity.domain.codes import CodeKind, read_code
from shared.identifiers import IdentifierProblem, normalise_text, parse_uscc, strip_control
from shared.vocabulary import RegistryStatus

_LONGEST_NAME = 200
_LONGEST_PROOF = 200
_MOST_FORMER = 20
_BETWEEN = re.compile(r"[;；、,，\n]")


class FormerKind(StrEnum):
    """What a subject was known by before."""

    NAME = "former_name"  # 曾用名
    REGISTRATION = "registration_number"  # 工商注册号
    ORGANISATION = "organisation_code"  # 组织机构代码


_KIND_OF = {CodeKind.REGISTRATION: FormerKind.REGISTRATION, CodeKind.ORGANISATION: FormerKind.ORGANISATION}


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """What the register says of one subject on one day. Without a status only names and numbers are told."""

    uscc: str
    as_of: date
    proof_reference: str
    name: str = ""
    former_names: tuple[str, ...] = ()
    old_numbers: tuple[str, ...] = ()
    status: RegistryStatus | None = None
    formers: frozenset[tuple[FormerKind, str]] = field(default=frozenset())  # filled by `read_entry`


def read_entry(entry: RegistryEntry, today: date) -> RegistryEntry | str:
    """In normal form. Nothing is guessed: an old number of no known form is refused."""
    code = parse_uscc(entry.uscc)
    if isinstance(code, IdentifierProblem):
        return code.message
    proof = strip_control(entry.proof_reference).strip()
    names = [normalise_text(name) for name in (entry.name, *entry.former_names)]
    numbers = [read_code(number) for number in entry.old_numbers]
    problem = _about_proof(entry, proof, today) or _about_names(entry, names)
    if problem:
        return problem
    if any(number.kind not in _KIND_OF for number in numbers):
        return "an old number is neither a registration number (15 digits) nor an organisation code (9 characters)"
    formers = {(FormerKind.NAME, name) for name in names[1:] if name and name != names[0]}
    formers |= {(_KIND_OF[number.kind], number.value) for number in numbers}
    return RegistryEntry(
        str(code), entry.as_of, proof, names[0], entry.former_names, entry.old_numbers, entry.status, frozenset(formers)
    )


def _about_proof(entry: RegistryEntry, proof: str, today: date) -> str:
    if entry.as_of > today:
        return f"as_of lies after today, {today}"
    if not proof or len(proof) > _LONGEST_PROOF:
        return f"proof_reference must have 1 to {_LONGEST_PROOF} characters"
    return ""


def _about_names(entry: RegistryEntry, names: Sequence[str]) -> str:
    if any(len(name) > _LONGEST_NAME for name in names):
        return f"a name has more than {_LONGEST_NAME} characters"
    if len(entry.former_names) + len(entry.old_numbers) > _MOST_FORMER:
        return f"more than {_MOST_FORMER} former names and numbers"
    if not names[0] and entry.status is None:
        return "neither a name nor a status is given"
    return ""


def several(text: str) -> tuple[str, ...]:
    """Several names or numbers of one cell."""
    return tuple(part for part in map(str.strip, _BETWEEN.split(text)) if part)


def former_after(present: str, told: Iterable[str]) -> list[str]:
    """Which of the told names are former ones, when this is the present one."""
    return [name for name in dict.fromkeys(told) if name and name != present]
