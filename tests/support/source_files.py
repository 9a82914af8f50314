"""Files as bureaus send them, made in memory: CSV in any form, workbooks, and workbooks with a part changed by hand.

Everything is deterministic: the same call gives the same bytes, except for the day that a workbook writer notes.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from services.ingest.files import FileLimits, FileNote, SourceRow, open_table
from shared.vocabulary import RecordKind

TITLES = ["行政相对人名称", "统一社会信用代码", "决定文书号", "违法事实", "处罚内容", "处罚决定日期"]
"""A header of penalties; rows below it have six cells."""

NAMES = ("CF_XDR_MC", "CF_XDR_SHXYM", "CF_WSH", "CF_SY", "CF_NR", "CF_JDRQ")
"""What `read_row` takes for TITLES."""


class Read(NamedTuple):
    """What came out of a file."""

    rows: list[SourceRow]
    notes: list[FileNote]
    columns: tuple[str, ...]
    kind: RecordKind
    format: str
    encoding: str

    @property
    def noted(self) -> list[str]:
        return [note.code.value for note in self.notes]

    def texts(self, *names: str) -> list[tuple[Any, ...]]:
        """The cells of each row in these columns, all of TITLES unless told."""
        return [tuple(row.cells.get(name) for name in names or NAMES) for row in self.rows]

    @property
    def faults(self) -> dict[int, list[tuple[str, str]]]:
        """By row number, code and column of each fault."""
        return {row.number: [(one.code.value, one.column) for one in row.faults] for row in self.rows if row.faults}


def row(number: int, **changed: str) -> list[str]:
    """A row below TITLES."""
    cells = dict(zip(TITLES, ["", "", f"（苏通）应急罚〔2026〕{number}号", "未对从业人员进行安全生产教育和培训。",
                              "罚款人民币60000元。", "2026-10-30"], strict=True))  # fmt: skip
    cells["行政相对人名称"] = f"南通样例化工第{number}有限公司"
    cells["统一社会信用代码"] = f"91320600YL{number:08d}"
    return list((cells | changed).values())


def read(
    folder: Path,
    content: bytes,
    name: str = "sent.csv",
    *,
    limits: FileLimits | None = None,
    kind: RecordKind | None = None,
    after: int = 0,
) -> Read:
    """Open these bytes under this name and read all rows."""
    path = folder / "received"
    path.write_bytes(content)
    with open_table(path, name, limits or FileLimits(), kind) as table:
        rows = list(table.rows(after))
        assert table.progress() <= 1
        return Read(rows, table.notes, table.columns, table.kind, table.format.value, table.encoding)


def text_of(rows: Sequence[Sequence[str]], delimiter: str = ",", newline: str = "\r\n") -> str:
    """A CSV as the csv module writes it."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return out.getvalue()


def csv_of(*rows: Sequence[str], encoding: str = "utf-8", delimiter: str = ",", newline: str = "\r\n") -> bytes:
    return text_of(rows, delimiter, newline).encode(encoding)


Fill = Callable[[Any, Any], None]
"""Writes into a sheet of a book."""


def workbook(*sheets: tuple[str, Fill], **options: Any) -> bytes:
    """A workbook of these sheets; each is filled by its function."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        for name, fill in sheets:
            fill(book, book.add_worksheet(name))
    return out.getvalue()


def table(rows: Sequence[Sequence[Any]], first_line: int = 0) -> Fill:
    """Fills a sheet with rows of texts and numbers."""

    def fill(_book: Any, sheet: Any) -> None:
        for line, cells in enumerate(rows, start=first_line):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell)
                elif cell is not None:
                    sheet.write(line, column, cell)

    return fill


def changed(content: bytes, parts: Mapping[str, Callable[[str], str] | bytes | None]) -> bytes:
    """A workbook with some parts rewritten, added (bytes) or left out (None)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            change = parts.get(name, lambda text: text)
            if change is not None and not isinstance(change, bytes):
                new.writestr(name, change(old.read(name).decode()))
        for name, change in parts.items():
            if isinstance(change, bytes):
                new.writestr(name, change)
    return out.getvalue()
