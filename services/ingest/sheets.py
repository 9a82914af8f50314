"""Writes a list that people take away: a short one whole, as CSV or workbook, a long one while it is read. Texts stay
texts in all of them."""

import asyncio
import csv
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import closing
from io import BytesIO, StringIO
from typing import TypeVar

from services.ingest.files.safe_cell import safe_cell
from shared.streamed_tables import Cell, Table
from shared.workbooks import workbook

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_A_PAGE = 5_000
MORE_LEFT = "还有更多：一张表到此为止，请缩小范围，或下载 CSV。"

_MARK = "\ufeff"  # without it spreadsheet programs take UTF-8 for a local encoding
_WIDTH = 20

CellValue = str | int | float | None
Row = TypeVar("Row")
Pages = AsyncIterator[Sequence[Sequence[CellValue]]]


async def pages_of(
    read: Callable[[Row | None, int], Awaitable[Sequence[Row]]], shown: Callable[[Row], Sequence[CellValue]]
) -> Pages:
    """A list from its beginning to its end: `read` gives so many rows behind one, each time in a look of its own."""
    last: Row | None = None
    while rows := await read(last, ROWS_A_PAGE):
        yield [shown(row) for row in rows]
        if len(rows) < ROWS_A_PAGE:
            return
        last = rows[-1]


async def streamed(table: Table, head: Sequence[str], pages: Pages) -> AsyncIterator[bytes]:
    """A file piece by piece, however long it is. A sheet that is full says so in its last row."""
    with closing(table):
        yield table.begin(head)
        async for page in pages:
            room = table.room()
            is_full = room is not None and len(page) > room
            last_word = [[MORE_LEFT]] if is_full else []
            yield await asyncio.to_thread(table.rows, [*map(_given, page[:room] if is_full else page), *last_word])
            if is_full:
                break
        yield table.end()


def _given(row: Sequence[CellValue]) -> list[Cell]:
    return ["" if cell is None else cell for cell in row]


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
