"""One row as a source sent it, its texts put into one form; nothing is judged yet.

Width, inner and outer spaces and control characters are corrected and noted (V15, ruling R21). The value as it came
is kept beside the corrected one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.mapping.columns import KNOWN_NAMES, NEVER_KEPT, NOT_READ, TEMPLATES, Column
from shared.identifiers import normalise_code, normalise_text
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
    for field, column in TEMPLATES[kind].items():
        cell = row.get(column.name)
        if column.former and _is_blank(cell):
            cell = _former(row, column)
        if cell is None or cell == "":
            continue
        text = cell if isinstance(cell, str) else _plain(cell)
        clean = normalise_code(text) if column.is_code else normalise_text(text)
        if clean:
            values[field] = clean
        if clean != text:
            corrected[column.name] = text
    return Draft(kind, values, corrected, _surplus(kind, row))


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _former(row: Row, column: Column) -> Cell:
    """The value under a former name. Where two columns held one field, what both say counts."""
    filled = [row[name] for name in column.names[1:] if not _is_blank(row.get(name))]
    if column.second and len(filled) > 1:
        return ";".join(str(cell) for cell in filled)
    return filled[0] if filled else None


def _plain(cell: float | bool) -> str:
    """Spreadsheets turn codes into numbers; a whole number loses its `.0`."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _surplus(kind: RecordKind, row: Row) -> tuple[str, ...]:
    unknown = row.keys() - KNOWN_NAMES[kind]
    if not unknown:
        return ()
    return tuple(name for name in row if name in unknown and not name.endswith(NEVER_KEPT + NOT_READ))[:20]
