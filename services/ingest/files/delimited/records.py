"""Splits lines into the cells of records. A record whose quotes are broken costs itself and nothing after it.

The csv module does the work; strict, because its tolerant mode drops quotation marks and swallows lines silently.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from services.ingest.files.limits import FileLimits
from services.ingest.files.table import FaultCode
from services.ingest.files.text.lines import Lines


class Record(NamedTuple):
    """The cells of one record, or why there are none; `line` is where it begins, `is_odd` calls for a closer look."""

    line: int
    cells: list[str]
    fault: FaultCode | None
    is_odd: bool


class _TooMuchHeld(Exception):
    """A record has taken more lines or bytes than a record may."""


class _Feed:
    """Gives lines to the csv reader and keeps those of the record in the making, to go back to the second of them."""

    def __init__(self, lines: Lines, limits: FileLimits) -> None:
        self._next = iter(lines).__next__
        self._marks = lines.marks
        self._again: deque[str] = deque()
        self._most_lines = limits.row_lines
        self._most_characters = limits.row_bytes
        self.held: list[str] = []
        self.line = 0  # of the last line given

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._next()
        self.line += 1
        held = self.held
        held.append(line)
        if len(held) > 1 and (len(held) > self._most_lines or sum(map(len, held)) > self._most_characters):
            raise _TooMuchHeld
        return line

    def skip(self) -> None:
        """One line is left out, with the mark that it may have."""
        self._next()
        self.line += 1
        self._marks.pop(self.line, None)

    def go_back(self) -> None:
        """Everything behind the first line of the record is given again."""
        self._again.extendleft(reversed(self.held[1:]))
        self.line -= len(self.held) - 1


def read_records(lines: Lines, delimiter: str, limits: FileLimits, skip_lines: int) -> Iterator[Record]:
    """All records behind the first lines; an empty line is a record without cells."""
    feed = _Feed(lines, limits)
    for _ in range(skip_lines):
        feed.skip()
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    held, marks, longest, usual = feed.held, lines.marks, limits.row_bytes, limits.cell_characters
    while True:
        held.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooMuchHeld):
            feed.go_back()
            yield Record(feed.line, [], marks.pop(feed.line, None) or _why(held[0]), True)
            continue
        line = feed.line - len(held) + 1
        mark = _mark(marks, line, feed.line) if marks else None
        if mark is None and len(held[0]) > longest:
            mark = FaultCode.ROW_TOO_LONG
        yield Record(
            line,
            [] if mark is FaultCode.ROW_TOO_LONG else cells,
            mark,
            lines.odd or len(held) > 1 or len(held[0]) > usual,
        )


def _why(line: str) -> FaultCode:
    return FaultCode.CELL_TOO_LONG if len(line) > csv.field_size_limit() else FaultCode.BROKEN_QUOTES


def _mark(marks: dict[int, FaultCode], first: int, last: int) -> FaultCode | None:
    found = [marks.pop(number) for number in range(first, last + 1) if number in marks]
    return found[0] if found else None
