"""What stands among the rows of a sheet and is none: empty rows, total rows and repeated headers (ruling R25)."""

import re
from collections.abc import Iterator, Sequence

from services.ingest.files.table import FileNote, NoteCode
from services.ingest.mapping.header import is_header

_TOTAL = re.compile(r"(?:本页|本表)?(?:合计|总计|小计)[:：]?(?:[0-9]+(?:条|户|件|项|家|笔|个)?)?")
_MAY_BE_A_TOTAL = frozenset("合总小本")
_SHOWN = 10


class _Places:
    """Counts places and keeps the first few."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[str] = []

    def add(self, place: str) -> None:
        self.count += 1
        if len(self._first) < _SHOWN:
            self._first.append(place)

    def __str__(self) -> str:
        rest = self.count - len(self._first)
        return ", ".join(self._first) + (f" and {rest} more" if rest else "")


class NoRows:
    """Decides of one row after the other below a header; remembers what was left out, for the notes.

    The first row below may be a second header, with titles below codes; later ones only repeat the first.
    """

    def __init__(self, header_cells: Sequence[str]) -> None:
        self._start = _first(header_cells)
        self._is_first_row = True
        self._totals = _Places()
        self._headers = _Places()

    def skips(self, cells: Sequence[str], line: int, sheet: str | None = None) -> bool:
        """Whether the row is none."""
        first = cells[0].strip() if cells else ""
        if not first:
            first = _first(cells)
            if not first:
                return True
        if (self._is_first_row or first == self._start) and is_header(cells):
            self._headers.add(_place(line, sheet))
            return True
        self._is_first_row = False
        if first[0] in _MAY_BE_A_TOTAL and _TOTAL.fullmatch("".join(first.split())):
            self._totals.add(_place(line, sheet))
            return True
        return False

    def notes(self) -> Iterator[FileNote]:
        """What was left out."""
        if self._totals.count:
            yield FileNote(NoteCode.TOTAL_ROWS, f"Total rows are no records and were left out: {self._totals}.")
        if self._headers.count:
            yield FileNote(NoteCode.HEADER_REPEATED, f"The header stands again and was left out: {self._headers}.")


def _first(cells: Sequence[str]) -> str:
    return next(filter(None, (cell.strip() for cell in cells)), "")


def _place(line: int, sheet: str | None) -> str:
    return f"{sheet} row {line}" if sheet else f"line {line}"
