"""A letter on paper. Guarantee G03: it prints the words of `compose` and adds none."""

from pathlib import Path

from services.disclosure.notices.domain.compose import Composed
from shared.letters import DOCX, Letter, as_docx

MEDIA_TYPE = DOCX


def print_letter(letter: Composed, issued_on: str, template: Path | None) -> bytes:
    """The document, on the bureau's own letterhead where it has one."""
    return as_docx(Letter(letter.title, letter.paragraphs, letter.authority, issued_on), template)
