"""Writes entries of the column as CSV that a spreadsheet program opens without running anything in it."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from services.disclosure.column.domain.entry import PublicEntry

MEDIA_TYPE = "text/csv; charset=utf-8"
_COLUMNS = (
    "record_id", "kind", "subject_name", "subject_kind", "uscc", "document_number", "authority",
    "decided_on", "severity", "opens_on", "closes_on", "repair_from_on", "article", "rule",
    "objected_on", "awaits_confirmation",
)  # fmt: skip
_CONTENT = (
    "violation_type", "violation_facts", "legal_basis", "penalty_types", "penalty_content", "fine", "confiscated",
    "withheld_licence", "document_title", "category", "certificate_name", "licence_number", "licence_content",
    "valid_from", "valid_until",
)  # fmt: skip
# A cell that begins with one of these is a formula to some program; the full-width ones are to some others.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK = "\ufeff"  # without it spreadsheet programs take UTF-8 for a local encoding


def csv_of(entries: Iterable[PublicEntry]) -> str:
    """One line an entry, the same columns for every kind of record."""
    return lines_of((*_COLUMNS, *_CONTENT), (_cells(entry) for entry in entries))


def lines_of(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Any table as a whole file, or its beginning when `more_lines` follow."""
    return f"{_MARK}{more_lines([head])}{more_lines(lines)}"


def more_lines(lines: Iterable[Sequence[str]]) -> str:
    """Lines without a head, for a file that is written in pieces."""
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in line] for line in lines)
    return text.getvalue()


def safe(cell: str) -> str:
    """The cell as a text for every program: an apostrophe keeps it from being computed."""
    return f"'{cell}" if cell.lstrip(" \u3000").startswith(_ACTIVE) or cell.startswith(_ACTIVE) else cell


def _cells(entry: PublicEntry) -> list[str]:
    content = dict(entry.content)
    return [_text(getattr(entry, name)) for name in _COLUMNS] + [content.get(name, "") for name in _CONTENT]


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
