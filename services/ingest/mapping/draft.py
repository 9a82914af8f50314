"""One row as a source sent it, its texts put into one form; nothing is judged yet.

Width, inner and outer spaces of names, codes and numbers are corrected and noted (V15, ruling R21); of running text
only invisible signs and outer spaces. The value as it came is kept beside the corrected one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from services.ingest.mapping.columns import KNOWN_NAMES, NEVER_KEPT, NOT_READ, TEMPLATES, Column
from shared.identifiers import clean_text, has_six_digits, is_normal_text, normalise_code, normalise_text
from shared.vocabulary import RecordKind

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]

_LONG = 1_000  # characters; of a row that has fewer no long column can be too long
_CODE = 18  # characters; one that is longer is none (checks V02 and V05)
_SHORT = 20  # characters; columns that may not be longer hold days, amounts and words of a list
_TOO_SHORT = 17  # characters, one less than a citizen's number has


class Draft(NamedTuple):
    """The fields of one row by the house's names; absent and empty cells are both missing from `values`.

    `is_usual` of a row of texts: it came in the one form and fills every required column; beside the codes of bodies no
    text is longer than its column allows, and none could hold a citizen's number. Of another row it says nothing.
    """

    kind: RecordKind
    values: Mapping[str, str]
    corrected: Mapping[str, str]  # column name to the text as it came
    surplus: tuple[str, ...]  # column names that the template does not know
    twice: tuple[str, ...] = ()  # column names that are given by their present and a former name, with two values
    is_usual: bool = False

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
_FORMER_NAMES = {
    kind: frozenset(name for column in template.values() for name in column.names[1:])
    for kind, template in TEMPLATES.items()
}


@dataclass(frozen=True, slots=True)
class _Header:
    """What the column names of a row mean: the field that each fills by its position; which columns hold codes, which
    are required (None when one is not there), how long each of the others may be, and which could hold a person's
    number."""

    fields: tuple[tuple[int, str], ...]
    has_former: bool
    surplus: tuple[str, ...]
    codes: tuple[int, ...]
    required: tuple[int, ...] | None
    narrow: tuple[tuple[int, int], ...]
    wide: tuple[tuple[int, int], ...]
    searched: tuple[int, ...]


def read_row(kind: RecordKind, row: Row) -> Draft:
    """Pick the template's columns out of a row, under their present or former names."""
    header = _header(kind, tuple(row))
    draft = None if header.has_former else _as_it_came(kind, header, row)
    if draft is not None:
        return draft
    values, corrected = _corrected(kind, row, has_former=header.has_former)
    twice = _given_twice(kind, row) if header.has_former else ()
    return Draft(kind, values, corrected, header.surplus, twice)


@lru_cache(maxsize=100)
def _header(kind: RecordKind, names: tuple[str, ...]) -> _Header:
    """Cached: all rows of a source have the same columns."""
    template = TEMPLATES[kind]
    field_of = {column.name: field for field, column in template.items()}
    fields = tuple((at, field_of[name]) for at, name in enumerate(names) if name in field_of)
    columns = [(at, template[field]) for at, field in fields]
    required = tuple(at for at, column in columns if column.required)
    others = [(at, column.limit) for at, column in columns if not column.is_code or column.limit > _CODE]
    return _Header(
        fields,
        not _FORMER_NAMES[kind].isdisjoint(names),
        _surplus(kind, names),
        codes=tuple(at for at, column in columns if column.is_code),
        required=required if len(required) == sum(column.required for column in template.values()) else None,
        narrow=tuple(
            (at, min(limit, _TOO_SHORT) if limit <= _SHORT else limit) for at, limit in others if limit < _LONG
        ),
        wide=tuple((at, limit) for at, limit in others if limit >= _LONG),
        searched=tuple(at for at, column in columns if not column.is_code and column.limit > _SHORT),
    )


def _as_it_came(kind: RecordKind, header: _Header, row: Row) -> Draft | None:
    """A row of texts that need no correction, as most do: asked once a row instead of once a cell.

    None when it must be looked at cell by cell. A test holds both ways to the same result.
    """
    cells = cast("tuple[str, ...]", tuple(row.values()))
    try:
        whole = "".join(cells)
    except TypeError:
        cells = tuple(["" if cell is None else cell for cell in cells])
        try:
            whole = "".join(cells)
        except TypeError:  # a number or a truth value
            return None
    if not is_normal_text(whole):
        return None
    codes = "".join([cells[at] for at in header.codes])
    if normalise_code(codes) != codes:
        return None
    values = {field: cell for at, field in header.fields if (cell := cells[at])}
    # By their places, without the constructor that a named tuple writes for itself: half of the time.
    return tuple.__new__(Draft, (kind, values, {}, header.surplus, (), _is_usual(header, cells, len(whole))))


def _is_usual(header: _Header, cells: Sequence[str], length: int) -> bool:
    """Loops instead of `all` with a generator, which takes three times as long."""
    if header.required is None:
        return False
    for at in header.required:
        if not cells[at]:
            return False
    for at, limit in header.narrow if length <= _LONG else header.narrow + header.wide:
        if len(cells[at]) > limit:
            return False
    return not has_six_digits([cells[at] for at in header.searched])


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
