"""A JSON array as a table, streamed: every element is one row."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from services.ingest.files.faults import fault
from services.ingest.files.json_rows.elements import Element, read_elements
from services.ingest.files.json_rows.json_table import JsonTable, keys_alone, kind_of_values
from services.ingest.files.limits import FileLimits
from services.ingest.files.table import FaultCode, FileFormat, SourceRow
from services.ingest.files.text.byte_source import ByteSource
from services.ingest.files.text.encoding import GB18030, UTF_8, TextForm
from shared.vocabulary import RecordKind


class ArrayTable(JsonTable):
    """One array of JSON objects."""

    format = FileFormat.JSON

    def __init__(self, path: Path, form: TextForm, limits: FileLimits, kind: RecordKind | None) -> None:
        super().__init__(path, form, limits)
        source = ByteSource(path, form)
        try:
            first = [keys_alone(one.value, limits) for one in islice(self._elements(source), limits.header_within)]
        finally:
            source.close()
        self._take_kind(kind_of_values(first, kind), first)

    def rows(self, after: int = 0) -> Iterator[SourceRow]:
        for number, element in enumerate(self._elements(self._reopen()), start=1):
            if number > self._limits.rows:
                if number > after:
                    yield self._too_many(number, element.line)
                return
            if number > after:
                yield self._row(number, element)

    def _elements(self, source: ByteSource) -> Iterator[Element]:
        encoding = GB18030 if self._form.encoding == GB18030 else UTF_8
        return read_elements(source, encoding, self._limits.row_bytes)

    def _row(self, number: int, element: Element) -> SourceRow:
        limit = self._limits.row_bytes
        if element.broken:
            faults = (fault(FaultCode.REST_UNREADABLE, why=element.broken),)
            return SourceRow(number, None, element.line, {}, faults)
        code = element.fault or (FaultCode.ROW_TOO_LONG if element.length > limit else None)
        if code:
            return SourceRow(number, None, element.line, {}, (fault(code, limit=limit, why=element.why),))
        return SourceRow(number, None, element.line, *self._reader.read(element.value))
