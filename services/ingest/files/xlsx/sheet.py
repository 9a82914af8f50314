"""The rows of one sheet as its part writes them, streamed: place and text of each cell that is not empty."""

from collections.abc import Iterator
from typing import NamedTuple

from services.ingest.files.limits import FileLimits
from services.ingest.files.table import FaultCode
from services.ingest.files.xlsx.cells import CellReader
from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.package import Package
from services.ingest.files.xlsx.xml import PartParser, Unreadable, local_name

_DIGITS = "0123456789"
_TALLEST = 1_048_576  # rows of a sheet


class SheetRow(NamedTuple):
    """One row that holds something. `faults` by position; beyond the greatest number of columns nothing is kept."""

    line: int
    cells: list[str]
    faults: dict[int, FaultCode]
    width: int  # up to the last cell that holds something, kept or not
    is_hidden: bool


class SheetReader:
    """Reads one sheet once. The handlers are called for each of millions of cells, so they do as little as they can."""

    def __init__(self, cells: CellReader, limits: FileLimits, days: frozenset[int] = frozenset()) -> None:
        self._read = cells.read
        self._days = days
        self._most_columns = limits.columns
        self._longest = limits.cell_characters
        self._most_characters = limits.row_bytes
        self._parser = PartParser(self._start, self._end, self._text)
        self._tags: dict[str, str] = {}
        self._columns: dict[str, int] = {"": -1}
        self._rows: list[SheetRow] = []
        self._depth = 0
        self.line = 0
        self._is_hidden = False
        self._cells: list[str] = []
        self._faults: dict[int, FaultCode] = {}
        self._column = -1
        self._width = 0
        self._characters = 0
        self._kind = self._style = self._value = ""
        self._is_formula = self._is_phonetic = self._is_taken = self._is_in_cell = False

    @property
    def bytes_read(self) -> int:
        return self._parser.bytes_read

    def rows(self, package: Package, part: str, deadline: Deadline | None = None) -> Iterator[SheetRow]:
        """Rows in order; raises `Unreadable` where the part breaks off."""
        with package.open(part) as stream:
            try:
                for _ in self._parser.run(stream, lambda: self._depth, deadline):
                    yield from self._rows
                    self._rows.clear()
            except Unreadable:
                yield from self._rows
                raise

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        name = self._tags.get(tag) or self._tags.setdefault(tag, local_name(tag))
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self._is_taken = self._is_in_cell and not self._is_phonetic
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._start_row(attributes)
        elif name == "rPh":
            self._is_phonetic = True

    def _text(self, data: str) -> None:
        if self._is_taken and len(self._value) <= self._longest:
            self._value += data

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._is_taken = False
        name = self._tags[tag]
        if name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._is_phonetic = False

    def _start_cell(self, attributes: list[str]) -> None:
        kind = style = place = ""
        pairs = iter(attributes)
        for key in pairs:
            if key == "r":
                place = next(pairs)
            elif key == "s":
                style = next(pairs)
            elif key == "t":
                kind = next(pairs)
            else:
                next(pairs)
        letters = place.rstrip(_DIGITS)
        column = self._columns[letters] if letters in self._columns else self._learn(letters)
        if column < 0:
            column = self._column + 1
        if column <= self._column:
            raise Unreadable("the cells of a row are not in order")
        self._column, self._kind, self._style, self._value = column, kind, style, ""
        self._is_formula = self._is_phonetic = False
        self._is_in_cell = True

    def _end_cell(self) -> None:
        self._is_in_cell = False
        if not self._value and not self._is_formula:
            return
        column = self._column
        found = self._read(self._kind, self._style, self._value, self._is_formula, column in self._days)
        if found:
            self._width = column + 1
            if column < self._most_columns:
                self._keep(column, found)

    def _keep(self, column: int, found: str | FaultCode) -> None:
        if isinstance(found, FaultCode):
            self._faults[column] = found
            return
        self._characters += len(found)
        if self._characters > self._most_characters:
            self._faults[column] = FaultCode.ROW_TOO_LONG
            return
        cells = self._cells
        if column > len(cells):
            cells.extend([""] * (column - len(cells)))
        cells.append(found)

    def _start_row(self, attributes: list[str]) -> None:
        line, self._is_hidden = self.line + 1, False
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            if key == "r":
                line = int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 0
            elif key == "hidden":
                self._is_hidden = value in ("1", "true")
        if not self.line < line <= _TALLEST:
            raise Unreadable("the rows of a sheet are not in order")
        self.line = line
        self._cells, self._faults = [], {}
        self._column, self._width, self._characters = -1, 0, 0

    def _end_row(self) -> None:
        if self._width:
            self._rows.append(SheetRow(self.line, self._cells, self._faults, self._width, self._is_hidden))
            self._width = 0

    def _learn(self, letters: str) -> int:
        """The position that letters name, from 0; XFD is the last one of a sheet."""
        if len(letters) > 3 or not (letters.isascii() and letters.isalpha()):
            raise Unreadable("a cell has an impossible place")
        column = 0
        for letter in letters.upper():
            column = column * 26 + ord(letter) - ord("A") + 1
        return self._columns.setdefault(letters, column - 1)
