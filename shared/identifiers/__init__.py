"""Identifiers of subjects, documents, regions and persons: parse to a value or to a reason, normalise, mask.

Pure: no clock, no input or output beyond the packaged division table. Functions return an `IdentifierProblem`
instead of raising, so that a batch can collect every reason of every row (G02).
"""

from .division import Division, cities, city_of, counties_of, current_division_of, division_of
from .document_number import DocumentNumber, DocumentParts, parse_document_number
from .person import (
    find_citizen_numbers,
    has_six_digits,
    is_citizen_number,
    mask_free_text,
    mask_id_number,
    mask_name,
    mask_phone,
    may_hold_citizen_number,
    parse_citizen_number,
)
from .problems import IdentifierProblem, ProblemCode
from .text import clean_text, is_normal_text, normalise_code, normalise_text, strip_control
from .uscc import Uscc, parse_uscc, with_check_digit

__all__ = [
    "Division",
    "DocumentNumber",
    "DocumentParts",
    "IdentifierProblem",
    "ProblemCode",
    "Uscc",
    "cities",
    "city_of",
    "clean_text",
    "counties_of",
    "current_division_of",
    "division_of",
    "find_citizen_numbers",
    "has_six_digits",
    "is_citizen_number",
    "is_normal_text",
    "mask_free_text",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "may_hold_citizen_number",
    "normalise_code",
    "normalise_text",
    "parse_citizen_number",
    "parse_document_number",
    "parse_uscc",
    "strip_control",
    "with_check_digit",
]
