"""Corrections that a person orders for many quarantined rows at once; each is harmless, exact and named.

None of them guesses: a cell that does not have the one form in question stays as it is. The rows are judged again
afterwards like any other.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from services.ingest.mapping.columns import TEMPLATES
from services.ingest.mapping.dates import DATE_FIELDS
from services.ingest.mapping.draft import Cell, Row
from shared.vocabulary import RecordKind

_MARKS = " \t\r\n'\"“”‘’`。;；"
_DOTTED = re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})")
_WITH_TIME = re.compile(r"([0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2})[ T]00:00(?::00(?:\.0{1,6})?)?")
_IN_WAN = re.compile(r"([0-9,]{1,15}(?:\.[0-9]{1,6})?)万元?")
_AMOUNTS = frozenset({"fine", "confiscated"})
_LONG_TEXTS = 200
"""Characters; in a longer column a mark at the end belongs to the text."""


class Correction(StrEnum):
    """What is done to the cells before they are judged again."""

    AS_IS = "as_is"  # 原样重核: after a change of rules, calendar or source map
    TRIM = "trim"  # 去除首尾符号: quotation marks, full stops and spaces around codes, names, numbers
    DATES = "dates"  # 日期: 2026.11.13 and 2026-11-13 00:00:00 become 2026-11-13
    AMOUNTS = "amounts"  # 金额: 6万元 becomes 6 in a column that counts in 万元


def corrected(kind: RecordKind, row: Row, correction: Correction) -> dict[str, Cell]:
    """The row with the correction applied where it fits. Doing it twice changes nothing more."""
    fields = {name: field for field, column in TEMPLATES[kind].items() for name in column.names}
    return {name: _cell(kind, fields.get(name), cell, correction) for name, cell in row.items()}


def _cell(kind: RecordKind, field: str | None, cell: Cell, correction: Correction) -> Cell:
    if field is None or not isinstance(cell, str):
        return cell
    return _HOW[correction](kind, field, cell)


def _trimmed(kind: RecordKind, field: str, text: str) -> str:
    return text.strip(_MARKS) if TEMPLATES[kind][field].limit <= _LONG_TEXTS else text


def _dated(_kind: RecordKind, field: str, text: str) -> str:
    if field not in DATE_FIELDS:
        return text
    if match := _DOTTED.fullmatch(text.strip()):
        return "-".join(match.groups())
    match = _WITH_TIME.fullmatch(text.strip())
    return match[1] if match else text


def _counted(_kind: RecordKind, field: str, text: str) -> str:
    match = _IN_WAN.fullmatch(text.strip()) if field in _AMOUNTS else None
    return match[1] if match else text


_HOW: Mapping[Correction, Callable[[RecordKind, str, str], str]] = {
    Correction.AS_IS: lambda _kind, _field, text: text,
    Correction.TRIM: _trimmed,
    Correction.DATES: _dated,
    Correction.AMOUNTS: _counted,
}
