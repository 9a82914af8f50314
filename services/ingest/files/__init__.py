"""Reads a local file into rows: CSV, XLSX, NDJSON or a JSON array, told apart by content and read in bounded memory.

`open_table` either refuses the whole file (`FileRefused`: nothing was read, nothing may be stored) or gives a
`SourceTable`; from then on every data row comes out exactly once, damaged ones with their faults, so that verdicts sum
to rows (guarantee G02). Knows no database and no HTTP; judges no content. Blocks: call it in a thread.

    with open_table(path, "upload.csv", FileLimits()) as table:
        for row in table.rows(after=resumed_at):
            ...                      # row.faults: quarantine with these sentences; else row.cells for `read_row`
    table.notes                      # complete when the rows are read
"""

from services.ingest.files.limits import FileLimits
from services.ingest.files.opening import open_table
from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.files.safe_cell import safe_cell
from services.ingest.files.table import (
    Fault,
    FaultCode,
    FileFormat,
    FileNote,
    NoteCode,
    SourceRow,
    SourceTable,
)

__all__ = [
    "Fault",
    "FaultCode",
    "FileFormat",
    "FileLimits",
    "FileNote",
    "FileRefused",
    "NoteCode",
    "Refusal",
    "SourceRow",
    "SourceTable",
    "open_table",
    "safe_cell",
]
