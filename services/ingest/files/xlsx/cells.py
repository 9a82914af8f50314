"""What a cell says as text: numbers without rounding noise, day numbers as days, formulas by their computed value.

Where a spreadsheet has lost something (digits, a result) the answer is the code of a fault, never a repaired value.
"""

import re
from decimal import Decimal, InvalidOperation

from services.ingest.files.table import FaultCode
from services.ingest.files.xlsx.book import Book
from services.ingest.files.xlsx.texts import Texts, unescaped
from services.ingest.mapping.dates import date_of_number

_DIGITS = 15  # what a spreadsheet keeps of a number; a code of 18 digits has lost its end
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T[0-9:.]*Z?)?")
_DAY_NUMBER_1904 = re.compile(r"[1-9][0-9]{4}")  # as in a column of days that was not formatted as one


class CellReader:
    """Reads the values of one workbook's cells."""

    def __init__(self, book: Book, texts: Texts) -> None:
        self._texts = texts
        self._day_styles = book.day_styles
        self._since_1904 = book.since_1904

    def read(self, kind: str, style: str, value: str, is_formula: bool, is_day: bool) -> str | FaultCode:
        """`kind`, `style` and `value` as the part writes them; `is_day` when the header says that days stand there."""
        if kind == "s":
            return self._shared(value)
        if kind in ("inlineStr", "str"):
            return unescaped(value)
        if not value:
            return FaultCode.FORMULA_WITHOUT_VALUE if is_formula else ""
        if kind in ("", "n"):
            return self._number(style, value, is_day)
        return _rare(kind, value)

    def _shared(self, value: str) -> str | FaultCode:
        if value.isascii() and value.isdigit() and len(value) < 10 and int(value) < len(self._texts):
            return self._texts[int(value)]
        return FaultCode.ERROR_VALUE if value else ""

    def _number(self, style: str, value: str, is_day: bool) -> str | FaultCode:
        if style in self._day_styles:
            return self._day(value) or _plain(value)
        if is_day and self._since_1904 and _DAY_NUMBER_1904.fullmatch(value):
            return self._day(value) or value
        if len(value) <= _DIGITS and value.isascii() and value.isdigit():
            return value
        return _plain(value)

    def _day(self, value: str) -> str | None:
        whole = value.partition(".")[0]
        if not (whole.isascii() and whole.isdigit() and len(whole) < 8):
            return None
        day = date_of_number(int(whole), since_1904=self._since_1904)
        return day.isoformat() if day else None


def _rare(kind: str, value: str) -> str | FaultCode:
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind == "d":
        day = _DAY.fullmatch(value)
        return day[1] if day else value
    return FaultCode.ERROR_VALUE


def _plain(value: str) -> str | FaultCode:
    """A number as people see it: to fifteen digits, without exponent (0.30000000000000004 is 0.3)."""
    try:
        number = float(value)
        if abs(number) >= 10**_DIGITS:
            return FaultCode.LOST_DIGITS
        return f"{Decimal(f'{number:.15g}'):f}"
    except (ValueError, InvalidOperation):
        return FaultCode.ERROR_VALUE
