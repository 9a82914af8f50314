"""Finds the header of a list among its first rows: the row that names the most of the columns that are looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingest.files.refusal import FileRefused, Refusal
from services.ingest.mapping.titles import header_key

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A field and the titles under which it may stand."""

    field: str
    titles: tuple[str, ...]
    required: bool = False


def find_header(rows: Sequence[Sequence[str]], columns: Sequence[ListColumn]) -> tuple[int, dict[int, str]]:
    """The place of the header and what stands at each position. Refuses a list without one, or with doubled columns."""
    meanings = {header_key(title): column.field for column in columns for title in column.titles}
    found = [(at, _named(cells, meanings)) for at, cells in enumerate(rows)]
    place, named = max(found, key=lambda one: (len(set(one[1].values())), -one[0]), default=(0, {}))
    if len(set(named.values())) < _FEWEST:
        raise _refused(Refusal.NO_HEADER, "The first rows name no columns of this list.", columns)
    _refuse_unsuitable(named, columns)
    return place, named


def _named(cells: Sequence[str], meanings: Mapping[str, str]) -> dict[int, str]:
    keys = {at: meanings.get(header_key(cell[:100])) for at, cell in enumerate(cells) if cell}
    return {at: field for at, field in keys.items() if field is not None}


def _refuse_unsuitable(named: Mapping[int, str], columns: Sequence[ListColumn]) -> None:
    fields = list(named.values())
    doubled = sorted({field for field in fields if fields.count(field) > 1})
    if doubled:
        raise _refused(Refusal.DOUBLED_COLUMNS, f"Two columns hold the same: {', '.join(doubled)}.", columns)
    missing = [column for column in columns if column.required and column.field not in fields]
    if missing:
        titles = ", ".join(column.titles[0] for column in missing)
        raise _refused(Refusal.NO_HEADER, f"Columns are missing: {titles}.", columns)


def _refused(reason: Refusal, sentence: str, columns: Sequence[ListColumn]) -> FileRefused:
    titles = "、".join(column.titles[0] for column in columns)
    return FileRefused(reason, sentence, f"Keep one row of column names above the data: {titles}.")
