"""Merged cells (合并单元格): every cell of the range is read as its top-left one (ruling R25).

A sheet names its ranges behind its rows, so the part is looked through once before the rows are read; unpacking without
parsing takes a tenth of the time of reading.
"""

import heapq
import re
import zlib
from collections.abc import Sequence
from typing import NamedTuple
from zipfile import BadZipFile

from services.ingest.files.limits import FileLimits
from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.package import Package, damaged, unsafe

_CHUNK = 256 * 1024
_START = b"mergeCell "
_CORNER = rb"\$?([A-Z]{1,3})\$?([0-9]{1,7})"
_RANGE = re.compile(rb"mergeCell\s[^<>]{0,200}?ref\s*=\s*[\"']" + _CORNER + b":" + _CORNER + b"[\"']")
_LONGEST = 300  # bytes of one element that names a range


class Merge(NamedTuple):
    """One range, positions from 0, lines from 1."""

    top: int
    bottom: int
    left: int
    right: int


def find_merges(package: Package, part: str, limits: FileLimits, deadline: Deadline) -> list[Merge]:
    """The ranges of a sheet in the order of their first line."""
    found: list[Merge] = []
    kept = b""
    try:
        with package.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                deadline.check()
                window = kept + chunk
                kept = window[-_LONGEST:]
                if _START not in window:
                    continue
                end = 0
                for match in _RANGE.finditer(window):
                    found.append(_merge(match, limits))
                    end = match.end()
                kept = window[max(end, len(window) - _LONGEST) :]
                if len(found) > limits.merged_ranges:
                    raise unsafe(f"it has more than {limits.merged_ranges} merged ranges")
    except (OSError, EOFError, BadZipFile, zlib.error) as error:
        raise damaged("a sheet cannot be unpacked") from error
    found.sort()
    _refuse_overlaps(found, limits)
    return found


def _refuse_overlaps(merges: Sequence[Merge], limits: FileLimits) -> None:
    """True ranges never overlap, so no line crosses more of them than there are columns."""
    ends: list[int] = []
    for merge in merges:
        while ends and ends[0] < merge.top:
            heapq.heappop(ends)
        heapq.heappush(ends, merge.bottom)
        if len(ends) > limits.columns + 1:
            raise unsafe("its merged ranges overlap")


class Filler:
    """Fills the cells of merged ranges, row by row in order."""

    def __init__(self, merges: Sequence[Merge], limits: FileLimits) -> None:
        self._waiting = list(reversed(merges))
        self._active: list[tuple[Merge, str]] = []
        self._most = limits.columns

    def fill(self, line: int, cells: list[str], *, is_header: bool = False) -> list[str]:
        """The row with its merged cells filled. A header is filled downwards only: two columns of one name are none."""
        if not self._waiting and not self._active:
            return cells
        self._active = [one for one in self._active if one[0].bottom >= line]
        while self._waiting and self._waiting[-1].top <= line:
            merge = self._waiting.pop()
            if merge.bottom >= line:
                value = cells[merge.left] if merge.top == line and merge.left < len(cells) else ""
                self._active.append((merge, value))
        filled = list(cells)
        for merge, value in self._active:
            if value:
                _put(filled, merge.left, merge.left if is_header else min(merge.right, self._most - 1), value)
        return filled


def _put(cells: list[str], left: int, right: int, value: str) -> None:
    if len(cells) <= right:
        cells.extend([""] * (right + 1 - len(cells)))
    for at in range(left, right + 1):
        if not cells[at]:
            cells[at] = value


def _merge(match: re.Match[bytes], limits: FileLimits) -> Merge:
    left, right = (min(_position(match[at]), limits.columns) for at in (1, 3))
    return Merge(int(match[2]), int(match[4]), left, right)


def _position(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column - 1
