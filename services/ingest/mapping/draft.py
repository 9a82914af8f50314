"""One row as a source sent it, its texts put into one form; nothing is judged yet.

Width, inner and outer spaces and control characters are corrected and noted (V15, ruling R21). The value as it came
is kept beside the corrected one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from services.ingest.mapping.columns import KNOWN_NAMES, NEVER_KEPT, NOT_READ, TEMPLATES, Column
from shared.identifiers import is_normal_text, normalise_code, normalise_text
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


_COLUMNS = {
    kind: tuple((field, column.name, normalise_code if column.is_code else normalise_text, column) for field, column in
                template.items())
    for kind, template in TEMPLATES.items()
}  # fmt: skip
_CODES = {
    kind: tuple(field for field, column in template.items() if column.is_code) for kind, template in TEMPLATES.items()
}
_FORMER_NAMES = {
    kind: frozenset(name for column in template.values() for name in column.names[1:])
    for kind, template in TEMPLATES.items()
}


@dataclass(frozen=True, slots=True)
class _Header:
    """What the column names of a row mean: for each the field that it fills, or None."""

    fields: tuple[str | None, ...]
    has_former: bool
    surplus: tuple[str, ...]


def read_row(kind: RecordKind, row: Row) -> Draft:
    """Pick the template's columns out of a row, under their present or former names."""
    header = _header(kind, tuple(row))
    values = None if header.has_former else _as_it_came(kind, header, row)
    if values is not None:
        return Draft(kind, values, {}, header.surplus)
    values, corrected = _corrected(kind, row, has_former=header.has_former)
    return Draft(kind, values, corrected, header.surplus)


@lru_cache(maxsize=100)
def _header(kind: RecordKind, names: tuple[str, ...]) -> _Header:
    """Cached: all rows of a source have the same columns."""
    fields = {column.name: field for field, column in TEMPLATES[kind].items()}
    has_former = not _FORMER_NAMES[kind].isdisjoint(names)
    return _Header(tuple(map(fields.get, names)), has_former, _surplus(kind, names))


def _as_it_came(kind: RecordKind, header: _Header, row: Row) -> dict[str, str] | None:
    """The fields of a row of texts that need no correction, as most do: asked once a row instead of once a cell.

    None when it must be looked at cell by cell. A test holds both ways to the same result.
    """
    cells = {
        field: cell
        for field, cell in zip(header.fields, row.values(), strict=True)
        if field and cell is not None and cell != ""
    }
    values = cast(dict[str, str], cells)
    try:
        is_normal = is_normal_text("".join(values.values()))
    except TypeError:  # a number or a truth value
        return None
    codes = "".join([values[field] for field in _CODES[kind] if field in values])
    return values if is_normal and normalise_code(codes) == codes else None


def _corrected(kind: RecordKind, row: Row, *, has_former: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The fields, and the cells as they came where that was another text."""
    values: dict[str, str] = {}
    corrected: dict[str, str] = {}
    for field, name, normalise, column in _COLUMNS[kind]:
        cell = row.get(name)
        if has_former and column.former and _is_blank(cell):
            cell = _former(row, column)
        if cell is None or cell == "":
            continue
        text = cell if isinstance(cell, str) else _plain(cell)
        clean = normalise(text)
        if clean:
            values[field] = clean
        if clean != text:
            corrected[name] = text
    return values, corrected


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


def _surplus(kind: RecordKind, names: Sequence[str]) -> tuple[str, ...]:
    known = KNOWN_NAMES[kind]
    unknown = [name for name in names if name not in known and not name.endswith(NEVER_KEPT + NOT_READ)]
    return tuple(unknown[:20])
