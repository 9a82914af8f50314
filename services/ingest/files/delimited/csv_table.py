"""A CSV as a table. Reads the file anew for each iteration; holds one block of it at a time."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from services.ingest.files.delimited.header_search import HeaderPlace, search_header
from services.ingest.files.delimited.records import Record, read_records
from services.ingest.files.faults import fault, rest_unreadable
from services.ingest.files.headers import header_notes, take_header
from services.ingest.files.limits import FileLimits
from services.ingest.files.no_rows import NoRows
from services.ingest.files.oddities import faults_of
from services.ingest.files.shape import Shape
from services.ingest.files.table import Fault, FaultCode, FileFormat, FileNote, SourceRow, SourceTable
from services.ingest.files.text.byte_source import ByteSource
from services.ingest.files.text.encoding import TextForm
from services.ingest.files.text.lines import Lines, mixed_note
from shared.vocabulary import RecordKind

_LOOKED_AT = 4  # lines a row of the header's surroundings, for titles with line breaks


class CsvTable(SourceTable):
    """逗号分隔文件. Every line is accounted for: header, no row, or a row with a number."""

    format = FileFormat.CSV

    def __init__(self, path: Path, form: TextForm, limits: FileLimits, kind: RecordKind | None) -> None:
        self._path, self._form, self._limits = path, form, limits
        self._size = path.stat().st_size
        self._place = self._find_header()
        header = take_header(self._place.cells, kind)
        self.encoding = form.encoding
        self.kind = header.kind
        self._shape = Shape(header)
        self.columns = self._shape.columns
        self.opening_notes = list(header_notes(header, self._place.rows_above))
        self._source: ByteSource | None = None
        self._lines: Lines | None = None
        self._no_rows = NoRows(self._place.cells)

    def rows(self, after: int = 0) -> Iterator[SourceRow]:
        self.close()
        source = self._source = ByteSource(self._path, self._form)
        lines = self._lines = Lines(source, self._form, self._limits)
        self._no_rows = NoRows(self._place.cells)
        number = 0
        for record in read_records(lines, self._place.delimiter, self._limits, self._place.lines):
            if record.fault is None and self._no_rows.skips(record.cells, record.line):
                continue
            number += 1
            if number > self._limits.rows:
                if number > after:
                    yield rest_unreadable(number, None, record.line, f"a file may hold {self._limits.rows} rows")
                return
            if number > after:
                yield self._row(number, record)

    def _row(self, number: int, record: Record) -> SourceRow:
        shape, cells = self._shape, record.cells
        if record.fault is None and len(cells) == shape.width and not record.is_odd:
            return SourceRow(number, None, record.line, shape.cells(cells), ())
        faults = self._faults(record)
        named = shape.cells(cells + [""] * (shape.width - len(cells)))
        return SourceRow(number, None, record.line, named, tuple(faults))

    def _faults(self, record: Record) -> list[Fault]:
        if record.fault is not None:
            limit = self._limits.row_bytes if record.fault is FaultCode.ROW_TOO_LONG else self._limits.cell_characters
            return [fault(record.fault, limit=limit)]
        if width_fault := self._shape.width_fault(record.cells):
            return [width_fault]
        if record.is_odd:
            return list(faults_of(self._shape.cells(record.cells), self._limits, self._shape.known))
        return []

    @property
    def notes(self) -> list[FileNote]:
        notes = [*self.opening_notes, *self._no_rows.notes()]
        return notes + list(mixed_note(self._lines, self.encoding) if self._lines else ())

    def progress(self) -> float:
        return min(1.0, self._source.position / self._size) if self._source else 0.0

    def close(self) -> None:
        if self._source:
            self._source.close()

    def _find_header(self) -> HeaderPlace:
        source = ByteSource(self._path, self._form)
        try:
            lines = list(islice(Lines(source, self._form, self._limits), self._limits.header_within * _LOOKED_AT))
        finally:
            source.close()
        return search_header(lines, self._limits)
