"""One row as a source sent it, its texts put into one form; nothing is judged yet.

Width, inner and outer spaces of names, codes and numbers are corrected and noted (V15, ruling R21); of running text
only invisible signs and outer spaces. The value as it came is kept beside the corrected one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from typing import NamedTuple, cast

from services.ingest.mapping.columns import KNOWN_NAMES, NEVER_KEPT, NOT_READ, TEMPLATES, Column
from shared.identifiers import clean_text, is_normal_text, normalise_code, normalise_text
from shared.vocabulary import RecordKind

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]


class Draft(NamedTuple):
    """The fields of one row by the house's names; absent and empty cells are both missing from `values`."""

    kind: RecordKind
    values: Mapping[str, str]
    corrected: Mapping[str, str]  # column name to the text as it came
    surplus: tuple[str, ...]  # column names that the template does not know
    twice: tuple[str, ...] = ()  # column names that are given by their present and a former name, with two values

    def get(self, field: str) -> str:
        return self.values.get(field, "")

    def column(self, field: str) -> str:
        """The template's name of a field, for messages to the source."""
        return TEMPLATES[self.kind][field].name


def _normaliser(column: Column) -> Callable[[str], str]:
    if column.is_prose:
        return clean_text
    return normalise_code if column.is_code else normalise_text


_COLUMNS = {
    kind: tuple((field, column.name, _normaliser(column), column) for field, column in template.items())
    for kind, template in TEMPLATES.items()
}
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
    twice = _given_twice(kind, row) if header.has_former else ()
    return Draft(kind, values, corrected, header.surplus, twice)


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
    cells = cast("Iterable[str]", row.values())
    try:
        whole = "".join(cells)
    except TypeError:
        cells = ["" if cell is None else cell for cell in cells]
        try:
            whole = "".join(cells)
        except TypeError:  # a number or a truth value
            return None
    if not is_normal_text(whole):
        return None
    values = dict(compress(zip(header.fields, cells, strict=True), cells))
    values.pop(None, None)
    codes = "".join([values[field] for field in _CODES[kind] if field in values])
    return cast(dict[str, str], values) if normalise_code(codes) == codes else None


def _corrected(kind: RecordKind, row: Row, *, has_former: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The fields, and the cells as they came where that was another text."""
    values: dict[str, str] = {}
    corrected: dict[str, str] = {}
    for field, name, normalise, column in _COLUMNS[kind]:
        cell = row.get(name)
        if has_former and column.former and _is_blank(cell) and (former := _former(row, column)) is not None:
            cell = former
        if cell is None or cell == "":
            continue
        text = _text(cell)
        clean = normalise(text)
        if clean:
            values[field] = clean
        if clean != text:
            corrected[name] = text
    return values, corrected


def _given_twice(kind: RecordKind, row: Row) -> tuple[str, ...]:
    """A file of the archive may hold a column under both of its names; which of two values is right is not guessed."""
    return tuple(
        name
        for _, name, normalise, column in _COLUMNS[kind]
        if len({normalise(_text(cell)) for cell in _given(row, column)}) > 1
    )


def _given(row: Row, column: Column) -> list[Cell]:
    """Every filled cell of the column; where two former columns held one field, they are one."""
    filled = [row[name] for name in (column.name, *column.former) if not _is_blank(row.get(name))]
    if column.second and not _is_blank(row.get(column.second)):
        return [cell for cell in (row.get(column.name), _former(row, column)) if not _is_blank(cell)]
    return filled


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _former(row: Row, column: Column) -> Cell:
    """The value under a former name. Where two columns held one field, what both say counts."""
    filled = [row[name] for name in column.names[1:] if not _is_blank(row.get(name))]
    if column.second and len(filled) > 1:
        return ";".join(str(cell) for cell in filled)
    return filled[0] if filled else None


def _text(cell: Cell) -> str:
    """Spreadsheets turn codes into numbers; a whole number loses its `.0`."""
    if isinstance(cell, str):
        return cell
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _surplus(kind: RecordKind, names: Sequence[str]) -> tuple[str, ...]:
    known = KNOWN_NAMES[kind]
    unknown = [name for name in names if name not in known and not name.endswith(NEVER_KEPT + NOT_READ)]
    return tuple(unknown[:20])
