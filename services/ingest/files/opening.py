"""Opens a file as the table that its content is, whatever its name says (ruling R26)."""

from collections.abc import Callable, Mapping
from pathlib import Path

from services.ingest.files.content import format_of, name_note
from services.ingest.files.delimited.csv_table import CsvTable
from services.ingest.files.json_rows.array_table import ArrayTable
from services.ingest.files.json_rows.ndjson_table import NdjsonTable
from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.files.table import FileFormat, SourceTable
from services.ingest.files.text.encoding import TextForm, find_form
from services.ingest.files.xlsx.xlsx_table import XlsxTable
from shared.vocabulary import RecordKind

_SAMPLE = 64 * 1024
_TextTable = Callable[[Path, TextForm, FileLimits, RecordKind | None], SourceTable]
_TEXTS: Mapping[FileFormat, _TextTable] = {
    FileFormat.CSV: CsvTable,
    FileFormat.NDJSON: NdjsonTable,
    FileFormat.JSON: ArrayTable,
}


def open_table(path: Path, claimed_name: str, limits: FileLimits, kind: RecordKind | None = None) -> SourceTable:
    """The file as a table of one kind of record; without `kind` its columns decide. Raises `FileRefused`."""
    sample = _sample(path, limits)
    found = format_of(path, sample)
    if found is FileFormat.XLSX:
        table: SourceTable = XlsxTable(path, limits, kind)
    else:
        table = _TEXTS[found](path, find_form(sample), limits, kind)
    if note := name_note(claimed_name, found):
        table.opening_notes.insert(0, note)
    return table


def _sample(path: Path, limits: FileLimits) -> bytes:
    size = path.stat().st_size
    if size == 0:
        raise FileRefused(Refusal.EMPTY, "The file has no bytes.", "Send the table with its header.")
    if size > limits.file_bytes:
        raise FileRefused(
            Refusal.TOO_LARGE,
            f"The file has {size} bytes; {limits.file_bytes} are read at most.",
            "Split it into several files, each with the header.",
        )
    with path.open("rb") as file:
        return file.read(_SAMPLE)
