"""Writes a list that people take away: CSV, or a workbook in constant memory. Texts stay texts in both."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

from services.ingest.files.safe_cell import safe_cell
from shared.workbooks import workbook

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 50_000

_MARK = "\ufeff"  # without it spreadsheet programs take UTF-8 for a local encoding
_WIDTH = 20

CellValue = str | int | float | None


def csv_of(head: Sequence[str], rows: Iterable[Sequence[CellValue]]) -> bytes:
    """The whole file."""
    text = StringIO()
    text.write(_MARK)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([safe_cell("" if cell is None else str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode()


def xlsx_of(title: str, head: Sequence[str], rows: Iterable[Sequence[CellValue]]) -> bytes:
    """The whole file: the title, the head, and one row a line."""
    buffer = BytesIO()
    with workbook(buffer) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "border": 1, "text_wrap": True})
        cell = book.add_format({"border": 1})
        sheet.set_column(0, len(head) - 1, _WIDTH)
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        for at, name in enumerate(head):
            sheet.write_string(1, at, name, bold)
        for number, row in enumerate(rows, start=2):
            for at, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(number, at, value, cell)
                else:
                    sheet.write_string(number, at, value or "", cell)
    return buffer.getvalue()
