"""The keys by which records are searched: a name or a document number, however it was typed, gives one text.

Decides nothing about a record; a key is never shown.
"""

from shared.identifiers import DocumentNumber, normalise_text, parse_document_number
from shared.identifiers.text import UPPER_CASE

_NAME_SIGNS = 200


def name_key(name: str) -> str:
    """A subject's name as it is searched: normal widths, no spaces beside Chinese, Latin letters in capitals."""
    return normalise_text(name).translate(UPPER_CASE)[:_NAME_SIGNS]


def document_key(number: str) -> str:
    """A document number as it is compared (ruling R22); empty when the text cannot be one."""
    parsed = parse_document_number(number)
    return parsed.key[:64] if isinstance(parsed, DocumentNumber) else ""
