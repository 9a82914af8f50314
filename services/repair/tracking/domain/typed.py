"""What a visitor types, read kindly, and compared in a time that does not tell how much of it was right. Pure."""

import hmac
import unicodedata
from dataclasses import dataclass

LONGEST = 64
CODE_LENGTH = 6
_NOBODY = "?" * CODE_LENGTH  # no code of anybody: question marks stand in no credit code
_LOOK_ALIKE = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Typed:
    """Tracking number (查询码) and the last six signs of the credit code (统一社会信用代码), as if stored."""

    number: str
    code: str


def read_typed(number: str, code: str) -> Typed:
    """Full-width signs, small letters, gaps and letters that look like digits of the number are forgiven."""
    return Typed(_plain(number).translate(_LOOK_ALIKE), _plain(code))


def _plain(text: str) -> str:
    """Digits and Latin letters only: nothing else stands in a number or a code."""
    signs = unicodedata.normalize("NFKC", text[:LONGEST]).upper()
    return "".join(sign for sign in signs if sign.isascii() and sign.isalnum())[:LONGEST]


def is_right(typed: Typed, uscc: str | None) -> bool:
    """Whether the code ends this credit code. Without one, because nothing was found or it has none, the same work is
    done and the answer is no.
    """
    ending = uscc[-CODE_LENGTH:] if uscc and len(uscc) > CODE_LENGTH else _NOBODY
    same = hmac.compare_digest(typed.code.encode(), ending.encode())
    return same and ending is not _NOBODY
