"""The verdicts of an import as a file: CSV and NDJSON while they are read from the tables, XLSX built beside.

One line a row of the file, several reasons in one line. Texts stay texts: no cell can become a formula. Serves G02.
"""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any

from services.ingest.files import safe_cell
from services.ingest.imports import store
from services.ingest.imports.advice import advice_for
from services.ingest.imports.places import places_in
from services.ingest.imports.spool import Spool
from shared.database.engine import Database
from shared.database.types import AnyRow
from shared.ids import new_id
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
COLUMNS = ("row", "sheet", "line", "verdict", "结论", "record_id", "code", "column", "sentence", "advice")
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


def verdict_file(
    database: Database, spool: Spool, import_id: str, form: VerdictForm, only: Verdict | None = None
) -> AsyncIterator[bytes]:
    """The whole file, piece by piece; no connection is held while the reader is slow."""
    if form is VerdictForm.XLSX:
        return _workbook(database, spool, import_id, only)
    render = _as_csv if form is VerdictForm.CSV else _as_ndjson
    return _rendered(database, import_id, only, render)


async def _rendered(database: Database, import_id: str, only: Verdict | None, render: Any) -> AsyncIterator[bytes]:
    if render is _as_csv:
        yield (_MARK + _csv([COLUMNS])).encode()
    async for found in _slices(database, import_id):
        text = await asyncio.to_thread(render, found, only)
        if text:
            yield text.encode()


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
    )


def _as_csv(slices: Sequence[AnyRow], only: Verdict | None) -> str:
    return _csv([cell if isinstance(cell, int) else safe_cell(cell) for cell in line] for line in lines(slices, only))


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _as_ndjson(slices: Sequence[AnyRow], only: Verdict | None) -> str:
    return "".join(
        json.dumps(dict(zip(COLUMNS, line, strict=True)), ensure_ascii=False) + "\n" for line in lines(slices, only)
    )


async def _workbook(database: Database, spool: Spool, import_id: str, only: Verdict | None) -> AsyncIterator[bytes]:
    """Written to the spool folder first: a workbook's directory stands at its end."""
    with spool.temporary(f"{new_id()}.xlsx") as path:
        book = _Book(path)
        try:
            async for found in _slices(database, import_id):
                await asyncio.to_thread(book.add, found, only)
        finally:
            await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                yield piece


class _Book:
    """A workbook in constant memory; a new sheet where one is full."""

    def __init__(self, path: Path) -> None:
        self._book = workbook(path, tmpdir=str(path.parent))
        self._bold = self._book.add_format({"bold": True})
        self._at = 0
        self._sheet: Any = None
        self._begin()

    def add(self, slices: Sequence[AnyRow], only: Verdict | None) -> None:
        for line in lines(slices, only):
            if self._at > _ROWS_A_SHEET:
                self._begin()
            for column, cell in enumerate(line):
                if isinstance(cell, int):
                    self._sheet.write_number(self._at, column, cell)
                elif cell:
                    self._sheet.write_string(self._at, column, cell)
            self._at += 1

    def close(self) -> None:
        self._book.close()

    def _begin(self) -> None:
        self._sheet = self._book.add_worksheet()
        for column, name in enumerate(COLUMNS):
            self._sheet.write_string(0, column, name, self._bold)
        self._at = 1
