"""Whether a file that begins as PDF is a whole one: a version, a cross-reference, an end, and nothing behind it."""

import re
from typing import BinaryIO

from services.repair.materials.domain.refusal import ContentRefused, read_at, size_of, surplus, truncated

_VERSION = re.compile(rb"%PDF-(1\.[0-7]|2\.0)[\r\n\t %\x00]")
_END = b"%%EOF"
_TAIL = 2048
_START = re.compile(rb"startxref\s+(\d{1,10})\s+\Z")
_SPACE = b" \t\r\n\x0c\x00"


def check_pdf(file: BinaryIO) -> None:
    """Raise `ContentRefused` unless the end of the file leads to its cross-reference."""
    if not _VERSION.match(read_at(file, 0, 16)):
        raise ContentRefused("unknown", "The file begins as PDF and names no version of it.")
    size = size_of(file)
    tail = read_at(file, max(0, size - _TAIL), _TAIL)
    body, end, rest = tail.rpartition(_END)
    if not end:
        raise truncated("PDF")
    if rest.strip(_SPACE):
        raise surplus("PDF")
    found = _START.search(body)
    if found is None or not _is_cross_reference(file, int(found.group(1)), size):
        raise ContentRefused("damaged", "The PDF file does not say where its table of contents is. Save it anew.")


def _is_cross_reference(file: BinaryIO, offset: int, size: int) -> bool:
    """A table, or the object that holds one."""
    if not 0 < offset < size:
        return False
    found = read_at(file, offset, 32).lstrip(_SPACE)
    return found.startswith(b"xref") or re.match(rb"\d{1,10}\s+\d{1,5}\s+obj", found) is not None
