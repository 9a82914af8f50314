"""One row as a source sent it, its texts put into one form; nothing is judged yet.

Width, inner and outer spaces and control characters are corrected and noted (V15, ruling R21). The value as it came
is kept beside the corrected one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.mapping.columns import NEVER_KEPT, TEMPLATES, Column
from shared.identifiers import normalise_text
from shared.vocabulary import RecordKind

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of one row by the house's names; absent and empty cells are both missing from `values`."""

    kind: RecordKind
    values: Mapping[str, str]
    corrected: Mapping[str, str]  # column name to the text as it came
    surplus: tuple[str, ...]  # column names that the template does not know

    def get(self, field: str) -> str:
        return self.values.get(field, "")

    def column(self, field: str) -> str:
        """The template's name of a field, for messages to the source."""
        return TEMPLATES[self.kind][field].name


def read_row(kind: RecordKind, row: Row) -> Draft:
    """Pick the template's columns out of a row, under their present or former names."""
    values: dict[str, str] = {}
    corrected: dict[str, str] = {}
    known = 0
    for field, column in TEMPLATES[kind].items():
        cell = row.get(column.name)
        if cell is None and column.former:
            cell = _former(row, column)
        if column.name in row:
            known += 1
        if cell is None or cell == "":
            continue
        text = cell if isinstance(cell, str) else _plain(cell)
        clean = normalise_text(text)
        if clean:
            values[field] = clean
        if clean != text:
            corrected[column.name] = text
    return Draft(kind, values, corrected, _surplus(kind, row) if known < len(row) else ())


def _former(row: Row, column: Column) -> Cell:
    return next((row[name] for name in column.former if row.get(name) not in (None, "")), None)


def _plain(cell: float | bool) -> str:
    """Spreadsheets turn codes into numbers; a whole number loses its `.0`."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _surplus(kind: RecordKind, row: Row) -> tuple[str, ...]:
    template = TEMPLATES[kind]
    names = {name for column in template.values() for name in (column.name, *column.former)}
    return tuple(name for name in row if name not in names and not name.endswith(NEVER_KEPT))[:20]
