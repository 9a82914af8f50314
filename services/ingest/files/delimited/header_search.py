"""Finds delimiter and header of a CSV together: the delimiter is the one that makes a known header appear."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from services.ingest.files.headers import find_header, no_header
from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused
from services.ingest.mapping.header import known_columns

_DELIMITERS = (",", ";", "\t", "|", "、", "，", "；")


class HeaderPlace(NamedTuple):
    """Where the header stands: its cells, how many lines lie up to its end, how many filled rows above it."""

    delimiter: str
    cells: list[str]
    lines: int
    rows_above: int


def search_header(lines: Sequence[str], limits: FileLimits) -> HeaderPlace:
    """The header in the first lines of a text, or `FileRefused`."""
    found: list[HeaderPlace] = []
    refused = no_header(f"The first {limits.header_within} rows")
    for delimiter in _DELIMITERS:
        try:
            found += _with(delimiter, lines, limits)
        except FileRefused as error:  # too wide, which by a wrong delimiter says nothing
            refused = error
    if not found:
        raise refused
    return max(found, key=lambda place: known_columns(place.cells))


def _with(delimiter: str, lines: Sequence[str], limits: FileLimits) -> list[HeaderPlace]:
    if not any(delimiter in line for line in lines):
        return []
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[list[str]] = []
    widths: list[int] = []
    ends: list[int] = []
    try:
        for cells in reader:
            rows.append(cells[: limits.columns + 1])  # a line of separators alone is a million cells
            widths.append(len(cells))
            ends.append(reader.line_num)
            if len(rows) == limits.header_within:
                break
    except csv.Error:
        pass  # behind the header such a row is told as one that is broken
    at = find_header(rows, widths, limits)
    if at is None:
        return []
    above = sum(1 for cells in rows[:at] if any(cell.strip() for cell in cells))
    return [HeaderPlace(delimiter, rows[at], ends[at], above)]
