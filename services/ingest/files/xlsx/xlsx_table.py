"""A workbook as a table: the rows of its sheets one after the other, numbered through."""

from collections.abc import Iterator
from pathlib import Path

from services.ingest.files.faults import fault, rest_unreadable
from services.ingest.files.limits import FileLimits
from services.ingest.files.no_rows import NoRows
from services.ingest.files.oddities import faults_of, storable
from services.ingest.files.table import Fault, FaultCode, FileFormat, FileNote, NoteCode, SourceRow, SourceTable
from services.ingest.files.xlsx.book import read_book
from services.ingest.files.xlsx.cells import CellReader
from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.merges import Filler
from services.ingest.files.xlsx.package import Package
from services.ingest.files.xlsx.plan import SheetPlan, plan_sheets
from services.ingest.files.xlsx.sheet import SheetReader, SheetRow
from services.ingest.files.xlsx.texts import read_texts
from services.ingest.files.xlsx.xml import Unreadable
from shared.vocabulary import RecordKind


class XlsxTable(SourceTable):
    """电子表格工作簿. Holds the frame and the texts of the workbook, and some rows."""

    format = FileFormat.XLSX
    encoding = "utf-8"

    def __init__(self, path: Path, limits: FileLimits, kind: RecordKind | None) -> None:
        self._limits = limits
        self._package = Package(path, limits)
        try:
            deadline = Deadline(limits.opening_seconds)
            self._book = read_book(self._package, limits, deadline)
            self._texts = read_texts(self._package, self._book.texts_part, limits, deadline)
            self._cells = CellReader(self._book, self._texts)
            self._plans, self.opening_notes = plan_sheets(
                self._package, self._book, self._cells, limits, kind, deadline
            )
        except BaseException:
            self._package.close()
            raise
        self.kind = self._plans[0].header.kind
        self.columns = tuple(dict.fromkeys(name for plan in self._plans for name in plan.shape.columns))
        self._size = sum(self._package.size(plan.sheet.part) for plan in self._plans) or 1
        self._start_over()

    def _start_over(self) -> None:
        self._no_rows: list[NoRows] = []
        self._hidden_rows = 0
        self._bytes_before = 0
        self._reader: SheetReader | None = None

    def rows(self, after: int = 0) -> Iterator[SourceRow]:
        self._start_over()
        number = 0
        for plan in self._plans:
            try:
                for row, filled in self._data_rows(plan):
                    number += 1
                    if number > self._limits.rows:
                        if number > after:
                            yield rest_unreadable(number, plan.sheet.name, row.line, self._too_many)
                        return
                    if number > after:
                        yield self._row(number, plan, row, filled)
            except Unreadable as error:
                line = self._reader.line + 1 if self._reader else 1
                if number >= after:
                    yield rest_unreadable(number + 1, plan.sheet.name, line, str(error))
                return
            self._bytes_before += self._package.size(plan.sheet.part)
            self._reader = None

    def _data_rows(self, plan: SheetPlan) -> Iterator[tuple[SheetRow, list[str]]]:
        """Rows below the header that hold something of their own, with their merged cells filled."""
        no_rows = NoRows(plan.header_cells)
        self._no_rows.append(no_rows)
        filler = Filler(plan.merges, self._limits)
        self._reader = SheetReader(self._cells, self._limits, plan.header.dates)
        for row in self._reader.rows(self._package, plan.sheet.part):
            filled = filler.fill(row.line, row.cells)
            if row.line <= plan.header_line:
                continue
            if not row.faults and no_rows.skips(row.cells, row.line, plan.sheet.name):
                continue
            self._hidden_rows += row.is_hidden
            yield row, filled

    def _row(self, number: int, plan: SheetPlan, row: SheetRow, filled: list[str]) -> SourceRow:
        if self._is_too_long(row, filled):
            too_long = fault(FaultCode.ROW_TOO_LONG, limit=self._limits.row_bytes)
            return SourceRow(number, plan.sheet.name, row.line, {}, (too_long,))
        shape = plan.shape
        if len(filled) < shape.width:
            filled = filled + [""] * (shape.width - len(filled))
        cells = shape.cells(filled, own=row.cells) | shape.surplus(row.cells)
        faults = [*self._faults(plan, row), *faults_of(cells, self._limits, shape.known)]
        if faults:
            return SourceRow(number, plan.sheet.name, row.line, storable(cells), tuple(faults))
        return SourceRow(number, plan.sheet.name, row.line, cells, ())

    def _is_too_long(self, row: SheetRow, filled: list[str]) -> bool:
        """By its own cells, or by what merged ranges repeat in it: one text of a small file can fill every cell."""
        if FaultCode.ROW_TOO_LONG in row.faults.values():
            return True
        return filled is not row.cells and sum(map(len, filled)) > self._limits.row_bytes

    def _faults(self, plan: SheetPlan, row: SheetRow) -> Iterator[Fault]:
        """Faults of cells count in columns that are read."""
        names = plan.header.names
        for at, code in row.faults.items():
            if at in plan.header.known:
                yield fault(code, names[at])
        if row.width > self._limits.columns:
            yield fault(FaultCode.SURPLUS_CELLS, found=row.width, wanted=plan.shape.width)

    @property
    def _too_many(self) -> str:
        return f"a file may hold {self._limits.rows} rows"

    @property
    def notes(self) -> list[FileNote]:
        notes = self.opening_notes + [note for no_rows in self._no_rows for note in no_rows.notes()]
        if self._hidden_rows:
            notes.append(FileNote(NoteCode.HIDDEN_ROWS, f"{self._hidden_rows} hidden rows were read."))
        return notes

    def progress(self) -> float:
        reading = self._reader.bytes_read if self._reader else 0
        return min(1.0, (self._bytes_before + reading) / self._size)

    def close(self) -> None:
        self._texts.close()
        self._package.close()
