"""The numbers under which a subject was ever known: 统一社会信用代码, and before 2015 注册号 and 组织机构代码.

Reads a text to its kind and normal form; guesses nothing and knows no register.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.identifiers import Uscc, normalise_code, parse_uscc

_ORGANISATION = re.compile(r"([0-9A-Z]{8})-?([0-9X])")
_REGISTRATION = re.compile(r"[0-9]{15}")


class CodeKind(StrEnum):
    """Which number it is."""

    USCC = "uscc"  # 统一社会信用代码
    REGISTRATION = "registration"  # 工商注册号, 15 digits
    ORGANISATION = "organisation"  # 组织机构代码, 9 characters
    NONE = "none"  # missing, or none of them


@dataclass(frozen=True, slots=True)
class SubjectCode:
    """A number in its normal form; empty when it is none of the known kinds."""

    kind: CodeKind
    value: str = ""

    @property
    def organisation_part(self) -> str:
        """The organisation code: itself, or positions 9 to 17 of a USCC (GB 32100)."""
        if self.kind is CodeKind.USCC:
            return self.value[8:17]
        return self.value if self.kind is CodeKind.ORGANISATION else ""

    @property
    def division(self) -> str:
        """The division code of the body that gave it; an organisation code holds none."""
        if self.kind is CodeKind.USCC:
            return self.value[2:8]
        return self.value[:6] if self.kind is CodeKind.REGISTRATION else ""


def read_code(text: str) -> SubjectCode:
    """The kind and normal form of a number, however it was typed."""
    code = normalise_code(text)
    parsed = parse_uscc(code)
    if isinstance(parsed, Uscc):
        return SubjectCode(CodeKind.USCC, parsed.value)
    if _REGISTRATION.fullmatch(code):
        return SubjectCode(CodeKind.REGISTRATION, code)
    found = _ORGANISATION.fullmatch(code)
    return SubjectCode(CodeKind.ORGANISATION, found[1] + found[2]) if found else SubjectCode(CodeKind.NONE)
