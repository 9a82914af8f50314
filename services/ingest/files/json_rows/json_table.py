"""What both JSON forms share: the kind of record by the keys of the first rows, notes, and the place in the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.ingest.files.faults import rest_unreadable
from services.ingest.files.headers import kind_of_keys, surplus_note
from services.ingest.files.json_rows.objects import ObjectReader, Pairs
from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.files.table import FileNote, SourceRow, SourceTable
from services.ingest.files.text.byte_source import ByteSource
from services.ingest.files.text.encoding import TextForm
from shared.vocabulary import RecordKind


def keys_alone(value: Any, limits: FileLimits) -> Pairs | None:
    """What the kind is found by: the keys of a row, of one that is too wide no more than show that it is."""
    if not isinstance(value, Pairs):
        return None
    return Pairs((key, None) for key, _ in value[: limits.columns + 1])


def kind_of_values(values: Sequence[Any], kind: RecordKind | None) -> RecordKind:
    """The kind of record by the keys of the first rows; a sender's word is enough where no row can be read."""
    keys = list(dict.fromkeys(key for value in values if isinstance(value, Pairs) for key, _ in value))
    if not keys and kind:
        return kind
    if not keys:
        raise FileRefused(
            Refusal.NO_HEADER,
            "The first rows are no JSON objects, so the kind of record cannot be found.",
            "Write each row as one object, or say of which kind the rows are.",
        )
    return kind_of_keys(keys, kind)


class JsonTable(SourceTable):
    """A file of JSON objects, read anew for each iteration."""

    _reader: ObjectReader

    def __init__(self, path: Path, form: TextForm, limits: FileLimits) -> None:
        self._path, self._form, self._limits = path, form, limits
        self._size = path.stat().st_size
        self._source: ByteSource | None = None
        self.encoding = form.encoding
        self.opening_notes = []

    def _take_kind(self, kind: RecordKind, first: Sequence[Any]) -> None:
        self.kind = kind
        self._reader = ObjectReader(kind, self._limits)
        for value in first:
            self._reader.read(value)
        self.columns = tuple(self._reader.columns)

    def _reopen(self) -> ByteSource:
        self.close()
        self._source = ByteSource(self._path, self._form)
        return self._source

    def _too_many(self, number: int, line: int) -> SourceRow:
        return rest_unreadable(number, None, line, f"a file may hold {self._limits.rows} rows")

    @property
    def notes(self) -> list[FileNote]:
        return self.opening_notes + list(
            surplus_note([name for name, is_known in self._reader.columns.items() if not is_known])
        )

    def progress(self) -> float:
        return min(1.0, self._source.position / self._size) if self._source else 0.0

    def close(self) -> None:
        if self._source:
            self._source.close()
