"""A whole list: its rows with fields by name. Blocks, so call it in a thread; refuses a file before giving any row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from services.ingest.files.limits import FileLimits
from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.list_files.header import ListColumn, find_header
from services.ingest.list_files.rows_of import RawRow, raw_rows
from shared.identifiers import strip_control

LIMITS = FileLimits(file_bytes=64 * 1024 * 1024, rows=200_000, columns=100, unpacked_bytes=1024 * 1024 * 1024)

_TOTAL = re.compile(r"(?:本页|本表)?(?:合计|总计|小计)[:：]?(?:[0-9]+[条户件项家笔个]?)?")
_NOTE = re.compile(r"(?:注|说明|备注|填表)[:：].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ListRow:
    """One data row: `number` counts from 1, `line` is its place in the file. `is_damaged`: a cell lost its value."""

    number: int
    line: int
    fields: Mapping[str, str]
    is_damaged: bool


@dataclass(frozen=True, slots=True)
class ListTable:
    """The rows of a list and which of its fields the file has."""

    fields: frozenset[str]
    rows: Sequence[ListRow]


def read_list(path: Path, columns: Sequence[ListColumn], limits: FileLimits = LIMITS) -> ListTable:
    """Every row with a filled field; titles, totals and notes are none. Raises `FileRefused`."""
    raw = raw_rows(path, limits)
    first = list(islice(raw, limits.header_within))
    place, named = find_header([cells for _, cells, _ in first], columns)
    rows: list[ListRow] = []
    for row in chain(first[place + 1 :], raw):
        fields = _fields(row, named)
        if not fields:
            continue
        if len(rows) == limits.rows:
            sentence = f"The list has more than {limits.rows} rows."
            raise FileRefused(Refusal.TOO_LARGE, sentence, "Split it into several lists.")
        rows.append(ListRow(len(rows) + 1, row[0], fields, row[2]))
    return ListTable(frozenset(named.values()), rows)


def _fields(row: RawRow, named: Mapping[int, str]) -> dict[str, str]:
    _, cells, _ = row
    leading = next((cell.strip() for cell in cells if cell.strip()), "")
    if _TOTAL.fullmatch(leading) or _NOTE.fullmatch(leading):
        return {}
    found = {field: strip_control(cells[at]).strip() for at, field in named.items() if at < len(cells)}
    return {field: text for field, text in found.items() if text}
