"""NDJSON as a table: every line that is not empty is one row, whatever stands in it."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from services.ingest.files.faults import fault
from services.ingest.files.json_rows.json_table import JsonTable, keys_alone, kind_of_values
from services.ingest.files.json_rows.objects import DECODER
from services.ingest.files.limits import FileLimits
from services.ingest.files.table import Fault, FaultCode, FileFormat, FileNote, SourceRow
from services.ingest.files.text.byte_source import ByteSource
from services.ingest.files.text.encoding import TextForm
from services.ingest.files.text.lines import Lines, mixed_note
from shared.vocabulary import RecordKind


class NdjsonTable(JsonTable):
    """One JSON object a line."""

    format = FileFormat.NDJSON

    def __init__(self, path: Path, form: TextForm, limits: FileLimits, kind: RecordKind | None) -> None:
        super().__init__(path, form, limits)
        source = ByteSource(path, form)
        try:
            lines = (line for line in Lines(source, form, limits) if line.strip())
            values = [keys_alone(_decoded(line), limits) for line in islice(lines, limits.header_within)]
        finally:
            source.close()
        self._take_kind(kind_of_values(values, kind), values)
        self._lines: Lines | None = None

    def rows(self, after: int = 0) -> Iterator[SourceRow]:
        lines = self._lines = Lines(self._reopen(), self._form, self._limits)
        number = 0
        for at, line in enumerate(lines, start=1):
            mark = lines.marks.pop(at, None)
            if mark is None and line.isspace():
                continue
            number += 1
            if number > self._limits.rows:
                if number > after:
                    yield self._too_many(number, at)
                return
            if number > after:
                yield self._row(number, at, line, mark)

    def _row(self, number: int, at: int, line: str, mark: FaultCode | None) -> SourceRow:
        if mark is None and len(line) > self._limits.row_bytes:
            mark = FaultCode.ROW_TOO_LONG
        if mark is not None:
            return SourceRow(number, None, at, {}, (fault(mark, limit=self._limits.row_bytes),))
        value = _decoded(line)
        if isinstance(value, Fault):
            return SourceRow(number, None, at, {}, (value,))
        cells, faults = self._reader.read(value)
        return SourceRow(number, None, at, cells, faults)

    @property
    def notes(self) -> list[FileNote]:
        return [*super().notes, *(mixed_note(self._lines, self.encoding) if self._lines else ())]


def _decoded(line: str) -> object:
    try:
        return DECODER.decode(line)
    except RecursionError:
        return fault(FaultCode.NESTED_VALUE)
    except ValueError:
        return fault(FaultCode.NOT_A_ROW)
