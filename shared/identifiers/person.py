"""Numbers and names of natural persons: check, find and mask them.

Serves G12: what leaves the house shows the first four and last two characters of an identity number, because with
more of it the birth date and the check digit let the rest be computed. Messages never repeat a number.
"""

import re
from collections.abc import Iterable
from datetime import date
from operator import mul

from .problems import IdentifierProblem, ProblemCode
from .text import HALF_WIDTH, normalise_code, normalise_text
from .words import said

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_VALUE_OF = bytes.maketrans(b"0123456789", bytes(range(10)))
_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]")
_PROVINCES = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            *range(81, 84),
        ),
    )
)

# Every start is tried, also inside a longer run of digits: a number glued to another one must not escape. Spaces
# and hyphens are admitted only where people put them, around the birth date.
_CANDIDATE = re.compile(
    r"(?=([1-8][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}[ -]?[01][0-9][ -]?[0-3][0-9][ -]?[0-9]{3}[0-9Xx]))"
)
# Every candidate begins with six digits in a row; a text without them need not be searched from each of its signs.
_SIX_DIGITS = re.compile("[0-9０-９][0-9０-９]{5}")
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_MOBILE = re.compile(r"(?<![0-9A-Za-z*])((?:\+?86[ -]?)?)(1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})(?![0-9A-Za-z])")

_COMPOUND_FAMILY_NAME = re.compile(
    "欧阳|司马|上官|诸葛|夏侯|东方|尉迟|公孙|皇甫|慕容|令狐|长孙|宇文|司徒|轩辕|端木|独孤|南宫|西门|呼延|"
    "百里|闻人|澹台|淳于|单于|申屠|公羊|钟离|濮阳|太叔|赫连|东郭|司空|公冶|宗政"
)
_NUMBER_LENGTH = 18
_SHORT_NUMBER = 12
_MOBILE_LENGTH = 11


def parse_citizen_number(text: str) -> str | IdentifierProblem:
    """The citizen number, 公民身份号码 (GB 11643-1999), in its normal form, or the first reason why it is none."""
    number = normalise_code(text)
    return _shape_problem(number) or _content_problem(number) or number


def is_citizen_number(number: str) -> bool:
    """Whether a text in normal form is a valid citizen number; the quick answer for searches."""
    return (
        _SHAPE.fullmatch(number) is not None
        and number[:2] in _PROVINCES
        and _check_digit_holds(number)
        and _is_date(number[6:14])
    )


def may_hold_citizen_number(texts: Iterable[str]) -> bool:
    """Whether any of many texts is worth a search: one look for all of them, since hardly any is."""
    return _SIX_DIGITS.search("\n".join([text for text in texts if len(text) >= _NUMBER_LENGTH])) is not None


def has_six_digits(texts: Iterable[str]) -> bool:
    """Whether six digits follow each other, as every citizen's number begins, in any of many texts without full-width
    digits. It needs no pattern, which looks at each sign for itself: half of the instructions of the search above."""
    return b"000000" in "\n".join(texts).encode("ascii", "replace").translate(_DIGITS_AS_ZERO)


def find_citizen_numbers(text: str) -> list[tuple[int, int]]:
    """Where valid citizen numbers stand in a free text (check V13), as (start, end), also overlapping ones."""
    if len(text) < _NUMBER_LENGTH or _SIX_DIGITS.search(text) is None:
        return []
    # The translation keeps every position: one character for one character.
    return [
        match.span(1)
        for match in _CANDIDATE.finditer(text.translate(HALF_WIDTH).replace("\u3000", " "))
        if is_citizen_number(match[1].replace(" ", "").replace("-", "").upper())
    ]


def mask_id_number(number: str) -> str:
    """First four and last two characters; of a short number (passport, permit) only the first."""
    value = normalise_code(number)
    if len(value) >= _SHORT_NUMBER:
        return value[:4] + "*" * (len(value) - 6) + value[-2:]
    return value[:1] + "*" * (len(value) - 1) if len(value) > 1 else "*" * len(value)


def mask_name(name: str) -> str:
    """Family name and one * for each further character; a name of one character disappears wholly."""
    value = normalise_text(name)
    kept = 2 if len(value) > 2 and _COMPOUND_FAMILY_NAME.match(value) else 1
    return value[:kept] + "*" * (len(value) - kept) if len(value) > 1 else "*" * len(value)


def mask_phone(phone: str) -> str:
    """First three and last four characters; of a number shorter than a mobile number only the last two."""
    value = normalise_code(phone)
    if len(value) >= _MOBILE_LENGTH:
        return value[:3] + "*" * (len(value) - 7) + value[-4:]
    return "*" * (len(value) - 2) + value[-2:] if len(value) > 2 else "*" * len(value)


def mask_free_text(text: str) -> str:
    """The text with citizen and mobile numbers masked in place, of the same length."""
    hidden = {at for start, end in find_citizen_numbers(text) for at in range(start + 4, end - 2)}
    masked = "".join("*" if at in hidden else sign for at, sign in enumerate(text)) if hidden else text
    for match in _MOBILE.finditer(masked.translate(HALF_WIDTH).replace("\u3000", " ")):
        start, end = match.span(2)
        masked = masked[: start + 3] + "*" * (end - start - 7) + masked[end - 4 :]
    return masked


def _shape_problem(number: str) -> IdentifierProblem | None:
    if not number:
        return IdentifierProblem(ProblemCode.EMPTY, said("citizen_missing"))
    if len(number) != 18:
        return IdentifierProblem(ProblemCode.LENGTH, said("citizen_length", n=len(number)))
    if not _SHAPE.fullmatch(number):
        return IdentifierProblem(ProblemCode.CHARACTER, said("citizen_sign"))
    return None


def _content_problem(number: str) -> IdentifierProblem | None:
    if number[:2] not in _PROVINCES:
        return IdentifierProblem(ProblemCode.REGION, said("citizen_region"))
    if not _is_date(number[6:14]):
        return IdentifierProblem(ProblemCode.BIRTH_DATE, said("citizen_birth_date"))
    if not _check_digit_holds(number):
        return IdentifierProblem(ProblemCode.CHECK_DIGIT, said("citizen_check_digit"))
    return None


def _check_digit_holds(number: str) -> bool:
    total = sum(map(mul, number[:17].encode().translate(_VALUE_OF), _WEIGHTS))
    return number[17] == _CHECK_DIGITS[total % 11]


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
