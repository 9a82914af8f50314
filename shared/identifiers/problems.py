"""Why a text is not the identifier it should be, as a value instead of an exception.

A problem says what is wrong and, where it helps, the expected check digit. It never repeats the text it was made
from, because a citizen number (公民身份号码) may have been typed into any field (G12).
"""

from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    """The reasons for which a text is refused as an identifier; the stored value is the code."""

    EMPTY = "empty"
    LENGTH = "length"
    TOO_LONG = "too_long"
    CHARACTER = "character"
    FORBIDDEN_LETTER = "forbidden_letter"
    CHECK_DIGIT = "check_digit"
    PLACEHOLDER = "placeholder"
    CITIZEN_NUMBER = "citizen_number"
    REGION = "region"
    BIRTH_DATE = "birth_date"


@dataclass(frozen=True, slots=True)
class IdentifierProblem:
    """One reason, with an English sentence for the person who must correct the source."""

    code: ProblemCode
    message: str
