"""The verdicts of an import as a file, while they are read from the tables; a workbook of several sheets built beside.

One line a row of the file, several reasons in one line. Texts stay texts: no cell can become a formula. The whole
line is for programs and people of both languages; a file in one language leaves the rest out. Serves G02.
"""

import asyncio
import csv
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any

from services.ingest.domain.check_words import title_of
from services.ingest.files import safe_cell
from services.ingest.imports import store
from services.ingest.imports.advice import advice_for
from services.ingest.imports.places import places_in
from services.ingest.imports.spool import Spool
from services.ingest.in_words import finding_in
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.ids import new_id
from shared.sentences import Lang
from shared.streamed_tables import SheetTable
from shared.vocabulary import Verdict
from shared.workbooks import workbook


class VerdictForm(StrEnum):
    """Forms of the verdict file."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"


MEDIA_TYPES = {
    VerdictForm.CSV: "text/csv; charset=utf-8",
    VerdictForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    VerdictForm.NDJSON: "application/x-ndjson",
}
COLUMNS = (
    "row", "sheet", "line", "verdict", "结论", "record_id", "code", "column", "sentence", "advice", "原因", "处理建议",
)  # fmt: skip
_IN_ONE_LANGUAGE: Mapping[Lang, Mapping[str, str]] = {
    "zh": {
        "row": "行号", "sheet": "工作表", "line": "文件中的行", "结论": "结论", "record_id": "信息编号",
        "code": "原因代码", "column": "栏目", "原因": "原因", "处理建议": "处理建议",
    },
    "en": {name: name for name in COLUMNS if name.isascii()},
}  # fmt: skip
CHINESE = {
    Verdict.ADMITTED: "新增",
    Verdict.AMENDED: "更正",
    Verdict.UNCHANGED: "未变化",
    Verdict.VOIDED: "撤回",
    Verdict.QUARANTINED: "待核",
}
_MARK = "\ufeff"  # without it spreadsheet programs take UTF-8 for a local encoding
_SLICES_A_READ = 4
_ROWS_A_SHEET = 1_000_000
_PIECE_BYTES = 256 * 1024

Line = tuple[Any, ...]
"""Cells in the order of COLUMNS."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, by their verdict, and which columns: those for readers of one language, or all."""

    only: Verdict | None = None
    lang: Lang | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        return COLUMNS if self.lang is None else tuple(_IN_ONE_LANGUAGE[self.lang].values())

    def cells(self, line: Line) -> Line:
        return line if self.lang is None else tuple(line[at] for at in _PLACES[self.lang])


_PLACES = {lang: tuple(map(COLUMNS.index, names)) for lang, names in _IN_ONE_LANGUAGE.items()}
_EVERYTHING = Wanted()


Piece = tuple[bytes, int]
"""A piece of a file, and how many rows it has with it."""


def counted_file(
    database: Database, spool: Spool, import_id: str, form: VerdictForm, wanted: Wanted, rows: int
) -> AsyncIterator[Piece]:
    """The whole file, piece by piece; no connection is held while the reader is slow. NDJSON has all columns. `rows` is
    how many the import has: a workbook that needs several sheets comes when it is whole."""
    if form is VerdictForm.XLSX and needs_sheets(rows):
        return _workbook(database, spool, import_id, wanted)
    return _written(database, import_id, wanted, _FORMS[form](wanted))


async def verdict_file(database: Database, spool: Spool, import_id: str, form: VerdictForm) -> AsyncIterator[bytes]:
    """The same with all rows and columns, and without the counting; of a workbook one sheet."""
    async for piece, _ in counted_file(database, spool, import_id, form, _EVERYTHING, rows=0):
        yield piece


def needs_sheets(rows: int) -> bool:
    return rows > _ROWS_A_SHEET


class Written(ABC):
    """A form that is written while its lines come."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def begin(self) -> bytes:
        return b""

    @abstractmethod
    def rows(self, found: Sequence[Line]) -> bytes: ...

    def end(self) -> bytes:
        return b""

    def close(self) -> None:  # noqa: B027 - most forms hold nothing
        """Let go of a file that will never end."""


async def _written(database: Database, import_id: str, wanted: Wanted, table: Written) -> AsyncIterator[Piece]:
    told = 0
    with closing(table):
        yield table.begin(), told
        async for slices in _slices(database, import_id):
            piece, number = await asyncio.to_thread(_piece, table, slices, wanted)
            told += number
            yield piece, told
        yield table.end(), told


def _piece(table: Written, slices: Sequence[AnyRow], wanted: Wanted) -> Piece:
    found = list(lines(slices, wanted.only))
    return table.rows(found), len(found)


async def _slices(database: Database, import_id: str) -> AsyncIterator[Sequence[AnyRow]]:
    after = 0
    while True:
        async with database.reading() as connection:
            found = await store.slices(connection, import_id, after, _SLICES_A_READ)
        if not found:
            return
        after = found[-1].first_row
        yield found


def lines(slices: Sequence[AnyRow], only: Verdict | None) -> Iterator[Line]:
    """One line a row, in the order of the file."""
    for one in slices:
        verdicts = json.loads(one.verdicts)["verdicts"]
        for (sheet, line), verdict in zip(places_in(one.places, one.rows), verdicts, strict=True):
            if only is None or verdict["verdict"] == only:
                yield _line(one.first_row - 1 + verdict["row"], sheet, line, verdict)


def _line(number: int, sheet: str | None, line: int, verdict: dict[str, Any]) -> Line:
    reasons = verdict["reasons"]
    codes = list(dict.fromkeys(reason["code"] for reason in reasons))
    return (
        number,
        sheet or "",
        line,
        verdict["verdict"],
        CHINESE[Verdict(verdict["verdict"])],
        verdict["record_id"] or "",
        "; ".join(codes),
        "; ".join(dict.fromkeys(reason["column"] for reason in reasons if reason["column"])),
        " ".join(reason["message"] for reason in reasons),
        " ".join(advice_for(code) for code in codes),
        "".join(map(_in_chinese, reasons)),
        "".join(advice_for(code, "zh") for code in codes),
    )


def _in_chinese(reason: Mapping[str, str]) -> str:
    """The sentence with the title of its column, since Chinese sentences do not repeat it."""
    column = f"{title_of(reason['column'])}：" if reason["column"] else ""
    return f"{column}{finding_in('zh', reason['message'])}"


class _Csv(Written):
    def begin(self) -> bytes:
        return (_MARK + _csv([self.wanted.headings])).encode()

    def rows(self, found: Sequence[Line]) -> bytes:
        cells = map(self.wanted.cells, found)
        return _csv([one if isinstance(one, int) else safe_cell(one) for one in line] for line in cells).encode()


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


class _Ndjson(Written):
    def rows(self, found: Sequence[Line]) -> bytes:
        texts = (json.dumps(dict(zip(COLUMNS, line, strict=True)), ensure_ascii=False) for line in found)
        return "".join(f"{text}\n" for text in texts).encode()


class _Sheet(Written):
    """One sheet, sent while it is written."""

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self._table = SheetTable()

    def begin(self) -> bytes:
        return self._table.begin(self.wanted.headings)

    def rows(self, found: Sequence[Line]) -> bytes:
        if len(found) > self._table.room():
            raise OverflowError("the verdicts do not fit on one sheet")  # breaks off: nobody takes it for whole
        return self._table.rows([self.wanted.cells(line) for line in found])

    def end(self) -> bytes:
        return self._table.end()

    def close(self) -> None:
        self._table.close()


_FORMS: Mapping[VerdictForm, Callable[[Wanted], Written]] = {
    VerdictForm.XLSX: _Sheet,
    VerdictForm.CSV: _Csv,
    VerdictForm.NDJSON: _Ndjson,
}


async def _workbook(database: Database, spool: Spool, import_id: str, wanted: Wanted) -> AsyncIterator[Piece]:
    """Written to the spool folder first: a workbook's directory stands at its end."""
    with spool.temporary(f"{new_id()}.xlsx") as path:
        book = _Book(path, wanted)
        try:
            async for found in _slices(database, import_id):
                await asyncio.to_thread(book.add, found)
        finally:
            await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece, book.told


class _Book:
    """A workbook in constant memory; a new sheet where one is full."""

    def __init__(self, path: Path, wanted: Wanted) -> None:
        self._wanted = wanted
        self._book = workbook(path, tmpdir=str(path.parent))
        self._bold = self._book.add_format({"bold": True})
        self._at = self.told = 0
        self._sheet: Any = None
        self._begin()

    def add(self, slices: Sequence[AnyRow]) -> None:
        for line in lines(slices, self._wanted.only):
            if self._at > _ROWS_A_SHEET:
                self._begin()
            for column, cell in enumerate(self._wanted.cells(line)):
                if isinstance(cell, int):
                    self._sheet.write_number(self._at, column, cell)
                elif cell:
                    self._sheet.write_string(self._at, column, cell)
            self._at += 1
            self.told += 1

    def close(self) -> None:
        self._book.close()

    def _begin(self) -> None:
        self._sheet = self._book.add_worksheet()
        for column, name in enumerate(self._wanted.headings):
            self._sheet.write_string(0, column, name, self._bold)
        self._at = 1
