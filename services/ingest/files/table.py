"""What a file gives: a table of numbered rows, the faults of a row, and notes about the file as a whole."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import TracebackType
from typing import NamedTuple, Self

from services.ingest.mapping.draft import Cell
from shared.vocabulary import RecordKind


class FileFormat(StrEnum):
    """Formats that are read, found by content."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"
    JSON = "json"


class FaultCode(StrEnum):
    """Why a row could not be read as it was meant."""

    CUT_ROW = "cut_row"
    SURPLUS_CELLS = "surplus_cells"
    BROKEN_QUOTES = "broken_quotes"
    UNDECODABLE = "undecodable"
    LOST_CHARACTERS = "lost_characters"
    CONTROL_CHARACTERS = "control_characters"
    ROW_TOO_LONG = "row_too_long"
    CELL_TOO_LONG = "cell_too_long"
    LOST_DIGITS = "lost_digits"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    ERROR_VALUE = "error_value"
    NOT_A_ROW = "not_a_row"
    DOUBLED_FIELD = "doubled_field"
    NESTED_VALUE = "nested_value"
    BROKEN_ARRAY = "broken_array"
    REST_UNREADABLE = "rest_unreadable"


class NoteCode(StrEnum):
    """What was noticed about the file as a whole."""

    NOT_WHAT_ITS_NAME_SAYS = "not_what_its_name_says"
    MIXED_ENCODINGS = "mixed_encodings"
    ROWS_ABOVE_HEADER = "rows_above_header"
    HEADER_REPEATED = "header_repeated"
    SURPLUS_COLUMNS = "surplus_columns"
    DOUBLED_COLUMNS = "doubled_columns"
    MISSING_COLUMNS = "missing_columns"
    TOTAL_ROWS = "total_rows"
    SHEETS_READ = "sheets_read"
    SHEET_NOT_READ = "sheet_not_read"
    HIDDEN_SHEET = "hidden_sheet"
    HIDDEN_ROWS = "hidden_rows"
    MERGED_CELLS = "merged_cells"


class FileNote(NamedTuple):
    """One remark for the receipt; nothing that stops the file."""

    code: NoteCode
    sentence: str


class Fault(NamedTuple):
    """Why one row goes to quarantine. The sentence never repeats what a cell holds."""

    code: FaultCode
    column: str
    sentence: str
    advice: str


class SourceRow(NamedTuple):
    """One data row. `number` counts data rows of the file from 1, empty rows not (ruling R27); `line` is the line of
    the text or the row of the sheet where it begins. A row with faults holds what could be read of it.

    A tuple, not a dataclass: making one takes a third of the time, and a file has a million.
    """

    number: int
    sheet: str | None
    line: int
    cells: Mapping[str, Cell]
    faults: tuple[Fault, ...]


class SourceTable(ABC):
    """An opened file. `columns` are the names that `read_row` takes; unknown columns keep their own text."""

    format: FileFormat
    encoding: str
    kind: RecordKind
    columns: tuple[str, ...]
    opening_notes: list[FileNote]

    @property
    @abstractmethod
    def notes(self) -> list[FileNote]:
        """Remarks so far; complete when the rows are read."""

    @abstractmethod
    def rows(self, after: int = 0) -> Iterator[SourceRow]:
        """All data rows in order, without the first `after`. May be called again; one iteration at a time.

        Never raises for content: when nothing can be read from some place on, the last row says so
        (`REST_UNREADABLE`).
        """

    @abstractmethod
    def progress(self) -> float:
        """How much of the file has been read, from 0 to 1. Safe to ask from another thread."""

    @abstractmethod
    def close(self) -> None:
        """Close the file and remove what was put beside it. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
